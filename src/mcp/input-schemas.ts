import * as z from 'zod/mini';
import type { FieldConfig } from '../index.js';
import type { FieldDefinitions } from './fields.js';
import { DEMOGRAPHIC_TEXT_FIELDS, SECTIONS, type Section } from './sections.js';
import { MAX_LIST_ITEMS, MAX_TEXT_LENGTH } from './standard-schema.js';

const text = z.string().check(z.maxLength(MAX_TEXT_LENGTH));

export const idSchema = z
  .int()
  .check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER), z.describe('Persona id, as returned by list_personas'));
/** The client checks the length, because zod counts an emoji as two characters. */
export const createNameSchema = ({ dialect }: FieldDefinitions): z.ZodMiniType<string> =>
  dialect === 'subresource' ? text.check(z.meta({ minLength: 1, maxLength: 100 })) : text;
export const sectionSchema = z.enum(SECTIONS);
export const optionalInteger = (min: number, max: number, description: string) =>
  z.optional(z.int().check(z.gte(min), z.lte(max), z.describe(description)));

function createDemographicSchema({ dialect }: FieldDefinitions) {
  const age = dialect === 'subresource' ? z.int().check(z.gte(0), z.lte(120)) : z.number();
  return z.strictObject({
    latitude: optionalNullable(z.number()),
    longitude: optionalNullable(z.number()),
    age: optionalNullable(age),
    ...Object.fromEntries(DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, optionalNullable(text)])),
  });
}

const optionalNullable = (schema: z.ZodMiniType) => z.optional(z.nullable(schema));

type SectionSchema = z.ZodMiniType<Record<string, never>, unknown>;

/** Creates one schema per section from the fields of the deployment. */
export function createSectionSchemas(fields: FieldDefinitions): Readonly<Record<Section, SectionSchema>> {
  return {
    demographic: createDemographicSchema(fields) as unknown as SectionSchema,
    psychographic: createSectionSchema(fields, 'psychographic'),
    behavioral: createSectionSchema(fields, 'behavioral'),
    contextual: createSectionSchema(fields, 'contextual'),
  };
}

function createSectionSchema(definitions: FieldDefinitions, section: Section): SectionSchema {
  const { config, isFallback, dialect } = definitions;
  const fields = config[section]?.fields ?? [];
  const shape = Object.fromEntries(fields.map((field) => [field.name, createFieldSchema(field, dialect)]));
  return (isFallback ? z.looseObject(shape) : z.strictObject(shape)) as unknown as SectionSchema;
}

type Field = FieldConfig[string]['fields'][number];

/** Only `attributes` checks options, and only `attributes` rejects `null` for a list or a map. */
function createFieldSchema(
  { type, options = [] }: Pick<Field, 'type' | 'options'>,
  dialect: FieldDefinitions['dialect'],
): z.ZodMiniType {
  const hasOptions = dialect === 'attributes' && options.length > 0;
  const value = hasOptions ? z.enum(options as [string, ...string[]]) : text;
  const collection = dialect === 'attributes' ? z.optional : optionalNullable;
  if (type === 'list') return collection(z.array(value).check(z.maxLength(MAX_LIST_ITEMS)));
  if (type === 'dict') return collection(z.record(z.string(), text));
  return type === 'string' ? optionalNullable(value) : z.optional(z.unknown());
}
