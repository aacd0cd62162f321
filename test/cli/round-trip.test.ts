import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import type { FieldConfig, Persona } from 'persona-client';
import { expect, it } from 'vitest';
import { readRows } from '../../src/cli/rows/index.js';
import { FORMATS, isInvalid } from '../../src/cli/rows/types.js';
import { formatRows } from '../../src/cli/rows/write-rows.js';
import { createTempFolder } from '../support/cli.js';

const CONFIG: FieldConfig = {
  psychographic: {
    fields: [
      { name: 'lifestyle', type: 'string' },
      { name: 'interests', type: 'list' },
    ],
  },
  behavioral: { fields: [{ name: 'device_usage', type: 'dict' }] },
};

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '"',
    '""',
    'a\r\nb',
    'x\r',
    '=1+1',
    '@x',
    '-5',
    '007',
    '1.0',
    '12345678901234567890',
    'true',
  ),
  fc.constantFrom(
    'null',
    '[]',
    '["a"]',
    '{"a":1}',
    '[broken',
    'a;b',
    ' "quoted" ',
    '\ufeffmark',
    '\ud800 alone',
  ),
);
/** Replaces the integers that a number of JavaScript does not hold exactly. */
const toExact = (value: unknown) =>
  typeof value === 'number' && Math.abs(value) >= 2 ** 53 && Math.abs(value) < 1e21 ? 0 : value;
const anyJson = fc
  .jsonValue()
  .filter((value) => value !== null)
  .map((value): unknown => JSON.parse(JSON.stringify(value), (_key, inner) => toExact(inner)));
const createFields = <Values>(values: fc.Arbitrary<Values>) =>
  fc.dictionary(
    fc.oneof(
      fc.constantFrom(
        'custom',
        'Custom',
        'a.b',
        'c,d',
        'e"f',
        '__proto__',
        'line\nbreak',
        ' padded ',
        'tab\tin',
        ' ',
        '',
      ),
      fc.string({ minLength: 1 }),
    ),
    values,
    { maxKeys: 4 },
  );
const optional = <Values>(values: fc.Arbitrary<Values>) => fc.option(values, { nil: undefined });
const anyPersona = fc.record(
  {
    name: anyText,
    demographic: fc.record(
      {
        city: anyText,
        age: fc.integer(),
        latitude: fc.double({ noNaN: true, noDefaultInfinity: true }).map(toExact),
      },
      { requiredKeys: [] },
    ),
    psychographic: fc.record({ lifestyle: anyText, interests: fc.array(anyText) }, { requiredKeys: [] }),
    behavioral: fc.record({ device_usage: fc.dictionary(fc.string(), anyText) }, { requiredKeys: [] }),
    contextual: optional(createFields(fc.oneof(anyJson, anyText))),
  },
  { requiredKeys: ['name'] },
);

/** Removes what a file does not keep: the fields that the service sets, and empty categories. */
function normalize(value: object): unknown {
  const { id, created_at, updated_at, ...fields } = JSON.parse(JSON.stringify(value));
  const entries = Object.entries(fields).filter(
    ([, child]) => typeof child !== 'object' || Object.keys(child ?? {}).length > 0,
  );
  return Object.fromEntries(entries);
}

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

it.each(FORMATS.flatMap((format) => ['', '\ufeff'].map((bom) => [format, bom] as const)))(
  'restores all data of exported personas from %s, after %j',
  async (format, bom) => {
    const file = await createTempFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(anyPersona, { minLength: 1 }), async (personas) => {
        const stored = personas.map(
          (persona, index) => ({ ...persona, id: index + 1, created_at: 'x', updated_at: 'y' }) as Persona,
        );
        const text = (await collect(formatRows(iterate(stored), format))).join('');
        await writeFile(file('all'), bom + text);
        using source = await readRows(file('all'), format, CONFIG);
        const rows = await collect(source.rows);
        expect(rows.map((row) => (isInvalid(row) ? row.reason : normalize(row.persona)))).toEqual(
          personas.map(normalize),
        );
        expect(rows.at(-1)?.fraction).toBe(1);
      }),
      { numRuns: 150 },
    );
  },
);
