import type { FieldConfig, FieldDefinition } from './field-config.js';

/** A field that was added, removed or changed. */
export interface FieldChange {
  readonly category: string;
  readonly field: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** The old definition. Absent if the field was added. */
  readonly before?: FieldDefinition;
  /** The new definition. Absent if the field was removed. */
  readonly after?: FieldDefinition;
}

/** The differences between two versions of a deployment's fields. */
export interface SchemaDrift {
  readonly changes: readonly FieldChange[];
  /** Whether a field was removed, changed its type, or accepts fewer values. Existing programs may then fail. */
  readonly breaking: boolean;
  /** One line per change: `+ contextual.mood: string`, `~ contextual.season: options + monsoon, - fall`. */
  readonly diff: string;
}

/**
 * Compares fields by type and options. Labels and descriptions do not count.
 *
 * @param toSafeText makes text from the service safe to print.
 */
export function diffFieldConfigs(
  oldConfig: FieldConfig,
  newConfig: FieldConfig,
  toSafeText: (text: string) => string,
): SchemaDrift {
  const [before, after] = [mapText(oldConfig, toSafeText), mapText(newConfig, toSafeText)];
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
  return { changes, breaking: changes.some(isBreaking), diff: changes.map(formatChange).join('\n') };
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
const fingerprint = (field: FieldDefinition): string => JSON.stringify([field.type, sortedOptions(field)]);

function isBreaking({ before, after }: FieldChange): boolean {
  if (!before || !after) return !after;
  if (before.type !== after.type) return true;
  const [oldOptions, newOptions] = [sortedOptions(before), sortedOptions(after)];
  return (
    newOptions.length > 0 &&
    (oldOptions.length === 0 || oldOptions.some((option) => !newOptions.includes(option)))
  );
}

function formatChange({ category, field, before, after }: FieldChange): string {
  const name = `${category}.${field}`;
  if (!before) return `+ ${name}: ${after ? formatField(after) : ''}`;
  if (!after) return `- ${name}: ${formatField(before)}`;
  const [oldOptions, newOptions] = [sortedOptions(before), sortedOptions(after)];
  const listMissing = (sign: string, options: readonly string[], otherOptions: readonly string[]) =>
    options.filter((option) => !otherOptions.includes(option)).map((option) => `${sign} ${option}`);
  const optionChanges = [
    ...listMissing('+', newOptions, oldOptions),
    ...listMissing('-', oldOptions, newOptions),
  ].join(', ');
  const typeChange = before.type === after.type ? '' : `${before.type} -> ${after.type}`;
  return `~ ${name}: ${[typeChange, optionChanges && `options ${optionChanges}`].filter(Boolean).join('; ')}`;
}

const formatField = (field: FieldDefinition): string => {
  const options = sortedOptions(field);
  return options.length > 0 ? `${field.type}, one of ${options.join(', ')}` : field.type;
};
