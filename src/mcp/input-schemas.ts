import * as z from 'zod/mini';
import { type DeploymentField, FIELD_NAME_PATTERN, type FieldDefinitions } from './fields.js';
import { toSingleLine } from './sanitize-text.js';
import { DEMOGRAPHIC_TEXT_FIELDS, SECTIONS, type Section } from './sections.js';
import { toJsonSchema } from './standard-schema.js';

export const idSchema = z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER), z.describe('Persona id'));
export const sectionSchema = z.enum(SECTIONS);
export const optionalInteger = (min: number, max: number, description: string) =>
  z.optional(z.int().check(z.gte(min), z.lte(max), z.describe(description)));

/** The client checks the length, because zod counts an emoji as two characters. */
export const createNameSchema = (dialect: FieldDefinitions['dialect']): z.ZodMiniType<string> =>
  dialect === 'subresource' ? z.string().check(z.meta({ minLength: 1, maxLength: 100 })) : z.string();

/** Creates the schemas of the fields of a section, by name. `undefined` while the fields are unknown. */
export function createFieldSchemas(
  { sections, dialect }: FieldDefinitions,
  section: Section,
): ReadonlyMap<string, z.ZodMiniType> | undefined {
  if (section === 'demographic') {
    const age = dialect === 'subresource' ? z.int().check(z.gte(0), z.lte(120)) : z.number();
    return new Map<string, z.ZodMiniType>([
      ['latitude', z.number()],
      ['longitude', z.number()],
      ['age', age],
      ...DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, z.string()] as const),
    ]);
  }
  return (
    sections && new Map(sections[section]?.map((field) => [field.name, createFieldSchema(field, dialect)]))
  );
}

/** Only `attributes` checks options. */
function createFieldSchema(
  { type, options = [] }: DeploymentField,
  dialect: FieldDefinitions['dialect'],
): z.ZodMiniType {
  const value = dialect === 'attributes' && canList(options) ? z.enum(options as [string]) : z.string();
  if (type === 'list') return z.array(value);
  if (type === 'dict') return z.record(z.string(), z.string());
  return type === 'string' ? value : z.unknown();
}

const MAX_OPTIONS = 50;
const MAX_OPTION_LENGTH = 60;

/** Whether a schema can list the options. A schema with only some of them would make a model choose a wrong one. */
const canList = (options: readonly string[]): boolean =>
  options.length > 0 && options.length <= MAX_OPTIONS && options.every(isShort);

/** One line of visible text. `tools/list` omits an empty one. */
const isShort = (option: string): boolean =>
  option.length <= MAX_OPTION_LENGTH && toSingleLine(option) === option;

const MAX_SECTION_BYTES = 1_500;

/**
 * Creates the schema of a section for `tools/list`. Lists as many fields as fit, and accepts the others.
 *
 * @param acceptsNull whether `null` clears a field.
 */
export function createListedSection(
  definitions: FieldDefinitions,
  section: Section,
  acceptsNull: boolean,
): z.ZodMiniType {
  const schemas = createFieldSchemas(definitions, section);
  let bytes = 0;
  const listed = [...(schemas ?? [])].flatMap(([name, fieldSchema]) => {
    const schema = z.optional(acceptsNull ? z.nullable(fieldSchema) : fieldSchema);
    const size = JSON.stringify({ [name]: toJsonSchema(schema) }).length;
    if (!FIELD_NAME_PATTERN.test(name) || bytes + size > MAX_SECTION_BYTES) return [];
    bytes += size;
    return [[name, schema] as const];
  });
  const shape = Object.fromEntries(listed);
  return listed.length === schemas?.size
    ? z.strictObject(shape)
    : z.looseObject(shape).check(z.describe('get_persona_fields lists all fields'));
}
