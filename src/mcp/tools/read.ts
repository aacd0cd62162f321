import * as z from 'zod/mini';
import { DEMOGRAPHIC_TEXTS, SECTIONS, type Section } from '../names.js';
import { pageTold, personaTold, sectionTold } from '../render.js';
import { id, section, whole } from '../schema.js';
import { FIELDS, PAGE, PERSONA, SECTION } from './outputs.js';
import { READS, tool } from './types.js';

const DEMOGRAPHIC = {
  latitude: 'number, -90 to 90',
  longitude: 'number, -180 to 180',
  age: 'whole number, 0 to 120',
  ...Object.fromEntries(DEMOGRAPHIC_TEXTS.map((name) => [name, 'string'])),
};

export const listPersonas = tool<{ page?: number; per_page?: number }>({
  name: 'list_personas',
  title: 'List personas',
  description:
    'List the personas, most recently updated first, with id, name and a few words about each. ' +
    'Use find_personas to look for something, get_persona for everything about one.',
  hints: READS,
  calls: ['personas.list'],
  input: () =>
    z.strictObject({
      page: whole(1, 1_000_000, 'From 1, the default'),
      per_page: whole(1, 100, 'Personas per page, default 20'),
    }),
  output: PAGE,
  run: async ({ page = 1, per_page: perPage = 20 }, { client }, { signal }) =>
    pageTold(await client.personas.list({ page, perPage }, { signal })),
});

export const getPersona = tool<{ id: number }>({
  name: 'get_persona',
  title: 'Get a persona',
  description: 'Get one persona with all four sections. Use get_persona_section when one section is enough.',
  hints: READS,
  calls: ['personas.get'],
  input: () => z.strictObject({ id }),
  output: PERSONA,
  run: async (args, { client }, { signal }) => personaTold(await client.personas.get(args.id, { signal })),
});

export const getPersonaSection = tool<{ id: number; section: Section }>({
  name: 'get_persona_section',
  title: 'Get a section of a persona',
  description:
    'Get one section of a persona: demographic (who), psychographic (how they think), behavioral (what they do) or ' +
    'contextual (circumstances). Empty when nothing in it was ever set.',
  hints: READS,
  calls: SECTIONS.map((name) => `${name}.get` as const),
  input: () => z.strictObject({ id, section }),
  output: SECTION,
  run: async (args, { client }, { signal }) =>
    sectionTold(args.id, args.section, await client[args.section].get(args.id, { signal })),
});

export const getPersonaFields = tool<object>({
  name: 'get_persona_fields',
  title: 'Get the fields of personas',
  description:
    'Get the fields that personas have here, by section, with their types and allowed values. ' +
    'Use it before create_persona, update_persona or update_persona_section when unsure.',
  hints: READS,
  calls: ['fieldConfig.get'],
  input: () => z.strictObject({}),
  output: FIELDS,
  run: async (_args, { fields }) => ({
    fields: { demographic: DEMOGRAPHIC, ...typesIn((await fields()).config) },
  }),
});

const TYPES: Readonly<Record<string, string>> = {
  list: 'list of strings',
  dict: 'map of strings',
  string: 'string',
};

type Config = Readonly<
  Record<string, { fields: readonly { name: string; type: string; options?: string[] }[] }>
>;

function typesIn(config: Config): Record<string, Record<string, string>> {
  const type = ({ type, options }: { type: string; options?: string[] }) =>
    options ? `one of: ${options.join(', ')}` : (TYPES[type] ?? 'any');
  return Object.fromEntries(
    Object.entries(config).map(([name, { fields }]) => [
      name,
      Object.fromEntries(fields.map((field) => [field.name, type(field)])),
    ]),
  );
}
