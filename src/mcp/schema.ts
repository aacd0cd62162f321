import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { FieldConfig } from '../index.js';
import { inWords } from './errors.js';
import type { Fields } from './fields.js';
import { DEMOGRAPHIC_TEXTS, SECTIONS, type Section } from './names.js';

export type JsonSchema = Record<string, unknown>;

const words = { error: en().localeError, jitless: true };

const text = z.string().check(z.maxLength(10_000));
const number = (low: number, high: number) => z.number().check(z.gte(low), z.lte(high));

export const id = z
  .int()
  .check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER), z.describe('Persona id, as list_personas gives it'));
export const whole = (low: number, high: number, meaning: string) =>
  z.optional(z.int().check(z.gte(low), z.lte(high), z.describe(meaning)));
export const name = z.string().check(z.minLength(1), z.maxLength(100));
export const section = z.enum(SECTIONS);

const demographic = z.strictObject({
  latitude: z.optional(number(-90, 90)),
  longitude: z.optional(number(-180, 180)),
  age: z.optional(z.int().check(z.gte(0), z.lte(120))),
  ...Object.fromEntries(DEMOGRAPHIC_TEXTS.map((column) => [column, z.optional(text)])),
});

type Attributes = z.ZodMiniType<Record<string, never>, unknown>;

/** One schema per section, from the deployment's fields. */
export function sections({ config, open }: Fields): Readonly<Record<Section, Attributes>> {
  const attributes = (category: Section) => categoryOf(config, category, open);
  return {
    demographic: demographic as unknown as Attributes,
    psychographic: attributes('psychographic'),
    behavioral: attributes('behavioral'),
    contextual: attributes('contextual'),
  };
}

function categoryOf(config: FieldConfig, category: Section, open: boolean): Attributes {
  const shape = Object.fromEntries(
    (config[category]?.fields ?? []).map(({ name, type, options }) => [
      name,
      z.optional(fieldOf(type, options)),
    ]),
  );
  return (open ? z.looseObject(shape) : z.strictObject(shape)) as unknown as Attributes;
}

function fieldOf(type: string, options: readonly string[] = []): z.ZodMiniType {
  const value = options.length > 0 ? z.enum(options as [string, ...string[]]) : text;
  if (type === 'list') return z.array(value).check(z.maxLength(200));
  if (type === 'dict') return z.record(z.string(), text);
  return type === 'string' ? value : z.unknown();
}

/** A schema as `tools/list` shows it: without what says nothing to a model and costs it tokens. */
export function jsonOf(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.propertyNames;
      if (JSON.stringify(jsonSchema.additionalProperties) === '{}') jsonSchema.additionalProperties = true;
      if (jsonSchema.maxLength === 10_000) delete jsonSchema.maxLength;
      if (jsonSchema.maxItems === 200) delete jsonSchema.maxItems;
    },
  }) as JsonSchema;
  return json;
}

/** What is wrong with a value, in words that name the field; or nothing. */
export function issuesOf(schema: z.ZodMiniType, value: unknown): { path: PropertyKey[]; message: string }[] {
  const parsed = z.safeParse(schema, value, words);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ path: issue.path, message: issue.message.slice(0, 300) }));
}

/**
 * A tool's input for the SDK. What it looks like is not known when the tool is registered: the deployment's fields
 * are read when the first tools are asked for.
 */
export function inputSchema(schema: () => Promise<z.ZodMiniType>): StandardSchemaWithJSON {
  const json = () => ({ type: 'object' }); // `tools/list` is answered by `toolList`
  return {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: async (value) => {
        try {
          const issues = issuesOf(await schema(), value);
          return issues.length > 0 ? { issues } : { value };
        } catch (error) {
          return { issues: [{ message: inWords(error) }] };
        }
      },
      jsonSchema: { input: json, output: json },
    },
  };
}

/** A tool's output for the SDK. The results are made here, so nothing is left to be checked. */
export function outputSchema(json: JsonSchema): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}
