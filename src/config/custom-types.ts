import type {
  AttributeCategory,
  Behavioral,
  Contextual,
  OpenFields,
  Psychographic,
} from '../schemas/categories.js';
import type { Persona, PersonaCreate, PersonaUpdate } from '../schemas/persona.js';

/** Types of the custom fields, by category. Omitted categories keep their default types. */
export interface CustomAttributes {
  /** Type of the custom psychographic fields. */
  readonly psychographic?: object;
  /** Type of the custom behavioral fields. */
  readonly behavioral?: object;
  /** Type of the custom contextual fields. */
  readonly contextual?: object;
  /** `false` if categories with a schema have no default fields. */
  readonly defaultFields?: boolean;
}

/** The fields that a schema names. */
type NamedFields<Fields> = {
  [Name in keyof Fields as string extends Name ? never : Name]: Fields[Name];
};
/**
 * The default fields that a schema does not name, unless `defaultFields` is `false`. An open schema also permits fields of any
 * name.
 */
type OtherFields<Custom, Fields, Category extends AttributeCategory> = (Custom extends {
  readonly defaultFields: false;
}
  ? unknown
  : Omit<DefaultFields[Category], keyof NamedFields<Fields>>) &
  (string extends keyof Fields ? OpenFields : unknown);
type Nullish<T> = { [K in keyof T]?: T[K] | null };
type DefaultFields = { psychographic: Psychographic; behavioral: Behavioral; contextual: Contextual };

/** Fields of any names and types. Every client is assignable to `PersonaClientLike<AnyAttributes>`, whatever its schemas are. */
export type AnyAttributes = { readonly [Category in AttributeCategory]: object };

/**
 * A category in reads and updates, with typed custom fields.
 *
 * All custom fields may be absent or `null`. Default fields keep their types, unless `defaultFields` is `false`. Other
 * fields are compile errors, unless the schema allows unknown fields. If the type of the schema names no field, this type is
 * `object`.
 */
export type CustomData<Custom extends CustomAttributes, Category extends AttributeCategory> =
  Custom extends Record<Category, infer Fields>
    ? [keyof Fields] extends [never]
      ? object
      : Nullish<NamedFields<Fields>> & OtherFields<Custom, Fields, Category> extends infer Data // one object type, for readable messages
        ? { [Field in keyof Data]: Data[Field] }
        : never
    : DefaultFields[Category];

/** A category in creates, with the required custom fields. */
type CustomCreateData<Custom extends CustomAttributes, Category extends AttributeCategory> =
  Custom extends Record<Category, infer Fields>
    ? [keyof Fields] extends [never]
      ? object
      : NamedFields<Fields> & OtherFields<Custom, Fields, Category> extends infer Data
        ? { [Field in keyof Data]: Data[Field] }
        : never
    : DefaultFields[Category];

/** `Base` with other categories, or `Base` itself if `Custom` defines no category. */
type ReplaceCategories<Custom, Base, Categories> = CustomAttributes extends Custom
  ? Base
  : Omit<Base, AttributeCategory> & Categories;

/** A persona with typed custom fields. */
export type CustomPersona<Custom extends CustomAttributes> = ReplaceCategories<
  Custom,
  Persona,
  { [Category in AttributeCategory]?: CustomData<Custom, Category> | null }
>;

/** Input of `personas.create` with typed custom fields. */
export type CustomPersonaCreate<Custom extends CustomAttributes> = ReplaceCategories<
  Custom,
  PersonaCreate,
  { [Category in AttributeCategory]?: CustomCreateData<Custom, Category> | null }
>;

/** Input of `personas.update` with typed custom fields. */
export type CustomPersonaUpdate<Custom extends CustomAttributes> = ReplaceCategories<
  Custom,
  PersonaUpdate,
  { [Category in AttributeCategory]?: CustomData<Custom, Category> | null }
>;
