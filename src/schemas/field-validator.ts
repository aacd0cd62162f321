import { defaultFieldConfig } from './default-field-config.js';
import type { AttributeValues, FieldConfig, FieldDefinition } from './field-config.js';
import { listSome } from './list-some.js';

type Issue = { readonly path: readonly (string | number)[]; readonly message: string };

const TYPE_RULES = new Map<string, [isValid: (value: unknown) => boolean, message: string]>([
  ['string', [(value) => typeof value === 'string', 'must be a string']],
  ['list', [Array.isArray, 'must be a list']],
  ['dict', [(value) => typeof value === 'object' && !Array.isArray(value), 'must be an object']],
]);

/** The values that clear a list and a map, which services do not clear with `null`. */
const EMPTY_VALUES = new Map([
  ['list', '[]'],
  ['dict', '{}'],
]);

/** The check of a list stops after this many invalid entries. */
const MAX_INVALID_OPTIONS = 20;

/** Checks values against the field config. The values must be plain data. */
export type FieldValidator = (values: AttributeValues) => Issue[];

/**
 * Creates a validator from a field config. Unknown fields are valid. `null` is valid, except for a list or a map.
 *
 * @param config the default fields if omitted.
 */
export function createFieldValidator(config: FieldConfig = defaultFieldConfig()): FieldValidator {
  const fieldsByCategory = new Map(
    Object.entries(config).map(([category, { fields }]) => [
      category,
      new Map(fields.map((field) => [field.name, field])),
    ]),
  );
  return ({ category, values, path }) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => {
      const field = fieldsByCategory.get(category)?.get(name);
      if (!field || value === undefined || (value === null && !EMPTY_VALUES.has(field.type))) return [];
      return findIssues(field, value, [...path, name]);
    });
}

/** Checks one value. `options` apply to a string and to each entry of a list. Stops after 20 invalid entries. */
function findIssues({ type, options }: FieldDefinition, value: unknown, path: readonly string[]): Issue[] {
  const [isValid, typeMessage = ''] = TYPE_RULES.get(type) ?? [];
  if (value === null)
    return [{ path, message: `${typeMessage}. Write ${EMPTY_VALUES.get(type)} to clear it` }];
  if (isValid?.(value) === false) return [{ path, message: typeMessage }];
  if (type === 'dict' || !options?.length) return [];
  const allowed = new Set<unknown>(options);
  const message = `must be one of: ${listSome(options)}`;
  if (!Array.isArray(value)) return allowed.has(value) ? [] : [{ path, message }];
  const issues: Issue[] = [];
  for (const [index, entry] of value.entries())
    if (!allowed.has(entry) && issues.push({ path: [...path, index], message }) === MAX_INVALID_OPTIONS)
      break;
  return issues;
}
