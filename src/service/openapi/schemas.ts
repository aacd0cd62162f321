import { composeSchema } from '../../schemas/json-schema.js';
import { ATTRIBUTE_CATEGORIES, type FieldConfig } from '../field-config.js';
import { CATEGORIES, type Category } from '../store/types.js';

export type SchemaObject = Readonly<Record<string, unknown>>;

interface PersonaSchema {
  readonly properties: Readonly<Record<Category | 'name', SchemaObject>>;
}

export const refer = (name: string): SchemaObject => ({ $ref: `#/components/schemas/${name}` });
const objectOf = (
  properties: SchemaObject,
  required: readonly string[] = Object.keys(properties),
): SchemaObject => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});

const STRING = { type: 'string' };
const INTEGER = { type: 'integer' };
const COUNT = { type: 'integer', minimum: 0 };
export const ID = { type: 'integer', minimum: 1 };
const STRINGS = { type: 'array', items: STRING };
const MESSAGE = objectOf({ message: STRING });
const GEOLOCATION = {
  type: 'string',
  description:
    'Latitude and longitude in degrees, instead of the two fields. Some services respond to it with 500, so send the two fields.',
  pattern: '^-?\\d+(?:\\.\\d+)?,\\s*-?\\d+(?:\\.\\d+)?\\s*$',
};
const TIMESTAMP = {
  type: 'string',
  description:
    'ISO 8601 in UTC, without a time zone. The second has six decimal digits, or none if all are zero.',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?$',
};
/** The ids of the database row, which `subresource` returns in every category, and `attributes` in `demographic`. */
const ROW_KEYS = { id: ID, persona_id: ID };

/** `demographic` is `Demographic` in a response, and `DemographicInput` in a request. */
export const toSchemaName = (category: string): string =>
  `${category.charAt(0).toUpperCase()}${category.slice(1)}`;

/** Composes all schemas of a dialect. */
export function composeSchemas(
  isAttributes: boolean,
  fieldConfig: FieldConfig,
): Record<string, SchemaObject> {
  const dialect = isAttributes ? 'attributes' : 'subresource';
  const { properties } = composeSchema(
    dialect,
    structuredClone(fieldConfig) as never,
  ) as never as PersonaSchema;
  const schemas = isAttributes ? ATTRIBUTES_SCHEMAS : SUBRESOURCE_SCHEMAS;
  const categories = CATEGORIES.flatMap((category) => {
    const { input, output } = composeCategory(category, properties[category], isAttributes);
    const name = toSchemaName(category);
    return [
      [name, output],
      [`${name}Input`, input],
    ] as const;
  });
  const persona = (suffix: string, wrap: (schema: SchemaObject) => SchemaObject) => ({
    name: properties.name,
    ...Object.fromEntries(
      CATEGORIES.map((category) => [category, wrap(refer(toSchemaName(category) + suffix))]),
    ),
  });
  const input = persona('Input', (schema) => schema);
  const closed = isAttributes ? {} : { additionalProperties: false };
  const output = { id: ID, ...persona('', schemas.category), created_at: TIMESTAMP, updated_at: TIMESTAMP };
  const required = isAttributes ? ['id', 'name', 'created_at', 'updated_at'] : Object.keys(output);
  return {
    Persona: objectOf(output, required),
    PersonaCreate: { ...objectOf(input, ['name']), ...closed },
    PersonaUpdate: { ...objectOf(input, []), ...closed, minProperties: 1 },
    ...Object.fromEntries(categories),
    ...COMMON_SCHEMAS,
    ...schemas.components,
  };
}

/**
 * Composes the schemas of a category in requests and responses.
 *
 * `attributes` stores unknown fields, except in `demographic`, where it also ignores `geolocation`. `subresource` rejects them.
 */
function composeCategory(
  category: Category,
  { title, description, properties }: SchemaObject,
  isAttributes: boolean,
): { readonly input: SchemaObject; readonly output: SchemaObject } {
  const texts = { ...(title ? { title } : {}), ...(description ? { description } : {}) };
  const compose = (fields: SchemaObject, rules: SchemaObject = {}) => ({
    type: 'object',
    ...texts,
    properties: fields,
    ...rules,
  });
  const closed = { additionalProperties: false };
  if (category !== 'demographic') {
    const fields = { ...Object(properties) };
    if (!isAttributes) return { input: compose(fields, closed), output: compose({ ...ROW_KEYS, ...fields }) };
    const schema = compose(fields, { additionalProperties: true });
    return { input: schema, output: schema };
  }
  const { geolocation: _text, ...fields } = Object(properties);
  return {
    input: isAttributes ? compose(fields) : compose({ ...fields, geolocation: GEOLOCATION }, closed),
    output: compose({ ...ROW_KEYS, ...fields }),
  };
}

const COMMON_SCHEMAS: Readonly<Record<string, SchemaObject>> = {
  Deleted: MESSAGE,
  LoggedOut: MESSAGE,
  Credentials: objectOf({ username: STRING, password: { ...STRING, format: 'password' } }),
  Tokens: objectOf({ access_token: STRING, refresh_token: STRING }, ['access_token']),
  TokenError: objectOf({ msg: STRING }),
};

const page = (extra: SchemaObject) =>
  objectOf({
    personas: { type: 'array', items: refer('Persona') },
    total: { ...COUNT, description: 'The number of personas on all pages.' },
    page: INTEGER,
    per_page: { ...INTEGER, description: 'The page size that the service used.' },
    ...extra,
  });

const FIELD = objectOf(
  {
    name: STRING,
    type: { ...STRING, enum: ['string', 'list', 'dict'] },
    label: STRING,
    description: STRING,
    options: { ...STRINGS, description: 'The allowed values of the field, or of each entry of a list.' },
  },
  ['name', 'type'],
);

const SUBRESOURCE_SCHEMAS = {
  /** A category that was never set is `null`. */
  category: (schema: SchemaObject): SchemaObject => ({ anyOf: [schema, { type: 'null' }] }),
  components: {
    PersonaPage: page({}),
    Error: objectOf(
      {
        message: STRING,
        status_code: INTEGER,
        errors: {
          type: 'object',
          description: 'What is wrong, by field: reasons, or the names of faulty fields of a category.',
          additionalProperties: STRINGS,
        },
      },
      ['message', 'status_code'],
    ),
  },
};

const ATTRIBUTES_SCHEMAS = {
  /** A category that was never set is absent. */
  category: (schema: SchemaObject): SchemaObject => schema,
  components: {
    PersonaPage: page({ pages: INTEGER }),
    FieldDefinition: FIELD,
    CategoryConfig: objectOf(
      { label: STRING, description: STRING, fields: { type: 'array', items: refer('FieldDefinition') } },
      ['fields'],
    ),
    FieldConfig: {
      ...objectOf(
        Object.fromEntries(ATTRIBUTE_CATEGORIES.map((name) => [name, refer('CategoryConfig')])),
        [],
      ),
      additionalProperties: false,
    },
    Error: objectOf({ error: STRING, details: { anyOf: [STRINGS, STRING] } }, ['error']),
  },
};
