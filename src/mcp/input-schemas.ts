import * as z from 'zod/mini';
import type { FieldConfig } from '../index.js';
import type { FieldDefinitions } from './fields.js';
import { DEMOGRAPHIC_TEXT_FIELDS, SECTIONS, type Section } from './sections.js';
import { MAX_LIST_ITEMS, MAX_TEXT_LENGTH } from './standard-schema.js';

const text = z.string().check(z.maxLength(MAX_TEXT_LENGTH));
const boundedNumber = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max));

export const idSchema = z
  .int()
  .check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER), z.describe('Persona id, as returned by list_personas'));
export const nameSchema = z.string().check(z.minLength(1), z.maxLength(100));
export const sectionSchema = z.enum(SECTIONS);
export const optionalInteger = (min: number, max: number, description: string) =>
  z.optional(z.int().check(z.gte(min), z.lte(max), z.describe(description)));

const demographicSchema = z.strictObject({
  latitude: z.optional(boundedNumber(-90, 90)),
  longitude: z.optional(boundedNumber(-180, 180)),
  age: z.optional(z.int().check(z.gte(0), z.lte(120))),
  ...Object.fromEntries(DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, z.optional(text)])),
});

type SectionSchema = z.ZodMiniType<Record<string, never>, unknown>;

/** Creates one schema per section from the fields of the deployment. */
export function createSectionSchemas(fields: FieldDefinitions): Readonly<Record<Section, SectionSchema>> {
  return {
    demographic: demographicSchema as unknown as SectionSchema,
    psychographic: createSectionSchema(fields, 'psychographic'),
    behavioral: createSectionSchema(fields, 'behavioral'),
    contextual: createSectionSchema(fields, 'contextual'),
  };
}

function createSectionSchema({ config, isFallback }: FieldDefinitions, section: Section): SectionSchema {
  const fields = config[section]?.fields ?? [];
  const shape = Object.fromEntries(fields.map((field) => [field.name, z.optional(createFieldSchema(field))]));
  return (isFallback ? z.looseObject(shape) : z.strictObject(shape)) as unknown as SectionSchema;
}

type Field = FieldConfig[string]['fields'][number];

function createFieldSchema({ type, options = [] }: Pick<Field, 'type' | 'options'>): z.ZodMiniType {
  const value = options.length > 0 ? z.enum(options as [string, ...string[]]) : text;
  if (type === 'list') return z.array(value).check(z.maxLength(MAX_LIST_ITEMS));
  if (type === 'dict') return z.record(z.string(), text);
  return type === 'string' ? value : z.unknown();
}
