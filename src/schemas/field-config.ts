import * as z from 'zod/mini';
import type { AttributeCategory } from './categories.js';
import { isPlain } from './json.js';

/** A field of a category, as a deployment configures it. */
export interface FieldDefinition {
  name: string;
  /** `list` of strings, `dict` from string to string, or `string`. */
  type: 'string' | 'list' | 'dict' | (string & {});
  label?: string;
  description?: string;
  /** The values allowed for a `string`, or for each entry of a `list`, where they are limited. */
  options?: string[];
}

/** A category's fields. */
export interface CategoryConfig {
  label?: string;
  description?: string;
  fields: FieldDefinition[];
}

/** The configurable fields of a deployment, by category. */
export type FieldConfig = Record<string, CategoryConfig>;

const text = z.optional(z.string());

export const fieldConfig = z.record(
  z.string(),
  z.looseObject({
    label: text,
    description: text,
    fields: z.array(
      z.looseObject({
        name: z.string(),
        type: z.string(),
        label: text,
        description: text,
        options: z.optional(z.array(z.string())),
      }),
    ),
  }),
) as unknown as z.ZodMiniType<FieldConfig, unknown>;

const list = (name: string): FieldDefinition => ({ name, type: 'list', label: labelOf(name) });
const dict = (name: string): FieldDefinition => ({ name, type: 'dict', label: labelOf(name) });
const string = (name: string, ...options: string[]): FieldDefinition => ({
  name,
  type: 'string',
  label: labelOf(name),
  ...(options.length > 0 ? { options } : {}),
});

const labelOf = (name: string): string =>
  name.replace(/(^|_)([a-z])/g, (_, gap: string, letter: string) => (gap ? ' ' : '') + letter.toUpperCase());

/** The fields known out of the box (wire contract). */
export const builtInFieldConfig = (): FieldConfig => ({
  psychographic: {
    label: 'Psychographic',
    description: 'How the persona thinks',
    fields: [
      list('interests'),
      list('personal_values'),
      list('attitudes'),
      list('opinions'),
      string('lifestyle'),
      string('personality'),
    ],
  },
  behavioral: {
    label: 'Behavioral',
    description: 'What the persona does',
    fields: [
      list('browsing_habits'),
      list('purchase_history'),
      list('brand_interactions'),
      dict('device_usage'),
      dict('social_media_activity'),
      dict('content_consumption'),
    ],
  },
  contextual: {
    label: 'Contextual',
    description: 'The circumstances the persona is in',
    fields: [
      string('time_of_day', 'morning', 'afternoon', 'evening', 'night', 'all day'),
      string('day_of_week', 'weekday', 'weekend', 'all week'),
      string('season', 'spring', 'summer', 'fall', 'winter'),
      string('weather'),
      string('device_type', 'desktop', 'laptop', 'tablet', 'mobile'),
      string('browser_type', 'chrome', 'firefox', 'safari', 'edge'),
      string('screen_size'),
      string('connection_type', 'wifi', 'ethernet', '4g', '5g', '3g'),
    ],
  },
});

/** Values that someone is about to write, and where they stand in the input. */
export interface AttributeValues {
  readonly category: AttributeCategory;
  readonly values: Readonly<Record<string, unknown>> | null | undefined;
  readonly path: readonly string[];
}

type Issue = { readonly path: readonly (string | number)[]; readonly message: string };

const KINDS = new Map<string, [fits: (value: unknown) => boolean, message: string]>([
  ['string', [(value) => typeof value === 'string', 'must be a string']],
  ['list', [Array.isArray, 'must be a list']],
  ['dict', [isPlain, 'must be an object']],
]);

/** A deployment's fields made into a check of what is to be written. Fields it does not name are free, and so is `null`. */
export function checkOf(config: FieldConfig): (values: AttributeValues) => Issue[] {
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
