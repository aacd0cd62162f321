import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { coerce } from './coerce.js';
import { toSingleLine, truncate } from './sanitize-text.js';

export type JsonSchema = Record<string, unknown>;

const MAX_MESSAGE_LENGTH = 300;
const MAX_KEY_LENGTH = 100;

const PARSE_OPTIONS = { error: en().localeError, jitless: true };

/** Converts a schema to JSON Schema for `tools/list`. Omits keywords that cost tokens without helping a model. */
export function toJsonSchema(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.propertyNames;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (JSON.stringify(jsonSchema.additionalProperties) === '{}') jsonSchema.additionalProperties = true;
    },
  }) as JsonSchema;
  return splitTypes(json) as JsonSchema;
}

/** Converts `type: ['string', 'null']` to `anyOf`, because some MCP clients reject a list of types. */
function splitTypes(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(splitTypes);
  const { type, ...rest } = schema as { type?: unknown };
  if (Array.isArray(type))
    return {
      anyOf: type.map((name) => splitTypes(name === 'null' ? { type: name } : { ...rest, type: name })),
    };
  return Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, splitTypes(inner)]));
}

/** Validates a value. Returns the issues, or an empty array if the value is valid. */
export function findIssues(
  schema: z.ZodMiniType,
  value: unknown,
): { path: PropertyKey[]; message: string }[] {
  const parsed = z.safeParse(schema, value, PARSE_OPTIONS);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => ({
        path: path.map((key) =>
          typeof key === 'string' ? truncate(toSingleLine(key), MAX_KEY_LENGTH) : key,
        ),
        message: truncate(toSingleLine(message), MAX_MESSAGE_LENGTH),
      }));
}

/**
 * Adapts an input schema for `registerTool()` of the MCP SDK. Converts the arguments before it validates them.
 *
 * The JSON Schema is a placeholder, because the server has its own handler for `tools/list`.
 */
export function toStandardInput(schema: z.ZodMiniType): StandardSchemaWithJSON {
  const placeholder = () => ({ type: 'object' });
  let jsonSchema: JsonSchema | undefined;
  return {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: (input) => {
        jsonSchema ??= toJsonSchema(schema);
        // A copy, because an MCP client in the same process may change its object.
        const value = coerce(jsonSchema, copyPlainData(input));
        const issues = findIssues(schema, value);
        return issues.length > 0 ? { issues } : { value };
      },
      jsonSchema: { input: placeholder, output: placeholder },
    },
  };
}

/** Adapts an output schema for `registerTool()` of the MCP SDK. Skips validation, because the server creates the outputs. */
export function toStandardOutput(json: JsonSchema): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}
