import fc from 'fast-check';
import { type InvalidField, type Persona, PersonaClient, PersonaResponseError } from 'persona-client';
import { expect, it } from 'vitest';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { expectRejection } from '../../support/failures.js';
import { CATEGORIES } from '../../support/personas.js';
import { createRawFetch, type RawRow, rawRow } from '../../support/raw-rows.js';
import { DIALECTS } from '../../support/service.js';

type Kind = 'number' | 'string' | 'list' | 'map' | 'any';

/** Some fields of each category. `own` is a field of the deployment. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  demographic: { age: 'number', latitude: 'number', city: 'string', education: 'string' },
  psychographic: { interests: 'list', opinions: 'list', lifestyle: 'string', own: 'any' },
  behavioral: { browsing_habits: 'list', device_usage: 'map', content_consumption: 'map', own: 'any' },
  contextual: { season: 'string', screen_size: 'string', own: 'any' },
};
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const INEXACT = ['NaN', '-Infinity', '1e999', '9007199254740993', '1152921504606846976', nested(200)];
const IN_LIST = ['[NaN]', '["a",-9223372036854775808]', `[${nested(120)}]`];
const IN_MAP = ['{"a":Infinity}', '{"a":{"b":[12345678901234567890]}}'];

const VALID: Readonly<Record<Kind, readonly string[]>> = {
  number: ['null', '0', '36', '-1.5', '1e300'],
  string: ['null', '""', '"Oslo"', '"NaN"', '"\\"Infinity\\\\"', '"9007199254740993"'],
  list: ['null', '[]', '["a","NaN"]'],
  map: ['null', '{}', '{"a":"-Infinity"}'],
  any: ['null', 'true', '9007199254740991', '1.5e300', '[1,{"a":[null]}]', '{"a":"NaN"}', nested(60)],
};
const BROKEN: Readonly<Record<Kind, readonly string[]>> = {
  number: ['"thirty"', 'true', '[1]', '{"a":1}', ...INEXACT, ...IN_LIST],
  string: ['5', 'false', '["a"]', '{"a":"b"}', ...INEXACT, ...IN_MAP],
  list: ['"a"', '5', '[1]', '["a",null]', '[["a"]]', '{"0":"a"}', ...INEXACT, ...IN_LIST],
  map: ['"a"', '5', '["a"]', '{"a":1}', '{"a":null}', '{"a":{}}', ...INEXACT, ...IN_MAP],
  any: [...INEXACT, ...IN_LIST, ...IN_MAP],
};
const BROKEN_CATEGORIES = ['"x"', '5', 'true', '[]', '["a"]', 'NaN', '[Infinity]'];
const MISSING = 'missing';
const BROKEN_ROWS: Readonly<Record<string, readonly string[]>> = {
  id: ['"1"', 'null', '1.5', '-1', '0', 'NaN', '9007199254740993', MISSING],
  name: ['5', 'null', '["x"]', 'NaN', MISSING],
  created_at: ['null', '5', '"yesterday"', '"2026-13-40T00:00:00"', 'Infinity', MISSING],
  updated_at: ['null', '{}', '""', '"06:29:29"', MISSING],
};

/** One edit of a valid row: a path, and the JSON text at this path. */
type Edit = readonly [path: readonly string[], text: string];

const validRow = fc
  .record(
    Object.fromEntries(
      Object.entries(KINDS).map(([category, kinds]) => [
        category,
        fc.option(
          fc.record(
            Object.fromEntries(
              Object.entries(kinds).map(([field, kind]) => [field, fc.constantFrom(...VALID[kind])]),
            ),
            { requiredKeys: [] },
          ),
          { nil: 'null' },
        ),
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((fields) => fields as RawRow);

const fieldEdit: fc.Arbitrary<Edit> = fc
  .constantFrom(
    ...Object.entries(KINDS).flatMap(([category, kinds]) =>
      Object.entries(kinds).map(([field, kind]) => [category, field, kind] as const),
    ),
  )
  .chain(([category, field, kind]) =>
    fc.constantFrom(...BROKEN[kind]).map((text): Edit => [[category, field], text]),
  );
const categoryEdit: fc.Arbitrary<Edit> = fc.tuple(
  fc.constantFrom(...CATEGORIES).map((name) => [name]),
  fc.constantFrom(...BROKEN_CATEGORIES),
);
const unknownEdit: fc.Arbitrary<Edit> = fc.tuple(fc.constant(['tags']), fc.constantFrom(...INEXACT));
const rowEdit: fc.Arbitrary<Edit> = fc
  .constantFrom(...Object.keys(BROKEN_ROWS))
  .chain((field) => fc.constantFrom(...(BROKEN_ROWS[field] ?? [])).map((text): Edit => [[field], text]));
const edits = fc.uniqueArray(
  fc.oneof(
    { weight: 8, arbitrary: fieldEdit },
    { weight: 1, arbitrary: categoryEdit },
    { weight: 1, arbitrary: unknownEdit },
    { weight: 1, arbitrary: rowEdit },
  ),
  { maxLength: 3, selector: ([[name]]) => name }, // one edit per category
);

interface Expected {
  readonly raw: RawRow;
  /** What the client returns. `undefined` if it omits the row. */
  readonly persona: Record<string, unknown> | undefined;
  readonly invalidFields: readonly InvalidField[];
}

const parseExact = (text: string): unknown => JSON.parse(text);
const isExact = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return !/\d{16}/.test(text) && !/\[{100}/.test(text) && JSON.stringify(value) === text;
  } catch {
    return false;
  }
};
const parseRow = (row: RawRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' ? parseExact(value) : parseRow(value),
    ]),
  );

/** Applies the edits to a valid row. */
function applyEdits(id: number, fields: RawRow, rowEdits: readonly Edit[]): Expected {
  const validRaw = rawRow(id, fields);
  const raw: Record<string, RawRow[string]> = { ...validRaw };
  const expected = parseRow(validRaw);
  for (const [[name = '', field], text] of rowEdits) {
    const category = expected[name];
    if (field !== undefined) {
      const current = raw[name];
      raw[name] = { ...(typeof current === 'object' ? current : {}), [field]: text };
      expected[name] = typeof category === 'object' && category !== null ? category : {};
      Reflect.deleteProperty(expected[name] as object, field);
    } else {
      if (text === MISSING) delete raw[name];
      else raw[name] = text;
      delete expected[name];
    }
  }
  for (const name of ['created_at', 'updated_at']) if (name in expected) expected[name] += 'Z';
  const isRowBroken = rowEdits.some(([[name = ''], _]) => name in BROKEN_ROWS);
  const isIdBroken = rowEdits.some(([[name]]) => name === 'id');
  const invalidFields = rowEdits.map(
    ([path, text]): InvalidField => ({
      ...(!isIdBroken && { personaId: id }),
      path,
      rule: '',
      omitted: (path[0] ?? '') in BROKEN_ROWS ? 'row' : 'field',
      ...(text !== MISSING && { value: isExact(text) ? parseExact(text) : text }),
    }),
  );
  return { raw, persona: isRowBroken ? undefined : expected, invalidFields };
}

const collection = fc
  .array(fc.tuple(validRow, edits), { minLength: 1, maxLength: 5 })
  .map((rows) => rows.map(([fields, rowEdits], index) => applyEdits(index + 1, fields, rowEdits)));

/** Checks the types that the client declares, independently of its schemas. */
function expectDeclaredTypes(persona: Persona): void {
  const isText = (value: unknown) => typeof value === 'string';
  const hasKind: Readonly<Record<Kind, (value: unknown) => boolean>> = {
    number: (value) => typeof value === 'number' && Number.isFinite(value),
    string: isText,
    list: (value) => Array.isArray(value) && value.every(isText),
    map: (value) => !Array.isArray(value) && Object.values(value as object).every(isText),
    any: () => true,
  };
  expect(Number.isSafeInteger(persona.id)).toBe(true);
  expect(typeof persona.name).toBe('string');
  for (const time of [persona.created_at, persona.updated_at]) expect(Date.parse(time)).not.toBeNaN();
  for (const [category, kinds] of Object.entries(KINDS)) {
    const fields = (persona as unknown as Record<string, Record<string, unknown> | null>)[category];
    for (const [field, kind] of Object.entries(kinds)) {
      const value = fields?.[field] ?? null;
      if (value !== null && !hasKind[kind](value))
        expect.fail(`${category}.${field} is ${JSON.stringify(value)}`);
    }
  }
  expect(JSON.stringify(persona)).not.toMatch(/\d{17}(?!\d*[".])/);
}

const expectFields = (actual: readonly InvalidField[], expected: readonly InvalidField[]) => {
  expect(actual.every(({ rule }) => rule.length > 0)).toBe(true);
  const strip = (fields: readonly InvalidField[]) =>
    fields
      .map(({ rule: _, ...field }) => field)
      .toSorted((a, b) =>
        JSON.stringify([a.personaId, a.path]) < JSON.stringify([b.personaId, b.path]) ? -1 : 1,
      );
  expect(strip(actual)).toEqual(strip(expected));
};

it.each(DIALECTS)(
  'returns everything but the fields and rows that break the contract: %s',
  async (dialect) => {
    await fc.assert(
      fc.asyncProperty(collection, async (rows) => {
        const { fetch } = createRawFetch(
          dialect,
          rows.map(({ raw }) => raw),
        );
        const store = new MemoryStore();
        const create = (options = {}) =>
          new PersonaClient({ fetch, dialect, retry: false, breaker: false, ...options });
        const shared = { cache: { store, keySecret: KEY_SECRET } };
        const clients = [create(), create(shared), create(shared)] as const;
        const [client] = clients;
        const allFields = rows.flatMap(({ invalidFields }) => invalidFields);
        const usable = rows.flatMap(({ persona }) => persona ?? []);
        const broken = allFields.length > 0;

        const strictRead = client.personas.list({}, { reads: 'strict', cache: 'no-store' });
        if (broken) await expectRejection(PersonaResponseError, strictRead);
        else await strictRead;
        if (usable.length === 0) {
          await expectRejection(PersonaResponseError, client.personas.list());
          return;
        }

        const [owner, joiner] = await Promise.all([
          client.withMeta.personas.list(),
          client.withMeta.personas.list(),
        ]);
        const pages = [owner, joiner, await client.withMeta.personas.list()];
        for (const sharing of clients.slice(1)) pages.push(await sharing.withMeta.personas.list());
        expect(pages.map(({ meta }) => meta.source)).toEqual([
          'network',
          'deduplicated',
          'cache',
          'network',
          'cache',
        ]);
        for (const { data, meta } of pages) {
          expect(data.items).toEqual(usable);
          data.items.forEach(expectDeclaredTypes);
          expectFields(meta.invalidFields, allFields);
        }

        for (const [index, { persona, invalidFields }] of rows.entries()) {
          const id = index + 1;
          if (!persona) {
            const error = await expectRejection(PersonaResponseError, client.personas.get(id));
            expect(error).toMatchObject({ code: 'invalid_response', personaId: id });
            expect(error.message).toMatch(
              new RegExp(`^personas\\.get returned persona ${id} with an invalid `),
            );
            continue;
          }
          const results = [
            await client.withMeta.personas.get(id),
            await client.withMeta.personas.get(id, { cache: 'reload' }),
            await client.withMeta.personas.update(id, { name: 'x' }),
            await client.withMeta.personas.get(id),
          ];
          expect(results.map(({ meta }) => meta.source)).toEqual(['cache', 'network', 'network', 'cache']);
          for (const { data, meta } of results) {
            expect(data).toEqual(persona);
            expectFields(meta.invalidFields, invalidFields);
          }
          for (const category of CATEGORIES) {
            const own = invalidFields.filter(({ path }) => path[0] === category);
            const isUnusable = own.some(({ path }) => path.length === 1);
            const call = client.withMeta[category].get(id, { cache: 'no-store' });
            if (isUnusable) await expectRejection(PersonaResponseError, call);
            else {
              const { data, meta } = await call;
              expect(data).toEqual(persona[category] ?? {});
              expectFields(meta.invalidFields, own);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  },
);
