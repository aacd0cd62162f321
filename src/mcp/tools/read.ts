import * as z from 'zod/mini';
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
  run: async (_args, { loadFields }) => ({
    fields: { demographic: DEMOGRAPHIC_TYPES, ...describeTypes((await loadFields()).config) },
  }),
});

const DEMOGRAPHIC_TYPES = {
  latitude: 'number, -90 to 90',
  longitude: 'number, -180 to 180',
  age: 'integer, 0 to 120',
  ...Object.fromEntries(DEMOGRAPHIC_TEXT_FIELDS.map((name) => [name, 'string'])),
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  list: 'list of strings',
  dict: 'map of strings',
  string: 'string',
};

type Field = { name: string; type: string; options?: string[] };

function describeTypes(
  config: Readonly<Record<string, { fields: readonly Field[] }>>,
): Record<string, Record<string, string>> {
  const describeType = ({ type, options }: Field) =>
    options ? `one of: ${options.join(', ')}` : (TYPE_NAMES[type] ?? 'any');
  return Object.fromEntries(
    Object.entries(config).map(([section, { fields }]) => [
      section,
      Object.fromEntries(fields.map((field) => [field.name, describeType(field)])),
    ]),
  );
}
