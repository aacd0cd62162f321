import type { JsonSchema } from '../schema.js';

const object = (properties: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: true,
});
const text = { type: 'string' };
const count = { type: 'integer' };
const part = { type: 'object', additionalProperties: true };

const rows = {
  type: 'array',
  items: object({ id: count, name: text, about: text }, ['id', 'name']),
};

export const PAGE = object(
  { note: text, personas: rows, page: count, pages: count, total: count, next: text },
  ['personas', 'page', 'pages', 'total'],
);

export const PERSONA = object(
  {
    note: text,
    id: count,
    name: text,
    created_at: text,
    updated_at: text,
    demographic: part,
    psychographic: part,
    behavioral: part,
    contextual: part,
  },
  ['id', 'name'],
);

export const SECTION = object({ note: text, id: count, section: text, data: part }, [
  'id',
  'section',
  'data',
]);

export const FOUND = object(
  { note: text, personas: rows, searched: count, total: count, complete: { type: 'boolean' } },
  ['personas', 'searched', 'complete'],
);

export const FIELDS = object({ fields: part }, ['fields']);

export const DELETED = object({ id: count, deleted: { type: 'boolean' }, message: text }, ['id', 'deleted']);
