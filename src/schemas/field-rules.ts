import { builtInFieldConfig } from './built-in-fields.js';
import type { AttributeValues, FieldConfig, FieldDefinition } from './field-config.js';

type Issue = { readonly path: readonly (string | number)[]; readonly message: string };

const KINDS = new Map<string, [fits: (value: unknown) => boolean, message: string]>([
  ['string', [(value) => typeof value === 'string', 'must be a string']],
  ['list', [Array.isArray, 'must be a list']],
  ['dict', [(value) => typeof value === 'object' && !Array.isArray(value), 'must be an object']],
]);

/** What a deployment's fields say of values that are to be written, which are known to be plain data. */
export type FieldRules = (values: AttributeValues) => Issue[];

/** A deployment's fields, or those known out of the box, made into rules. Fields they do not name are free, and so is `null`. */
export function rulesOf(config: FieldConfig = builtInFieldConfig()): FieldRules {
  const known = new Map(
    Object.entries(config).map(([category, { fields }]) => [
      category,
      new Map(fields.map((field) => [field.name, field])),
    ]),
  );
  return ({ category, values, path }) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => {
      const field = known.get(category)?.get(name);
      return field && value !== undefined && value !== null ? issuesOf(field, value, [...path, name]) : [];
    });
}

/** Options limit a string, and each entry of a list. */
function issuesOf({ type, options }: FieldDefinition, value: unknown, path: readonly string[]): Issue[] {
  const [fits, kind = ''] = KINDS.get(type) ?? [];
  if (fits?.(value) === false) return [{ path, message: kind }];
  if (type === 'dict' || !options?.length) return [];
  const one = (entry: unknown, where: Issue['path']): Issue[] =>
    options.includes(entry as string)
      ? []
      : [{ path: where, message: `must be one of: ${options.join(', ')}` }];
  return Array.isArray(value)
    ? value.flatMap((entry, index) => one(entry, [...path, index]))
    : one(value, path);
}
