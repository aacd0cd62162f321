import type { JsonSchema } from '../standard-schema.js';

const object = (properties: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
});
const string = { type: 'string' };
const integer = { type: 'integer' };
const boolean = { type: 'boolean' };
const anyObject = { type: 'object' };

const summaries = {
  type: 'array',
  items: object({ id: integer, name: string, about: string }, ['id', 'name']),
};

export const PAGE_OUTPUT = object(
  { note: string, personas: summaries, page: integer, pages: integer, total: integer, next: string },
  ['personas', 'page', 'pages', 'total'],
);

export const PERSONA_OUTPUT = object(
  {
    note: string,
    id: integer,
    name: string,
    created_at: string,
    updated_at: string,
    demographic: anyObject,
    psychographic: anyObject,
    behavioral: anyObject,
    contextual: anyObject,
  },
  ['id', 'name'],
);

export const SECTION_OUTPUT = object({ note: string, id: integer, section: string, data: anyObject }, [
  'id',
  'section',
  'data',
]);

export const SEARCH_OUTPUT = object(
  {
    note: string,
    personas: summaries,
    searched: integer,
    total: integer,
    complete: boolean,
    incomplete: string,
  },
  ['personas', 'searched', 'complete'],
);

export const FIELDS_OUTPUT = object({ fields: anyObject }, ['fields']);

export const DELETE_OUTPUT = object({ id: integer, deleted: boolean, message: string }, ['id', 'deleted']);
