import type * as z from 'zod/mini';
import { boundedArray, boundedRecord } from './bounded.js';
import { type AttributeCategory, CATEGORIES } from './categories.js';
import { openObject, optional } from './objects.js';
import { anyString } from './validators.js';

/** The configuration of one field. */
export interface FieldDefinition {
  /** The name of the field, as in `client.contextual.update(id, { [name]: … })`. */
  name: string;
  /** `string`, `list` (of strings) or `dict` (from string to string). */
  type: 'string' | 'list' | 'dict' | (string & {});
  /** The name for people, such as `Time of Day`. */
  label?: string;
  /** What the field means. */
  description?: string;
  /** The allowed values of a `string`, or of each entry of a `list`. Absent if all values are allowed. */
  options?: string[];
}

/** The configuration of one category. */
export interface CategoryConfig {
  /** The name for people, such as `Contextual`. */
  label?: string;
  /** What the category means. */
  description?: string;
  /** The fields of the category. */
  fields: FieldDefinition[];
}

/** The configured fields of a service, by category. */
export type FieldConfig = Record<string, CategoryConfig>;

/** Validates a field config in a response, and keeps unknown properties. */
export const fieldConfigSchema = () => {
  const optionalString = optional(anyString);
  return boundedRecord(
    openObject({
      label: optionalString,
      description: optionalString,
      fields: () =>
        boundedArray(
          openObject({
            name: anyString,
            type: anyString,
            label: optionalString,
            description: optionalString,
            options: optional(() => boundedArray(anyString())),
          }),
        ),
    }),
    (category) => (CATEGORIES.some((name) => name === category) ? category : '…'),
  ) as unknown as z.ZodMiniType<FieldConfig, unknown>;
};

/** The values of one category in an input, and their path in the input. */
export interface AttributeValues {
  readonly category: AttributeCategory;
  readonly values: object | null | undefined;
  readonly path: readonly string[];
}

/** Returns the values that set a field. A `null` removes a field, and `undefined` has no effect. */
export const omitNulls = (values: object | null | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
