import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectDialect } from '../../../src/core/dialect.js';
import { CATEGORIES } from '../../../src/schemas/categories.js';

const ROW_KEYS = fc.record({ id: fc.nat(), persona_id: fc.nat() });
const anyFields = fc.dictionary(fc.string(), fc.jsonValue());
/** Data that users of `attributes` stored, row keys included. */
const anyUserData = fc.oneof(
  anyFields,
  fc.tuple(anyFields, ROW_KEYS).map(([fields, row]) => ({ ...fields, ...row })),
);
const row = fc.tuple(anyFields, ROW_KEYS).map(([fields, keys]) => ({ ...fields, ...keys }));
const common = { id: fc.nat(), name: fc.string(), created_at: fc.string(), updated_at: fc.string() };

/** Personas as the two dialects send them. */
const PERSONAS = {
  subresource: fc.record({
    ...common,
    demographic: fc.option(row),
    psychographic: fc.option(row),
    behavioral: fc.option(row),
    contextual: fc.option(row),
  }),
  attributes: fc.record(
    {
      ...common,
      demographic: row,
      psychographic: anyUserData,
      behavioral: anyUserData,
      contextual: anyUserData,
    },
    { requiredKeys: ['id', 'name', 'created_at', 'updated_at'] },
  ),
};

const detect = (body: unknown, path = '/personas/1', status = 200) => detectDialect({ status, body }, path);

describe('detectDialect', () => {
  it.each(['subresource', 'attributes'] as const)('never mistakes a persona of %s', (dialect) => {
    fc.assert(
      fc.property(PERSONAS[dialect], (persona) => {
        expect([dialect, undefined]).toContain(detect(persona));
        const isComplete = CATEGORIES.every((category) => persona[category]);
        if (!isComplete) expect(detect(persona)).toBe(dialect);
      }),
    );
  });

  it('ignores what users stored in a category', () => {
    fc.assert(
      fc.property(
        fc.oneof(PERSONAS.subresource, PERSONAS.attributes),
        fc.constantFrom(...CATEGORIES),
        (data, category) => {
          const list = { personas: [data], per_page: 1 };
          for (const body of [data, list, { ...list, pages: 1 }])
            for (const path of [`/personas/1/${category}`, `/personas/1/attributes/${category}`])
              expect(detect(body, path)).toBeUndefined();
        },
      ),
    );
  });

  it.each([
    [{ personas: [], total: 0, page: 1, per_page: 20 }, 'subresource'],
    [{ personas: [], total: 0, page: 1, per_page: 20, pages: 0 }, 'attributes'],
    [{ personas: [] }, undefined],
    [{ personas: 'x', per_page: 20 }, undefined],
    [[], undefined],
    [null, undefined],
    ['text', undefined],
    [undefined, undefined],
  ])('detects the dialect of a list: %j', (body, expected) => {
    expect(detect(body, '/personas?page=1&per_page=20')).toBe(expected);
  });

  it.each([
    [404, { message: 'Persona with ID 5 not found', status_code: 404 }, 'subresource'],
    [500, { message: 'Failed to retrieve personas', status_code: 500 }, 'subresource'],
    [
      500,
      { message: 'Failed to update contextual data for persona with ID 5', status_code: 500 },
      'subresource',
    ],
    [404, { message: 'Not found', status_code: 404 }, undefined],
    [500, { message: 'Internal server error', status_code: 500 }, undefined],
    [502, { message: 'Failed to reach upstream', status_code: 502 }, undefined],
    [404, { message: 'Persona with ID 5 not found' }, undefined],
    [404, { message: 'Persona with ID 5 not found', status_code: 500 }, undefined],
    [404, { error: 'Persona not found' }, undefined],
    [401, { msg: 'Missing Authorization Header' }, undefined],
    [400, { message: 'Validation error', status_code: 400, errors: { name: ['too long'] } }, undefined],
  ])('detects the dialect of an error only if no other service sends it: %d %j', (status, body, expected) => {
    expect(detect(body, '/personas/5/contextual', status)).toBe(expected);
  });
});
