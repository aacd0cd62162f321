import * as z from 'zod/mini';
import type { FieldConfig, FieldDefinition } from './field-config.js';

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

/** What is the same in every deployment: handed in, so that this file can be loaded by itself. */
interface Fixed {
  readonly persona: z.ZodMiniType;
  readonly demographic: z.ZodMiniType;
}

/** A persona as a JSON Schema (draft 2020-12), from the fixed part and the deployment's own fields. */
export function composeSchema(known: Fixed, config: FieldConfig): JsonSchema {
  const { properties, ...fixed } = asJson(known.persona);
  const { $schema: _, ...demographic } = asJson(known.demographic);
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
