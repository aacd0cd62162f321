import type { FieldConfig, FieldDefinition } from './field-config.js';

type JsonSchema = Record<string, unknown>;

const STRING = { type: 'string' };
const NULLABLE_STRING = { type: ['string', 'null'] };
const NULLABLE_NUMBER = { type: ['number', 'null'] };

const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

/** The rules that a dialect enforces. Both dialects accept only a string or `null` for a text field. */
interface SchemaRules {
  readonly name: JsonSchema;
  readonly age: JsonSchema;
  readonly list: JsonSchema;
  readonly dict: JsonSchema;
  readonly enforcesOptions: boolean;
}

const SUBRESOURCE: SchemaRules = {
  name: { ...STRING, minLength: 1, maxLength: 100 },
  age: nullable({ type: 'integer', minimum: 0, maximum: 120 }),
  list: { type: ['array', 'null'], items: STRING },
  dict: { type: ['object', 'null'], additionalProperties: STRING },
  enforcesOptions: false,
};

const ATTRIBUTES: SchemaRules = {
  name: STRING,
  age: NULLABLE_NUMBER,
  list: { type: 'array' },
  dict: { type: 'object' },
  enforcesOptions: true,
};

/**
 * JSON Schema of `demographic`. A test compares it with `demographicInputSchema`.
 *
 * Written by hand, because zod's JSON Schema converter is larger than the rest of this file.
 */
const composeDemographic = (age: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: {
    latitude: NULLABLE_NUMBER,
    longitude: NULLABLE_NUMBER,
    language: NULLABLE_STRING,
    country: NULLABLE_STRING,
    city: NULLABLE_STRING,
    region: NULLABLE_STRING,
    age,
    gender: NULLABLE_STRING,
    education: NULLABLE_STRING,
    income: NULLABLE_STRING,
    occupation: NULLABLE_STRING,
    geolocation: STRING,
  },
  additionalProperties: {},
});

function toFieldSchema(
  { type, label, description, options = [] }: FieldDefinition,
  { list, dict, enforcesOptions }: SchemaRules,
): JsonSchema {
  const schemas: Record<string, JsonSchema> = { string: NULLABLE_STRING, list, dict };
  const hasOptions = enforcesOptions && options.length > 0;
  return {
    ...schemas[type],
    ...(label === undefined ? {} : { title: label }),
    ...(description === undefined ? {} : { description }),
    ...(hasOptions && type === 'string' ? { enum: [...options, null] } : {}),
    ...(hasOptions && type === 'list' ? { items: { ...STRING, enum: options } } : {}),
  };
}

/**
 * Composes the JSON Schema (draft 2020-12) of a persona from the fixed fields and the deployment's fields.
 *
 * @param config the field config of an `attributes` service, or the default fields.
 */
export function composeSchema(dialect: 'subresource' | 'attributes', config: FieldConfig): JsonSchema {
  const rules = dialect === 'subresource' ? SUBRESOURCE : ATTRIBUTES;
  const readOnly = { readOnly: true };
  const categories = Object.entries(config).map(([name, { label, description, fields }]) => [
    name,
    {
      type: 'object',
      ...(label === undefined ? {} : { title: label }),
      ...(description === undefined ? {} : { description }),
      properties: Object.fromEntries(fields.map((field) => [field.name, toFieldSchema(field, rules)])),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Persona',
    type: 'object',
    properties: {
      id: { type: 'integer', minimum: 1, ...readOnly },
      name: rules.name,
      psychographic: nullable({}),
      behavioral: nullable({}),
      contextual: nullable({}),
      demographic: composeDemographic(rules.age),
      ...Object.fromEntries(categories),
      created_at: { type: 'string', format: 'date-time', ...readOnly },
      updated_at: { type: 'string', format: 'date-time', ...readOnly },
    },
    required: ['name'],
    additionalProperties: {},
  };
}
