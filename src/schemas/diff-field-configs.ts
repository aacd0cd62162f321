import type { FieldConfig, FieldDefinition } from './field-config.js';
import { listSome } from './list-some.js';

/** A field that was added, removed or changed. */
export interface FieldChange {
  /** The category that contains the field. */
  readonly category: string;
  /** The name of the field. */
  readonly field: string;
  /** What happened to the field. */
  readonly change: 'added' | 'removed' | 'changed';
  /** The old definition. Absent if the field was added. */
  readonly before?: FieldDefinition;
  /** The new definition. Absent if the field was removed. */
  readonly after?: FieldDefinition;
}

/** The differences between two versions of the field config of a service. */
export interface SchemaDrift {
  /** At most 1,000. */
  readonly changes: readonly FieldChange[];
  /** Whether a field was removed, changed its type, or accepts fewer values. Existing programs may then fail. */
  readonly breaking: boolean;
  /**
   * One line per change: `+ contextual.mood: string`, `~ contextual.season: options + monsoon, - fall`. A line lists at most
   * 20 options.
   */
  readonly diff: string;
}

const MAX_CHANGES = 1_000;

/**
 * Compares fields by type and options. Labels and descriptions do not count.
 *
 * @param escapeControls makes text from the service safe to print.
 */
export function diffFieldConfigs(
  oldConfig: FieldConfig,
  newConfig: FieldConfig,
  escapeControls: (text: string) => string,
): SchemaDrift {
  const [before, after] = [mapText(oldConfig, escapeControls), mapText(newConfig, escapeControls)];
  const [oldFields, newFields] = [indexFields(before), indexFields(after)];
  const changes = [...new Set([...oldFields.keys(), ...newFields.keys()])].flatMap((key): FieldChange[] => {
    const [oldField, newField] = [oldFields.get(key), newFields.get(key)];
    const [category, field] = JSON.parse(key) as [string, string];
    if (oldField && newField && fingerprint(oldField) === fingerprint(newField)) return [];
    const change = oldField && newField ? 'changed' : newField ? 'added' : 'removed';
    return [
      {
        category,
        field,
        change,
        ...(oldField && { before: oldField }),
        ...(newField && { after: newField }),
      },
    ];
  });
  const reportedChanges = changes.slice(0, MAX_CHANGES);
  return {
    changes: reportedChanges,
    breaking: changes.some(isBreaking),
    diff: reportedChanges.map(formatChange).join('\n'),
  };
}

/** Converts all keys and texts in JSON data. */
const mapText = <Data>(data: Data, convert: (text: string) => string): Data => {
  const map = (value: unknown): unknown => {
    if (typeof value === 'string') return convert(value);
    if (Array.isArray(value)) return value.map(map);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [convert(key), map(inner)]));
  };
  return map(data) as Data;
};

const indexFields = (config: FieldConfig): Map<string, FieldDefinition> =>
  new Map(
    Object.entries(config).flatMap(([category, { fields }]) =>
      fields.map((field) => [JSON.stringify([category, field.name]), field] as const),
    ),
  );

const sortedOptions = ({ options }: FieldDefinition): readonly string[] => [...new Set(options)].sort();

/** Returns the elements of a list that another list lacks. */
function subtract(texts: readonly string[], otherTexts: readonly string[]): readonly string[] {
  const others = new Set(otherTexts);
  return texts.filter((text) => !others.has(text));
}

const fingerprint = (field: FieldDefinition): string => JSON.stringify([field.type, sortedOptions(field)]);

function isBreaking({ before, after }: FieldChange): boolean {
  if (!before || !after) return !after;
  if (before.type !== after.type) return true;
  const [oldOptions, newOptions] = [sortedOptions(before), sortedOptions(after)];
  return newOptions.length > 0 && (oldOptions.length === 0 || subtract(oldOptions, newOptions).length > 0);
}

function formatChange({ category, field, before, after }: FieldChange): string {
  const name = `${category}.${field}`;
  if (!before) return `+ ${name}: ${after ? formatField(after) : ''}`;
  if (!after) return `- ${name}: ${formatField(before)}`;
  const [oldOptions, newOptions] = [sortedOptions(before), sortedOptions(after)];
  const optionChanges = listSome([
    ...subtract(newOptions, oldOptions).map((option) => `+ ${option}`),
    ...subtract(oldOptions, newOptions).map((option) => `- ${option}`),
  ]);
  const typeChange = before.type === after.type ? '' : `${before.type} -> ${after.type}`;
  return `~ ${name}: ${[typeChange, optionChanges && `options ${optionChanges}`].filter(Boolean).join('; ')}`;
}

const formatField = (field: FieldDefinition): string => {
  const options = sortedOptions(field);
  return options.length > 0 ? `${field.type}, one of ${listSome(options)}` : field.type;
};
