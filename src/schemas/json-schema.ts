import type { FieldConfig, FieldDefinition } from './field-config.js';

type JsonSchema = Record<string, unknown>;

const strings = { type: 'string' };
const TYPES: Record<string, JsonSchema> = {
  string: strings,
  list: { type: 'array', items: strings },
  dict: { type: 'object', additionalProperties: strings },
};

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const within = (type: 'number' | 'integer', minimum: number, maximum: number) =>
  orNull({ type, minimum, maximum });
const text = { type: ['string', 'null'] };

/**
 * The part that is the same in every deployment, as in `personaCreate`: a test holds them equal. Written out, since the
 * code that could derive it weighs more than all else here.
 */
const DEMOGRAPHIC: JsonSchema = {
  type: 'object',
  properties: {
    latitude: within('number', -90, 90),
    longitude: within('number', -180, 180),
    language: text,
    country: text,
    city: text,
    region: text,
    age: within('integer', 0, 120),
    gender: text,
    education: text,
    income: text,
    occupation: text,
    geolocation: strings,
  },
  additionalProperties: {},
};

function schemaOf({ type, label, description, options }: FieldDefinition): JsonSchema {
  return {
    ...TYPES[type],
    ...(label === undefined ? {} : { title: label }),
    ...(description === undefined ? {} : { description }),
    ...(options?.length && type === 'string' ? { enum: options } : {}),
    ...(options?.length && type === 'list' ? { items: { ...strings, enum: options } } : {}),
  };
}

/** A persona as a JSON Schema (draft 2020-12), from the fixed part that is known here and the deployment's own fields. */
export function composeSchema(config: FieldConfig): JsonSchema {
  const own = { readOnly: true };
  const categories = Object.entries(config).map(([name, { label, description, fields }]) => [
    name,
    {
      type: 'object',
      ...(label === undefined ? {} : { title: label }),
      ...(description === undefined ? {} : { description }),
      properties: Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Persona',
    type: 'object',
    properties: {
      id: { type: 'integer', minimum: 1, ...own },
      name: { ...strings, minLength: 1, maxLength: 100 },
      psychographic: orNull({}),
      behavioral: orNull({}),
      contextual: orNull({}),
      demographic: DEMOGRAPHIC,
      ...Object.fromEntries(categories),
      created_at: { type: 'string', format: 'date-time', ...own },
      updated_at: { type: 'string', format: 'date-time', ...own },
    },
    required: ['name'],
    additionalProperties: {},
  };
}
