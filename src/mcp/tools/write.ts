import * as z from 'zod/mini';
import type { PersonaCreate, PersonaUpdate } from '../../index.js';
import { ToolInputError } from '../errors.js';
import type { FieldDefinitions } from '../fields.js';
import { createNameSchema, createSectionSchemas, idSchema, sectionSchema } from '../input-schemas.js';
import { readWithNote } from '../omitted-data.js';
import { renderPersona, renderSection } from '../render.js';
import { SECTIONS, type Section } from '../sections.js';
import { findIssues } from '../standard-schema.js';
import { PERSONA_OUTPUT, SECTION_OUTPUT } from './output-schemas.js';
import { ADDITIVE, DESTRUCTIVE, defineTool } from './types.js';

const MAX_REPORTED_ISSUES = 20;

const optionalSections = (fields: FieldDefinitions) =>
  Object.fromEntries(
    Object.entries(createSectionSchemas(fields)).map(([section, schema]) => [section, z.optional(schema)]),
  );

export const createPersona = defineTool<PersonaCreate>({
  name: 'create_persona',
  title: 'Create a persona',
  description:
    'Create a persona. Only name is required. Leave out what you do not know; do not invent it. ' +
    'Do not repeat the call after an error that says that the change may have been applied.',
  annotations: ADDITIVE,
  operations: ['personas.create'],
  createInputSchema: (fields) =>
    z.strictObject({ name: createNameSchema(fields), ...optionalSections(fields) }),
  outputSchema: PERSONA_OUTPUT,
  run: async (data, { client, changes }, { signal }) => {
    const created = await readWithNote((options) => client.personas.create(data, { ...options, signal }));
    changes.emit({ kind: 'created', id: created.data.id });
    return renderPersona(created);
  },
});

export const updatePersona = defineTool<PersonaUpdate & { id: number }>({
  name: 'update_persona',
  title: 'Update a persona',
  description:
    'Change the name or any sections of a persona. Fields that you leave out keep their values, even within a section. ' +
    'A list replaces the stored list. null clears a field that accepts it.',
  annotations: DESTRUCTIVE,
  operations: ['personas.update'],
  createInputSchema: (fields) =>
    z.strictObject({ id: idSchema, name: z.optional(createNameSchema(fields)), ...optionalSections(fields) }),
  outputSchema: PERSONA_OUTPUT,
  run: async ({ id, ...data }, { client, changes }, { signal }) => {
    if (Object.values(data).every((value) => value === undefined))
      throw new ToolInputError('Nothing to change. Pass name or at least one section besides id.');
    const updated = await readWithNote((options) => client.personas.update(id, data, { ...options, signal }));
    changes.emit({ kind: 'updated', id });
    return renderPersona(updated);
  },
});

export const updatePersonaSection = defineTool<{
  id: number;
  section: Section;
  data: Record<string, never>;
}>({
  name: 'update_persona_section',
  title: 'Update a section of a persona',
  description:
    'Change fields of one section of a persona and return the section. Fields that you leave out keep their values. ' +
    'get_persona_fields lists the fields of each section.',
  annotations: DESTRUCTIVE,
  operations: SECTIONS.map((name) => `${name}.update` as const),
  createInputSchema: () =>
    z.strictObject({
      id: idSchema,
      section: sectionSchema,
      data: z.looseObject({}).check(z.describe('The fields to change, with their new values')),
    }),
  outputSchema: SECTION_OUTPUT,
  run: async ({ id, section, data }, { client, changes, loadFields }, { signal }) => {
    const issues = findIssues(createSectionSchemas(await loadFields())[section], data);
    if (issues.length > 0) {
      const reportedIssues = issues
        .slice(0, MAX_REPORTED_ISSUES)
        .map(({ path, message }) => [...path, message].join(': '));
      throw new ToolInputError(
        `Invalid ${section}; nothing was sent: ${reportedIssues.join('; ')}. get_persona_fields lists the fields of each section.`,
      );
    }
    if (Object.keys(data).length === 0)
      throw new ToolInputError('Nothing to change. Pass at least one field in data.');
    const updated = await readWithNote<unknown>((options) =>
      client[section].update(id, data, { ...options, signal }),
    );
    changes.emit({ kind: 'updated', id });
    return renderSection(id, section, updated);
  },
});
