import { type PersonaIssue, PersonaValidationError } from '../core/errors/index.js';
import type { AttributeCategory, Behavioral, Contextual, Psychographic } from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';
import type { Persona, PersonaCreate, PersonaUpdate } from '../schemas/persona.js';

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev), version 1: zod, Valibot, ArkType and others.
 */
export interface StandardSchema<Input = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined;
  };
}

/** What such a schema says of a value: it fits where there are no `issues`. */
export interface StandardResult {
  readonly issues?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[]
    | undefined;
}

/** The fields of a deployment, by category. A category left out is as it is without definitions. */
export interface CustomAttributes {
  readonly psychographic?: object;
  readonly behavioral?: object;
  readonly contextual?: object;
}

/** What {@link defineAttributes} makes, for the option `attributes`. */
export interface DefinedAttributes<Own extends CustomAttributes = CustomAttributes> {
  /** What is wrong with values that are about to be written. `whole`: nothing stands there yet, so nothing may be left out. */
  issues(values: AttributeValues, whole: boolean): Promise<PersonaIssue[]>;
  /** For the compiler; there is no such property. */
  readonly types?: Own;
}

type InputOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly input: infer Input } | undefined };
}
  ? Input & object
  : never;

/**
 * Type a deployment's own fields. The client's methods then take and give them with their types, and a write that
 * does not fit is refused before anything is sent.
 *
 * The schemas judge and change nothing: what is sent is what was given, so transforms and defaults have no effect, and
 * fields that a schema does not know are sent as well, unless it refuses them. A create needs every required field of a
 * category that it gives; an update any of them. `null` is not judged. What is read is not checked, since it may be
 * older than the schema: each field can be absent or `null`.
 *
 * @param schemas one for each category to be typed: of any library that follows Standard Schema.
 * @throws {PersonaValidationError} for a category that does not exist, and for what is not such a schema.
 * @example
 * ```ts
 * const attributes = defineAttributes({ psychographic: z.object({ mood: z.enum(['calm', 'busy']) }) });
 * const client = new PersonaClient({ attributes });
 * const { mood } = await client.psychographic.get(1); // 'calm' | 'busy' | null | undefined
 * ```
 */
export function defineAttributes<
  const Schemas extends { readonly [Category in AttributeCategory]?: StandardSchema<object> },
>(
  schemas: Schemas & { readonly [Other in Exclude<keyof Schemas, AttributeCategory>]: never },
): DefinedAttributes<{ readonly [Category in keyof Schemas]: InputOf<Schemas[Category]> }> {
  const defined = new Map(Object.entries(schemas) as [string, StandardSchema][]);
  const wrong = [...defined].flatMap(([category, schema]): PersonaIssue[] => {
    if (!CATEGORIES.includes(category))
      return [{ path: [category], message: 'is not a category with fields of its own' }];
    const fits = typeof schema?.['~standard']?.validate === 'function';
    return fits ? [] : [{ path: [category], message: 'must be a schema that follows Standard Schema' }];
  });
  if (wrong.length > 0)
    throw new PersonaValidationError(
      `defineAttributes: ${wrong.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
      { issues: wrong },
    );
  return {
    async issues({ category, values, path }, whole) {
      const schema = defined.get(category);
      if (!schema || !values) return [];
      const given = Object.fromEntries(
        Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
      );
      const { issues = [] } = await schema['~standard'].validate(given);
      return issues
        .map((issue) => ({ message: issue.message, path: (issue.path ?? []).map(keyOf) }))
        .filter((issue) => whole || issue.path.length === 0 || Object.hasOwn(given, `${issue.path[0]}`))
        .map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
    },
  };
}

const CATEGORIES: readonly string[] = [
  'psychographic',
  'behavioral',
  'contextual',
] satisfies AttributeCategory[];

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof part === 'object' ? part.key : part;
  return typeof key === 'number' ? key : String(key);
}

/** The fields that are spelt out, without `[field: string]`. */
type Named<T> = {
  [K in keyof T as string extends K ? never : number extends K ? never : symbol extends K ? never : K]: T[K];
};
type Except<T, Names> = { [K in keyof T as K extends Names ? never : K]: T[K] };
type Nullable<T> = { [K in keyof T]?: T[K] | null };
type Fields = { psychographic: Psychographic; behavioral: Behavioral; contextual: Contextual };

/** A category as it is read and changed: the fields defined, each of which may be left out; those known out of the box; any other. */
export type CustomData<Own extends CustomAttributes, Category extends AttributeCategory> =
  Own extends Record<Category, infer Defined>
    ? Nullable<Named<Defined>> & Except<Fields[Category], keyof Named<Defined>>
    : Fields[Category];

/** A category as it is created: what its schema requires must be there. */
type Created<Own extends CustomAttributes, Category extends AttributeCategory> =
  Own extends Record<Category, infer Defined>
    ? Named<Defined> & Except<Fields[Category], keyof Named<Defined>>
    : Fields[Category];

/** As it is where no category is defined. */
type Typed<Own, Plain, Categories> = CustomAttributes extends Own
  ? Plain
  : Omit<Plain, AttributeCategory> & Categories;

/** A persona whose own fields are typed. */
export type CustomPersona<Own extends CustomAttributes> = Typed<
  Own,
  Persona,
  { [Category in AttributeCategory]?: CustomData<Own, Category> | null }
>;

/** A persona to create, its own fields typed. */
export type CustomPersonaCreate<Own extends CustomAttributes> = Typed<
  Own,
  PersonaCreate,
  { [Category in AttributeCategory]?: Created<Own, Category> | null }
>;

/** Changes to a persona, its own fields typed. */
export type CustomPersonaUpdate<Own extends CustomAttributes> = Typed<
  Own,
  PersonaUpdate,
  { [Category in AttributeCategory]?: CustomData<Own, Category> | null }
>;
