import * as z from 'zod/mini';
import { unknownNameMessage } from '../../schemas/suggest-name.js';
import { ToolInputError } from '../errors.js';
import { describeFields, type FieldFilter } from '../field-descriptions.js';
import { FIELD_NAME_PATTERN, type FieldDefinitions } from '../fields.js';
import { idSchema, optionalInteger, sectionSchema } from '../input-schemas.js';
import { readWithNote } from '../omitted-data.js';
import { createNote, renderFieldPage, renderPage, renderPersona, renderSection } from '../render.js';
import { toSingleLine, truncate } from '../sanitize-text.js';
import { SECTIONS, type Section } from '../sections.js';
import { FIELDS_OUTPUT, PAGE_OUTPUT, PERSONA_OUTPUT, SECTION_OUTPUT } from './output-schemas.js';
import { defineTool, READ_ONLY, type ToolOutput } from './types.js';

const optionalOffset = z.optional(z.int().check(z.gte(0)));

export const listPersonas = defineTool<{ page?: number; per_page?: number }>({
  name: 'list_personas',
  title: 'List personas',
  description:
    'List personas, most recently updated first: id, name and a short summary of each. ' +
    'Use find_personas to search, and get_persona for all data of one persona.',
  annotations: READ_ONLY,
  operations: ['personas.list'],
  inputSchema: z.strictObject({
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
  inputSchema: z.strictObject({ id: idSchema }),
  outputSchema: PERSONA_OUTPUT,
  run: async ({ id }, { client }, { signal }) =>
    renderPersona(await readWithNote((options) => client.personas.get(id, { ...options, signal }))),
});

export const getPersonaSection = defineTool<{
  id: number;
  section: Section;
  field?: string;
  offset?: number;
}>({
  name: 'get_persona_section',
  title: 'Get a section of a persona',
  description:
    'Get one section of a persona: demographic (who), psychographic (how they think), behavioral (what they do) or ' +
    'contextual (circumstances). A section is empty if none of its fields is set. With field, get a shortened field in larger parts.',
  annotations: READ_ONLY,
  operations: SECTIONS.map((name) => `${name}.get` as const),
  inputSchema: z.strictObject({
    id: idSchema,
    section: sectionSchema,
    field: z.optional(z.string()),
    offset: optionalOffset,
  }),
  outputSchema: SECTION_OUTPUT,
  run: async ({ id, section, field, offset = 0 }, { client, fields }, { signal }) => {
    const content = await readWithNote<unknown>((options) => client[section].get(id, { ...options, signal }));
    if (field === undefined) return renderSection(id, section, content);
    const page = renderFieldPage(id, section, field, offset, content);
    if (Object.keys(Object(page.data)).length === 0 && content.omissionNote === undefined)
      assertKnownField(await fields.loadBriefly(), section, field, Object.keys(Object(content.data)));
    return page;
  },
});

/**
 * Checks that the persona or the definitions of the deployment have the field. Accepts any field while the definitions are unknown.
 *
 * @throws {ToolInputError} if neither has the field. The message names the fields.
 */
function assertKnownField(
  definitions: FieldDefinitions,
  section: Section,
  field: string,
  storedNames: readonly string[],
): void {
  if (definitions.sections === undefined) return;
  const definedNames = Object.keys(Object(describeFields(definitions, { section })[section]));
  const names = [...definedNames, ...storedNames];
  if (names.some((name) => field === name || field.startsWith(`${name}.`))) return;
  const label = truncate(toSingleLine(field), 100);
  const shownNames = names.filter((name) => FIELD_NAME_PATTERN.test(name));
  throw new ToolInputError(`The field ${label} of ${section} ${unknownNameMessage(label, shownNames)}`);
}

/** Names and options come from the service, so they may be instructions. */
const renderFields = (fields: ToolOutput): ToolOutput => ({ note: createNote(false, undefined), fields });

const optionalFilter = z.optional(z.string());

export const getPersonaFields = defineTool<FieldFilter>({
  name: 'get_persona_fields',
  title: 'Get the fields of personas',
  description:
    'Get the fields that personas have in this deployment, by section, with their types and allowed values. ' +
    'Use it before create_persona, update_persona or update_persona_section if you are unsure.',
  annotations: READ_ONLY,
  operations: ['fieldConfig.get'],
  inputSchema: z.strictObject({
    section: z.optional(sectionSchema),
    field: optionalFilter,
    offset: optionalOffset,
  }),
  outputSchema: FIELDS_OUTPUT,
  run: async (filter, { fields }, { signal }) =>
    renderFields(describeFields(await fields.load(signal), filter)),
});

/** The name that published prompts use for `get_persona_fields`. The server accepts it but does not list it. */
export const getFieldConfig = defineTool<{ category?: string; field?: string }>({
  ...getPersonaFields,
  name: 'get_field_config',
  inputSchema: z.strictObject({ category: optionalFilter, field: optionalFilter }),
  run: async ({ category, field }, { fields }, { signal }) => {
    // Ignores a field without a category, as the service does.
    const filter = { section: category, field: category ? field : undefined };
    return renderFields(describeFields(await fields.load(signal), filter));
  },
});
