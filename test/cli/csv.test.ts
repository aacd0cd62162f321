import fc from 'fast-check';
import type { FieldConfig, Persona } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { csvRows } from '../../src/cli/rows/csv.js';
import { asUtf8, linesOf } from '../../src/cli/rows/lines.js';
import type { Row } from '../../src/cli/rows/types.js';
import { columnsOf, headOf, rowOf } from '../../src/cli/rows/write-csv.js';

const CONFIG: FieldConfig = {
  psychographic: {
    fields: [
      { name: 'lifestyle', type: 'string' },
      { name: 'interests', type: 'list' },
    ],
  },
  behavioral: { fields: [{ name: 'device_usage', type: 'dict' }] },
};

/** The file arrives in pieces of this size. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer | string, size = 16_384): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of csvRows(linesOf(asUtf8(pieces(Buffer.from(bytes), size))), CONFIG).rows)
    rows.push(row);
  return rows;
}
const personas = (rows: readonly Row[]) => rows.map((row) => ('persona' in row ? row.persona : row.reason));

const text = fc.oneof(
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
const json = fc.jsonValue().filter((value) => value !== null);
const fields = <Values>(values: fc.Arbitrary<Values>) =>
  fc.dictionary(
    fc.oneof(
      fc.constantFrom('own', 'a.b', 'c,d', 'e"f', '__proto__', 'line\nbreak'),
      fc.string({ minLength: 1 }),
    ),
    values,
    { maxKeys: 4 },
  );
const some = <Values>(values: fc.Arbitrary<Values>) => fc.option(values, { nil: undefined });
const persona = fc.record(
  {
    name: text,
    demographic: fc.record(
      { city: text, age: fc.integer(), latitude: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      { requiredKeys: [] },
    ),
    psychographic: fc.record({ lifestyle: text, interests: fc.array(text) }, { requiredKeys: [] }),
    behavioral: fc.record({ device_usage: fc.dictionary(fc.string(), text) }, { requiredKeys: [] }),
    contextual: some(fields(fc.oneof(json, text))),
  },
  { requiredKeys: ['name'] },
);

/** As JSON carries it; a category without fields is as one that was never set, and a lone half of a character is kept. */
function normal(value: object): unknown {
  const parts = Object.entries(JSON.parse(JSON.stringify(value))).filter(
    ([, part]) => typeof part !== 'object' || Object.keys(part ?? {}).length > 0,
  );
  return Object.fromEntries(parts);
}

describe('a CSV', () => {
  it('that was exported is read back as it was, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(persona), fc.integer({ min: 1, max: 300 }), async (written, size) => {
        const rows = written.map(
          (one, at) => ({ ...one, id: at + 1, created_at: '', updated_at: '' }) as Persona,
        );
        const columns = new Set(rows.flatMap((row) => [...columnsOf(row).keys()]));
        const file = [headOf(columns), ...rows.map((row) => rowOf(row, columns)), ''].join('\r\n');
        expect(
          (await read(file, size)).map((row) => ('persona' in row ? normal(row.persona) : row.reason)),
        ).toEqual(written.map(normal));
      }),
      { numRuns: 500 },
    );
  });

  it('written by hand: text, numbers, lists with semicolons, JSON', async () => {
    const rows = await read(
      'name,demographic.age,demographic.city,psychographic.interests,psychographic.lifestyle,contextual.own\n' +
        'Ada,36,London,chess; maths ;,123,"{""a"":[1]}"\n' +
        '007,,"Paris, FR","[""a;b""]",true,1.0\n',
    );
    expect(personas(rows)).toEqual([
      {
        name: 'Ada',
        demographic: { age: 36, city: 'London' },
        psychographic: { interests: ['chess', 'maths'], lifestyle: '123' },
        contextual: { own: { a: [1] } },
      },
      {
        name: '007',
        demographic: { city: 'Paris, FR' },
        psychographic: { interests: ['a;b'], lifestyle: 'true' },
        contextual: { own: '1.0' },
      },
    ]);
  });

  it.each([';', '\t'])('of a spreadsheet that writes %j', async (mark) => {
    const file = `name${mark}demographic.city\nAda${mark}"a${mark}b"\n`;
    expect(personas(await read(file))).toEqual([{ name: 'Ada', demographic: { city: `a${mark}b` } }]);
  });

  it.each([
    ['UTF-8 with a mark', (file: string) => Buffer.from(`\ufeff${file}`)],
    ['UTF-16LE with a mark', (file: string) => Buffer.from(`\ufeff${file}`, 'utf16le')],
    ['UTF-16LE without one', (file: string) => Buffer.from(file, 'utf16le')],
    ['UTF-16BE with a mark', (file: string) => Buffer.from(`\ufeff${file}`, 'utf16le').swap16()],
    ['UTF-16BE without one', (file: string) => Buffer.from(file, 'utf16le').swap16()],
  ])('in %s', async (_, encoded) => {
    const file = encoded('name,demographic.city\nÅse 日本 😀,Tromsø\nBo,"two\nlines"\n');
    for (const size of [1, 7, 16_384])
      expect(personas(await read(file, size))).toEqual([
        { name: 'Åse 日本 😀', demographic: { city: 'Tromsø' } },
        { name: 'Bo', demographic: { city: 'two\nlines' } },
      ]);
  });

  it('of which rows are broken: each costs itself alone', async () => {
    const rows = await read(
      Buffer.concat([
        Buffer.from(
          'name,demographic.city\nfirst,A\n"never closed,B\nthird,C\nfour"th,D\nfifth,E,too much\nsixth\n',
        ),
        Buffer.from([0x53, 0xe9, 0x76, 0x2c, 0x46, 0x0a]), // Latin-1
        Buffer.from('eighth,"two\nlines"\n"bad"quote,H\ntenth,J\n"open to the end,K\ntwelfth,L'),
      ]),
    );
    expect(rows.map((row) => [row.row, 'persona' in row ? row.persona.name : row.reason])).toEqual([
      [2, 'first'],
      [3, 'has a quotation mark that is not closed'],
      [4, 'third'],
      [5, 'has a quotation mark that is not closed'],
      [6, 'has 3 cells where the header has 2'],
      [7, 'has 1 cells where the header has 2'],
      [8, 'is not UTF-8: byte 0xE9 at position 2. Save the file as UTF-8'],
      [9, 'eighth'],
      [10, 'has a quotation mark in the wrong place'],
      [11, 'tenth'],
      [12, 'has a quotation mark that is not closed'],
      [13, 'twelfth'],
    ]);
  });

  it('whose header cannot be meant is refused as a whole', async () => {
    for (const [file, why] of [
      ['', /is empty/],
      ['demographic.city\nOslo\n', /no column "name"/],
      ['name,name\na,b\n', /"name" is there twice/],
      ['name,city\na,b\n', /"city" is neither "name" nor a field as in "demographic.city"/],
      ['name,psychographic.\na,b\n', /neither/],
    ] as const)
      await expect(read(file)).rejects.toThrow(why);
  });

  it('of any bytes at all is read to its end, and no row is lost without a word', async () => {
    const line = fc.oneof(
      fc.constantFrom('a,b', '"a,b', 'a"b,c', '"a""b",c', '"x\ny",z', '', '\r', 'a,b,c', '"'),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 50 }),
        async (lines, size) => {
          const text = lines.join('\n');
          const rows = await read(`name,demographic.city\n${text}`, size);
          const kept = rows.reduce(
            (sum, { raw }) => sum + raw.toString('latin1').replaceAll(/[\r\n]/g, '').length,
            0,
          );
          expect(kept).toBe(
            Buffer.from(text)
              .toString('latin1')
              .replaceAll(/[\r\n]/g, '').length,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
