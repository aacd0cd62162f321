import type { FieldConfig, FieldDefinition } from './field-config.js';

type JsonSchema = Record<string, unknown>;

const STRING = { type: 'string' };
const TYPE_SCHEMAS: Record<string, JsonSchema> = {
  string: STRING,
  list: { type: 'array', items: STRING },
  dict: { type: 'object', additionalProperties: STRING },
};

const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const nullableRange = (type: 'number' | 'integer', minimum: number, maximum: number) =>
  nullable({ type, minimum, maximum });
const NULLABLE_STRING = { type: ['string', 'null'] };

/**
 * JSON Schema of `demographic`, which is the same in every deployment. A test compares it with `demographicInputSchema`.
 *
 * Written by hand, because zod's JSON Schema converter is larger than the rest of this file.
 */
const DEMOGRAPHIC_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    latitude: nullableRange('number', -90, 90),
    longitude: nullableRange('number', -180, 180),
    language: NULLABLE_STRING,
    country: NULLABLE_STRING,
    city: NULLABLE_STRING,
    region: NULLABLE_STRING,
    age: nullableRange('integer', 0, 120),
    gender: NULLABLE_STRING,
    education: NULLABLE_STRING,
    income: NULLABLE_STRING,
    occupation: NULLABLE_STRING,
    geolocation: STRING,
  },
  additionalProperties: {},
};

function toFieldSchema({ type, label, description, options }: FieldDefinition): JsonSchema {
  return {
    ...TYPE_SCHEMAS[type],
    ...(label === undefined ? {} : { title: label }),
    ...(description === undefined ? {} : { description }),
    ...(options?.length && type === 'string' ? { enum: options } : {}),
    ...(options?.length && type === 'list' ? { items: { ...STRING, enum: options } } : {}),
  };
}

/** Composes the JSON Schema (draft 2020-12) of a persona from the fixed fields and the deployment's field config. */
export function composeSchema(config: FieldConfig): JsonSchema {
  const readOnly = { readOnly: true };
  const categories = Object.entries(config).map(([name, { label, description, fields }]) => [
    name,
    {
      type: 'object',
      ...(label === undefined ? {} : { title: label }),
      ...(description === undefined ? {} : { description }),
      properties: Object.fromEntries(fields.map((field) => [field.name, toFieldSchema(field)])),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Persona',
    type: 'object',
    properties: {
      id: { type: 'integer', minimum: 1, ...readOnly },
      name: { ...STRING, minLength: 1, maxLength: 100 },
      psychographic: nullable({}),
      behavioral: nullable({}),
      contextual: nullable({}),
      demographic: DEMOGRAPHIC_SCHEMA,
      ...Object.fromEntries(categories),
      created_at: { type: 'string', format: 'date-time', ...readOnly },
      updated_at: { type: 'string', format: 'date-time', ...readOnly },
    },
    required: ['name'],
    additionalProperties: {},
  };
}
