import * as z from 'zod/mini';
import { demographicInput } from './categories.js';
import type { FieldConfig, FieldDefinition } from './field-config.js';
import { personaCreate } from './persona.js';

type JsonSchema = Record<string, unknown>;

const strings = { type: 'string' };
const TYPES: Record<string, JsonSchema> = {
  string: strings,
  list: { type: 'array', items: strings },
  dict: { type: 'object', additionalProperties: strings },
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

const asJson = (schema: z.ZodMiniType): JsonSchema => ({
  ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
});

/** A persona as a JSON Schema (draft 2020-12), from the fixed part that is known here and the deployment's own fields. */
export function composeSchema(config: FieldConfig): JsonSchema {
  const { properties, ...fixed } = asJson(personaCreate);
  const { $schema: _, ...demographic } = asJson(demographicInput);
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
    ...fixed,
    title: 'Persona',
    properties: {
      id: { type: 'integer', minimum: 1, ...own },
      ...(properties as JsonSchema),
      demographic,
      ...Object.fromEntries(categories),
      created_at: { type: 'string', format: 'date-time', ...own },
      updated_at: { type: 'string', format: 'date-time', ...own },
    },
  };
}
