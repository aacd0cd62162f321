import type { JsonSchema } from './standard-schema.js';

/** The property names that the APIs of all major models accept. */
const PROPERTY_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** A value of any type. APIs reject a schema without a type. */
const ANY_VALUE: JsonSchema = {
  anyOf: [
    ...['string', 'number', 'boolean'].map((type) => ({ type })),
    { type: 'array', items: { type: 'string' } },
    { type: 'object', additionalProperties: true },
  ],
};

/**
 * Changes a schema so that the APIs of all major models accept it. Most of them reject all tools if they reject one.
 *
 * The result accepts what the schema accepts, except empty options. For a value of any type, it also rejects `null` and
 * lists of anything but strings. `test/mcp/model-apis` lists the restrictions.
 */
export function toPortableSchema(schema: JsonSchema): JsonSchema {
  const { type, anyOf, items, enum: options } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: anyOf.map(toPortableSchema) };
  if (type === undefined) return { ...schema, ...ANY_VALUE };
  if (type === 'object') return toPortableObject(schema);
  if (type === 'array') return { ...schema, items: toPortableSchema(items as JsonSchema) };
  return Array.isArray(options) ? withoutEmptyOptions(schema, options) : schema;
}

/** Omits the properties whose names some APIs reject, and then accepts any other property. */
function toPortableObject(schema: JsonSchema): JsonSchema {
  if (schema.properties === undefined) return schema;
  const entries = Object.entries(schema.properties as Record<string, JsonSchema>);
  const accepted = entries.filter(([name]) => PROPERTY_NAME.test(name));
  return {
    ...schema,
    properties: Object.fromEntries(accepted.map(([name, property]) => [name, toPortableSchema(property)])),
    ...(accepted.length < entries.length && { additionalProperties: true }),
  };
}

function withoutEmptyOptions({ enum: _, ...rest }: JsonSchema, options: readonly unknown[]): JsonSchema {
  const named = options.filter((option) => option !== '');
  return named.length > 0 ? { ...rest, enum: named } : rest;
}
