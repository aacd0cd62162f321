import * as z from 'zod/mini';
import type { PersonaCreate, PersonaUpdate } from '../../index.js';
import { ToolMistake } from '../errors.js';
import { SECTIONS, type Section } from '../names.js';
import { personaTold, sectionTold } from '../render.js';
import { id, issuesOf, name, section, sections } from '../schema.js';
import { PERSONA, SECTION } from './outputs.js';
import { CHANGES, CREATES, tool } from './types.js';

const optional = (schemas: Readonly<Record<Section, z.ZodMiniType>>) =>
  Object.fromEntries(Object.entries(schemas).map(([section, schema]) => [section, z.optional(schema)]));

export const createPersona = tool<PersonaCreate>({
  name: 'create_persona',
  title: 'Create a persona',
  description:
    'Create a persona. Only name is required; leave out what is unknown instead of inventing it. ' +
    'Not to be repeated after an error that says the change may have been made.',
  hints: CREATES,
  calls: ['personas.create'],
  input: (fields) => z.strictObject({ name, ...optional(sections(fields)) }),
  output: PERSONA,
  run: async (data, { client, changes }, { signal }) => {
    const created = await client.personas.create(data, { signal });
    changes.tell({ kind: 'created', id: created.id });
    return personaTold(created);
  },
});

export const updatePersona = tool<PersonaUpdate & { id: number }>({
  name: 'update_persona',
  title: 'Update a persona',
  description:
    'Change a persona: name, or any of its sections. What is left out stays, inside a section too; a list given ' +
    'replaces the list stored.',
  hints: CHANGES,
  calls: ['personas.update'],
  input: (fields) => z.strictObject({ id, name: z.optional(name), ...optional(sections(fields)) }),
  output: PERSONA,
  run: async ({ id, ...data }, { client, changes }, { signal }) => {
    if (Object.values(data).every((value) => value === undefined))
      throw new ToolMistake('Nothing to change. Give name or at least one section besides id.');
    const updated = await client.personas.update(id, data, { signal });
    changes.tell({ kind: 'updated', id });
    return personaTold(updated);
  },
});

export const updatePersonaSection = tool<{ id: number; section: Section; data: Record<string, never> }>({
  name: 'update_persona_section',
  title: 'Update a section of a persona',
  description:
    'Change fields of one section of a persona and get the section back. Fields left out stay. ' +
    'get_persona_fields says what a section takes.',
  hints: CHANGES,
  calls: SECTIONS.map((name) => `${name}.update` as const),
  input: () =>
    z.strictObject({
      id,
      section,
      data: z.looseObject({}).check(z.describe('The fields to change, with their new values')),
    }),
  output: SECTION,
  run: async ({ id, section, data }, { client, changes, fields }, { signal }) => {
    const issues = issuesOf(sections(await fields())[section], data);
    if (issues.length > 0) {
      const told = issues.slice(0, 20).map(({ path, message }) => [...path, message].join(': '));
      throw new ToolMistake(
        `Invalid ${section}, nothing was sent: ${told.join('; ')}. get_persona_fields says what it takes.`,
      );
    }
    if (Object.keys(data).length === 0)
      throw new ToolMistake('Nothing to change. Give at least one field in data.');
    const updated = await client[section].update(id, data, { signal });
    changes.tell({ kind: 'updated', id });
    return sectionTold(id, section, updated);
  },
});
