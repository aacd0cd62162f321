import { booleanRule, findInvalidOptions } from '../core/assert-options.js';
import { type PersonaIssue, PersonaValidationError } from '../core/errors/index.js';
import { sanitizeCause, toReadable } from '../core/sanitize-error.js';
import { formatIssues } from '../core/validate.js';
import { ATTRIBUTE_CATEGORIES, type AttributeCategory } from '../schemas/categories.js';
import { type AttributeValues, omitNulls } from '../schemas/field-config.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { suggestName } from '../schemas/suggest-name.js';
import type { CustomAttributes } from './custom-types.js';
import { copyOptions } from './parse-options.js';
import { findKnownFields, findSchemaIssues, type StandardSchema } from './standard-schema.js';

/** Options of {@link defineAttributes}. */
export interface DefineAttributesOptions {
  /**
   * Whether the default fields of a category remain known, in addition to the fields of its schema.
   *
   * Set it to `false` if your schemas are strict. Then a default field that its schema does not name is a compile error, and
   * the client treats it like any unknown field. @default true
   */
  readonly defaultFields?: boolean;
}

/** Result of {@link defineAttributes}, for the client option `attributes`. */
export interface DefinedAttributes<Custom extends CustomAttributes = CustomAttributes> {
  /**
   * Returns the names of the fields that the schema of a category knows: the fields that it reads or returns. An asynchronous
   * schema knows all fields.
   */
  findKnownFields(values: AttributeValues): string[];
  /** Whether the default fields of a category are known. */
  hasDefaultFields(category: AttributeCategory): boolean;
  /**
   * Validates the values of one category before they are written. Returns the issues.
   *
   * @param isComplete whether required fields must be present, as in a create.
   */
  findIssues(values: AttributeValues, isComplete: boolean): Promise<PersonaIssue[]>;
  /** Carries the types for the compiler. Always `undefined` at run time. */
  readonly types?: Custom;
}

type InputOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input & object
  : never;

/** The types of the custom fields. */
type CustomOf<Schemas, Options> = {
  readonly [Category in keyof Schemas]: InputOf<Schemas[Category]>;
} & (Options extends { readonly defaultFields: false } ? { readonly defaultFields: false } : unknown);

/**
 * Defines the types and the validation of custom fields, for the client option `attributes`.
 *
 * The client's methods accept and return the fields with these types. An invalid write throws `PersonaValidationError`
 * before anything is sent.
 *
 * - The schemas only validate: transforms and defaults have no effect.
 * - A field is unknown if the schema neither reads nor returns it, for example an undeclared field of a plain zod or Valibot
 *   object. The option `unknownFields` then decides. A strict schema rejects an undeclared field. A loose schema accepts it, and
 *   so do an asynchronous schema and a preprocessor that copies all fields.
 * - A create needs all required fields of each category that it contains. An update may omit any field.
 * - The schemas do not check `null`.
 * - The client does not validate custom fields in responses, because stored data may be older than the schema. So each
 *   field of a response may be missing or `null`.
 *
 * @param schemas a Standard Schema for each category with custom fields.
 * @param options `{ defaultFields: false }` leaves only the fields of the schemas in these categories.
 * @throws {PersonaValidationError} for an unknown category, a value that is not a Standard Schema, or an unknown option.
 * @example
 * ```ts
 * const attributes = defineAttributes({ psychographic: z.object({ mood: z.enum(['calm', 'busy']) }) });
 * const client = new PersonaClient({ attributes });
 * const { mood } = await client.psychographic.get(1); // 'calm' | 'busy' | null | undefined
 * ```
 */
export function defineAttributes<
  const Schemas extends { readonly [Category in AttributeCategory]?: StandardSchema<object> },
  const Options extends DefineAttributesOptions = DefineAttributesOptions,
>(
  schemas: Schemas & { readonly [Other in Exclude<keyof Schemas, AttributeCategory>]: never },
  options: Options = {} as Options,
): DefinedAttributes<CustomOf<Schemas, Options>> {
  const schemaByCategory = new Map(
    Object.entries(copyOptions(schemas, 'defineAttributes')) as [string, StandardSchema][],
  );
  const issues = [...schemaByCategory].flatMap(([category, schema]): PersonaIssue[] => {
    if (!ATTRIBUTE_CATEGORIES.some((name) => name === category))
      return [
        {
          path: [category],
          message: `must be one of ${ATTRIBUTE_CATEGORIES.join(', ')}${suggestName(category, ATTRIBUTE_CATEGORIES)}`,
        },
      ];
    const isSchema = typeof schema?.['~standard']?.validate === 'function';
    return isSchema ? [] : [{ path: [category], message: 'must be a Standard Schema' }];
  });
  for (const [name, message] of findInvalidOptions<DefineAttributesOptions>(options, {
    defaultFields: booleanRule,
  }))
    issues.push({ path: [name], message });
  if (issues.length > 0)
    throw new PersonaValidationError(`defineAttributes: ${formatIssues(issues)}`, { issues });
  const { defaultFields = true } = options;
  return {
    hasDefaultFields: (category) => defaultFields || !schemaByCategory.has(category),
    findKnownFields: ({ category, values }) => {
      const schema = schemaByCategory.get(category);
      return schema ? findKnownFields(schema, omitNulls(values)) : [];
    },
    async findIssues({ category, values, path }, isComplete) {
      const schema = schemaByCategory.get(category);
      if (!schema || !values) return [];
      const presentValues = omitNulls(values);
      const validate = async () => {
        const result = await schema['~standard'].validate(copyPlainData(presentValues)); // a schema may change its input
        return findSchemaIssues(result, () => findKnownFields(schema, presentValues));
      };
      const issues = await validate().catch((error: unknown) => {
        throw new PersonaValidationError(
          `attributes: the schema of ${category} threw an error, so nothing was sent. Correct the schema. See the cause.`,
          {
            issues: [{ path, message: 'cannot be checked: its schema threw an error' }],
            cause: sanitizeCause(toReadable(error)),
          },
        );
      });
      return issues
        .filter(
          (issue) =>
            isComplete || issue.path.length === 0 || Object.hasOwn(presentValues, `${issue.path[0]}`),
        )
        .map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
    },
  };
}
