import * as z from 'zod/mini';
import type { PersonaCreate, PersonaUpdate } from '../../index.js';
import type { SectionEdit } from '../edit/plan.js';
import { isEdit, planSections, toNewName } from '../edit/plan-persona.js';
import { repeatAfterConflict } from '../edit/repeat-after-conflict.js';
import { ToolInputError } from '../errors.js';
import type { FieldDefinitions } from '../fields.js';
import { createListedSection, createNameSchema, idSchema, sectionSchema } from '../input-schemas.js';
import { readWithNote } from '../omitted-data.js';
import type { SectionData } from '../persona-view.js';
import { renderPersona, renderSection } from '../render.js';
import { SECTIONS, type Section } from '../sections.js';
import { conditionOf, readStored } from '../stored-persona.js';
import { PERSONA_OUTPUT, SECTION_OUTPUT } from './output-schemas.js';
import { ADDITIVE, DESTRUCTIVE, defineTool } from './types.js';

type Sections = Readonly<Partial<Record<Section, SectionData>>>;

const object = z.looseObject({});
const mapSections = <Value>(create: (section: Section) => Value) =>
  Object.fromEntries(SECTIONS.map((section) => [section, create(section)])) as Record<Section, Value>;

/** Arguments that accept any field. The tools check the fields against the definitions and the stored values. */
const sectionArguments = mapSections(() => z.optional(object));
const listedSections = (fields: FieldDefinitions, acceptsNull: boolean) =>
  mapSections((section) => z.optional(createListedSection(fields, section, acceptsNull)));

const editArguments = (content: z.ZodMiniType) => ({
  add: z.optional(content),
  remove: z.optional(content),
  replace: z.optional(z.boolean()),
});

export const createPersona = defineTool<Sections & { name: string }>({
  name: 'create_persona',
  title: 'Create a persona',
  description:
    'Create a persona. Only name is required. Leave out what you do not know; do not invent it. ' +
    'Do not repeat the call after an error that says that the change may have been applied.',
  annotations: ADDITIVE,
  operations: ['personas.create'],
  inputSchema: z.strictObject({ name: z.string(), ...sectionArguments }),
  describeInput: (fields) =>
    z.strictObject({ name: createNameSchema(fields.dialect), ...listedSections(fields, false) }),
  outputSchema: PERSONA_OUTPUT,
  run: async ({ name, ...sections }, { client, fields, changes }, { signal }) => {
    const plan = planSections(await fields.loadBriefly(), (section) => ({
      data: sections[section],
      replace: false,
    }));
    const data = { name: toNewName(undefined, name), ...plan } as PersonaCreate;
    const created = await readWithNote((options) => client.personas.create(data, { ...options, signal }));
    changes.emit({ kind: 'created', id: created.data.id });
    return renderPersona(created);
  },
});

interface EditArguments<Content> {
  readonly id: number;
  readonly add?: Content;
  readonly remove?: Content;
  readonly replace?: boolean;
}

export const updatePersona = defineTool<EditArguments<Sections> & Sections & { name?: string }>({
  name: 'update_persona',
  title: 'Update a persona',
  description:
    'Change the name or any sections of a persona. Fields that you leave out keep their values; null clears a field. ' +
    'A list or map replaces the stored one: use add and remove to change entries, as in ' +
    'add {"section":{"field":["entry"]}}. replace: true also discards entries that are not shown.',
  annotations: DESTRUCTIVE,
  operations: ['personas.update'],
  inputSchema: z.strictObject({
    id: idSchema,
    name: z.optional(z.string()),
    ...sectionArguments,
    ...editArguments(z.strictObject(sectionArguments)),
  }),
  describeInput: (fields) =>
    z.strictObject({
      id: idSchema,
      name: z.optional(createNameSchema(fields.dialect)),
      ...listedSections(fields, true),
      ...editArguments(object),
    }),
  outputSchema: PERSONA_OUTPUT,
  run: async ({ id, name, add = {}, remove = {}, replace = false, ...data }, state, { signal }) => {
    const edits = mapSections((section) => ({
      data: data[section],
      add: add[section],
      remove: remove[section],
      replace,
    }));
    const edited = SECTIONS.filter((section) => isEdit(edits[section]));
    if (name === undefined && edited.length === 0)
      throw new ToolInputError('Nothing to change. Pass name or at least one section in addition to id.');
    const edit = async () => {
      const stored = await readStored(state, id, edited, signal);
      const plan = planSections(await state.fields.loadBriefly(), (section) => edits[section], stored);
      const newName = name === undefined ? {} : { name: toNewName(stored.persona?.name, name) };
      const isSame =
        Object.keys(plan).length === 0 && (name === undefined || newName.name === stored.persona?.name);
      if (isSame && stored.persona)
        return renderPersona({ data: stored.persona, omissionNote: stored.omissionNote });
      const updated = await readWithNote((options) =>
        state.client.personas.update(id, { ...newName, ...plan } as PersonaUpdate, {
          ...options,
          ...(edited.length > 0 && conditionOf(stored)),
          signal,
        }),
      );
      state.changes.emit({ kind: 'updated', id });
      return renderPersona(updated);
    };
    return state.lock.run(id, () => repeatAfterConflict(edit));
  },
});

export const updatePersonaSection = defineTool<
  EditArguments<SectionData> & { section: Section; data?: SectionData }
>({
  name: 'update_persona_section',
  title: 'Update a section of a persona',
  description:
    'Change fields of one section of a persona and return the section. Works like update_persona, as in ' +
    'data {"field":"value"} and add {"field":["entry"]}.',
  annotations: DESTRUCTIVE,
  operations: SECTIONS.map((name) => `${name}.update` as const),
  inputSchema: z.strictObject({
    id: idSchema,
    section: sectionSchema,
    data: z.optional(object.check(z.describe('The fields to change, with their new values'))),
    ...editArguments(object),
  }),
  outputSchema: SECTION_OUTPUT,
  run: async ({ id, section, data, add, remove, replace = false }, state, { signal }) => {
    const edit = { data, add, remove, replace };
    if (!isEdit(edit))
      throw new ToolInputError('Nothing to change. Pass at least one field in data, add or remove.');
    const apply = async () => {
      const stored = await readStored(state, id, [section], signal);
      const edits = mapSections((name): SectionEdit => (name === section ? edit : { replace }));
      const plan = planSections(await state.fields.loadBriefly(), (name) => edits[name], stored);
      const changed = plan[section];
      if (changed === undefined)
        return renderSection(id, section, {
          data: stored.sections.get(section)?.fields ?? {},
          omissionNote: stored.omissionNote,
        });
      const updated = await readWithNote<unknown>((options) =>
        state.client[section].update(id, changed as Record<string, never>, {
          ...options,
          ...conditionOf(stored),
          signal,
        }),
      );
      state.changes.emit({ kind: 'updated', id });
      return renderSection(id, section, updated);
    };
    return state.lock.run(id, () => repeatAfterConflict(apply));
  },
});
