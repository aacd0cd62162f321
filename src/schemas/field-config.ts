import * as z from 'zod/mini';
import type { AttributeCategory } from './categories.js';

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

export const fieldConfig = () => {
  const text = z.optional(z.string());
  return z.catchall(
    z.object({}),
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
};

/** Values that someone is about to write, and where they stand in the input. */
export interface AttributeValues {
  readonly category: AttributeCategory;
  readonly values: Readonly<Record<string, unknown>> | null | undefined;
  readonly path: readonly string[];
}
