import type { DeploymentField, FieldDefinitions } from './fields.js';
import { fitToBudget, toShownKey } from './fit-to-budget.js';
import { MAX_PERSONA_BYTES, viewFields } from './persona-view.js';
import { DEMOGRAPHIC_TEXT_FIELDS, SECTIONS } from './sections.js';

/** The maximum size of a field's options: in a list of fields, and in the description of one field. */
const MAX_OPTIONS_BYTES = { listed: 1_000, alone: 15_000 };
/** A description is not shortened again: `describeType` has already shortened its options. */
const DESCRIPTION_LIMITS = { maxBytes: MAX_PERSONA_BYTES };

/** Which fields to describe. */
export interface FieldFilter {
  /** @default all sections */
  readonly section?: string | undefined;
  /** @default all fields */
  readonly field?: string | undefined;
  /** How many options of the field to skip. @default 0 */
  readonly offset?: number | undefined;
}

/** Describes the type of each field by section, with the limits that the dialect enforces. */
export function describeFields(
  { sections = {}, dialect }: FieldDefinitions,
  { section: onlySection, field: onlyField, offset = 0 }: FieldFilter = {},
): Record<string, unknown> {
  const maxBytes = onlyField === undefined ? MAX_OPTIONS_BYTES.listed : MAX_OPTIONS_BYTES.alone;
  const described = SECTIONS.filter((section) => !onlySection || section === onlySection).map((section) => {
    const fields =
      section === 'demographic'
        ? describeDemographic(dialect)
        : (sections[section] ?? []).map((field) => [
            field.name,
            describeType(field, dialect, offset, maxBytes),
          ]);
    const selected = fields.filter(
      ([name = '']) => !onlyField || name === onlyField || toShownKey(name) === onlyField,
    );
    return [section, viewFields(Object.fromEntries(selected), MAX_PERSONA_BYTES, DESCRIPTION_LIMITS).shown];
  });
  return Object.fromEntries(described);
}

const describeDemographic = (dialect: FieldDefinitions['dialect']): string[][] => [
  ['latitude', 'number, in degrees'],
  ['longitude', 'number, in degrees'],
  ['age', dialect === 'subresource' ? 'integer, 0 to 120' : 'number'],
  ...DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, 'string']),
];

const TYPE_NAMES = new Map([
  ['list', 'list of strings'],
  ['dict', 'map of strings'],
  ['string', 'string'],
]);

function describeType(
  { type, options = [] }: DeploymentField,
  dialect: FieldDefinitions['dialect'],
  offset: number,
  maxBytes: number,
): string {
  const typeName = TYPE_NAMES.get(type) ?? 'any';
  if (options.length === 0) return typeName;
  const { shown } = fitToBudget(options.slice(offset), { maxBytes });
  const texts = shown as readonly string[];
  const isPlain = options.every((option) => !option.includes(','));
  const list = texts.map((text) => (isPlain ? text : JSON.stringify(text))).join(', ');
  if (dialect !== 'attributes') return `${typeName}, such as ${list}`;
  return type === 'list' ? `list of: ${list}` : `one of: ${list}`;
}
