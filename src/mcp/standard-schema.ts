import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { describeError } from './errors.js';

export type JsonSchema = Record<string, unknown>;

/** Input limits that the server enforces but `tools/list` omits. */
export const MAX_TEXT_LENGTH = 10_000;
export const MAX_LIST_ITEMS = 200;

const PARSE_OPTIONS = { error: en().localeError, jitless: true };

/** Converts a schema to JSON Schema for `tools/list`. Omits keywords that cost tokens without helping a model. */
export function toJsonSchema(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.propertyNames;
      if (JSON.stringify(jsonSchema.additionalProperties) === '{}') jsonSchema.additionalProperties = true;
      if (jsonSchema.maxLength === MAX_TEXT_LENGTH) delete jsonSchema.maxLength;
      if (jsonSchema.maxItems === MAX_LIST_ITEMS) delete jsonSchema.maxItems;
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
    : parsed.error.issues.map((issue) => ({ path: issue.path, message: issue.message.slice(0, 300) }));
}

/**
 * Adapts an input schema for `registerTool()` of the MCP SDK.
 *
 * Validation loads the schema, because the schema depends on the fields of the deployment. The JSON Schema is a
 * placeholder, because the server has its own handler for `tools/list`.
 */
export function toStandardInput(loadSchema: () => Promise<z.ZodMiniType>): StandardSchemaWithJSON {
  const placeholder = () => ({ type: 'object' });
  return {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: async (input) => {
        const value = copyPlainData(input); // an MCP client in the same process may change its object
        try {
          const issues = findIssues(await loadSchema(), value);
          return issues.length > 0 ? { issues } : { value };
        } catch (error) {
          return { issues: [{ message: describeError(error) }] };
        }
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
