import * as z from 'zod/mini';
import type { FieldConfig } from '../../index.js';
import type { FieldDefinitions } from '../fields.js';
import { idSchema, optionalInteger, sectionSchema } from '../input-schemas.js';
import { readWithNote } from '../omitted-data.js';
import { renderPage, renderPersona, renderSection } from '../render.js';
import { DEMOGRAPHIC_TEXT_FIELDS, SECTIONS, type Section } from '../sections.js';
import { FIELDS_OUTPUT, PAGE_OUTPUT, PERSONA_OUTPUT, SECTION_OUTPUT } from './output-schemas.js';
import { defineTool, READ_ONLY } from './types.js';

export const listPersonas = defineTool<{ page?: number; per_page?: number }>({
  name: 'list_personas',
  title: 'List personas',
  description:
    'List personas, most recently updated first: id, name and a short summary of each. ' +
    'Use find_personas to search, and get_persona for all data of one persona.',
  annotations: READ_ONLY,
  operations: ['personas.list'],
  createInputSchema: () =>
    z.strictObject({
      page: optionalInteger(1, 1_000_000, 'Page number, default 1'),
      per_page: optionalInteger(1, 100, 'Personas per page, default 20'),
    }),
  outputSchema: PAGE_OUTPUT,
  run: async ({ page = 1, per_page: perPage = 20 }, { client }, { signal }) =>
    renderPage(
      await readWithNote((options) => client.personas.list({ page, perPage }, { ...options, signal })),
    ),
});

export const getPersona = defineTool<{ id: number }>({
  name: 'get_persona',
  title: 'Get a persona',
  description:
    'Get one persona with all four sections. Use get_persona_section if you need only one section.',
  annotations: READ_ONLY,
  operations: ['personas.get'],
  createInputSchema: () => z.strictObject({ id: idSchema }),
  outputSchema: PERSONA_OUTPUT,
  run: async ({ id }, { client }, { signal }) =>
    renderPersona(await readWithNote((options) => client.personas.get(id, { ...options, signal }))),
});

export const getPersonaSection = defineTool<{ id: number; section: Section }>({
  name: 'get_persona_section',
  title: 'Get a section of a persona',
  description:
    'Get one section of a persona: demographic (who), psychographic (how they think), behavioral (what they do) or ' +
    'contextual (circumstances). A section is empty if none of its fields is set.',
  annotations: READ_ONLY,
  operations: SECTIONS.map((name) => `${name}.get` as const),
  createInputSchema: () => z.strictObject({ id: idSchema, section: sectionSchema }),
  outputSchema: SECTION_OUTPUT,
  run: async ({ id, section }, { client }, { signal }) =>
    renderSection(
      id,
      section,
      await readWithNote<unknown>((options) => client[section].get(id, { ...options, signal })),
    ),
});

export const getPersonaFields = defineTool<object>({
  name: 'get_persona_fields',
  title: 'Get the fields of personas',
  description:
    'Get the fields that personas have in this deployment, by section, with their types and allowed values. ' +
    'Use it before create_persona, update_persona or update_persona_section if you are unsure.',
  annotations: READ_ONLY,
  operations: ['fieldConfig.get'],
  createInputSchema: () => z.strictObject({}),
  outputSchema: FIELDS_OUTPUT,
  run: async (_args, { loadFields }) => ({ fields: describeFields(await loadFields()) }),
});

/** The name that published prompts use for `get_persona_fields`. The server accepts it but does not list it. */
export const getFieldConfig = defineTool<{ category?: string; field?: string }>({
  ...getPersonaFields,
  name: 'get_field_config',
  createInputSchema: () =>
    z.strictObject({ category: z.optional(z.string()), field: z.optional(z.string()) }),
  run: async ({ category, field }, { loadFields }) => {
    const isIncluded = (filter: string | undefined) => (name: string) => !filter || name === filter;
    const sections = pickKeys(describeFields(await loadFields()), isIncluded(category));
    const isField = isIncluded(category ? field : undefined); // as in the service, where a field needs a category
    const entries = Object.entries(sections).map(([section, types]) => [section, pickKeys(types, isField)]);
    return { fields: Object.fromEntries(entries) };
  },
});

const pickKeys = <Value>(
  values: Readonly<Record<string, Value>>,
  isIncluded: (key: string) => boolean,
): Record<string, Value> => Object.fromEntries(Object.entries(values).filter(([key]) => isIncluded(key)));

const TYPE_NAMES = new Map([
  ['list', 'list of strings'],
  ['dict', 'map of strings'],
  ['string', 'string'],
]);

/** Describes the type of each field by section, with the limits that the dialect enforces. */
function describeFields({ config, dialect }: FieldDefinitions): Record<string, Record<string, string>> {
  const describeType = ({ type, options }: FieldConfig[string]['fields'][number]) => {
    const typeName = TYPE_NAMES.get(type) ?? 'any';
    if (!options) return typeName;
    return dialect === 'attributes'
      ? `one of: ${options.join(', ')}`
      : `${typeName}, such as ${options.join(', ')}`;
  };
  const demographic = {
    latitude: 'number, in degrees',
    longitude: 'number, in degrees',
    age: dialect === 'subresource' ? 'integer, 0 to 120' : 'number',
    ...Object.fromEntries(DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, 'string'])),
  };
  const sections = Object.entries(config).map(([section, { fields }]) => [
    section,
    Object.fromEntries(fields.map((field) => [field.name, describeType(field)])),
  ]);
  return { demographic, ...Object.fromEntries(sections) };
}
