import fc from 'fast-check';
import type { FieldConfig } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { toUtf8 } from '../../src/cli/rows/encoding.js';
import { readCsvRows } from '../../src/cli/rows/read-csv.js';
import { isInvalid, type Row } from '../../src/cli/rows/types.js';

const CONFIG: FieldConfig = {
  psychographic: {
    fields: [
      { name: 'lifestyle', type: 'string' },
      { name: 'interests', type: 'list' },
    ],
  },
  behavioral: { fields: [{ name: 'device_usage', type: 'dict' }] },
};

/** Splits the file into chunks of `size` bytes. */
async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

interface ReadOptions {
  readonly chunkSize?: number;
  readonly prefersTabs?: boolean;
}

async function readRows(
  bytes: Buffer | string,
  { chunkSize = 16_384, prefersTabs = false }: ReadOptions = {},
): Promise<Row[]> {
  const utf8 = toUtf8(chunks(Buffer.from(bytes), chunkSize));
  const rows: Row[] = [];
  const options = { config: CONFIG, prefersTabs, toFraction: () => undefined };
  for await (const row of readCsvRows(utf8, options).rows) rows.push(row);
  return rows;
}
const contents = (rows: readonly Row[]) => rows.map((row) => (isInvalid(row) ? row.reason : row.persona));

describe('CSV', () => {
  it('parses text, numbers, lists with semicolons, and JSON', async () => {
    const rows = await readRows(
      'name,demographic.age,demographic.city,psychographic.interests,psychographic.lifestyle,contextual.custom\n' +
        'Ada,36,London,chess; maths ;,123,"{""a"":[1]}"\n' +
        '007,,"Paris, FR","[""a;b""]",true,1.0\n',
    );
    expect(contents(rows)).toEqual([
      {
        name: 'Ada',
        demographic: { age: 36, city: 'London' },
        psychographic: { interests: ['chess', 'maths'], lifestyle: '123' },
        contextual: { custom: { a: [1] } },
      },
      {
        name: '007',
        demographic: { city: 'Paris, FR' },
        psychographic: { interests: ['a;b'], lifestyle: 'true' },
        contextual: { custom: '1.0' },
      },
    ]);
  });

  it.each([';', '\t'])('detects the delimiter %j', async (delimiter) => {
    const file = `name${delimiter}demographic.city\nAda${delimiter}"a${delimiter}b"\n`;
    expect(contents(await readRows(file))).toEqual([
      { name: 'Ada', demographic: { city: `a${delimiter}b` } },
    ]);
  });

  it.each([
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16LE with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16LE without one', (text: string) => Buffer.from(text, 'utf16le')],
    ['UTF-16BE with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-16BE without one', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ])('decodes %s', async (_, encode) => {
    const file = encode('name,demographic.city\nÅse 日本 😀,Tromsø\nBo,"two\nlines"\n');
    for (const chunkSize of [1, 7, 16_384])
      expect(contents(await readRows(file, { chunkSize }))).toEqual([
        { name: 'Åse 日本 😀', demographic: { city: 'Tromsø' } },
        { name: 'Bo', demographic: { city: 'two\nlines' } },
      ]);
  });

  it('reports an invalid row, and reads the rows after it', async () => {
    const rows = await readRows(
      Buffer.concat([
        Buffer.from(
          'name,demographic.city\nfirst,A\n"never closed,B\nthird,C\nfour"th,D\nfifth,E,too much\nsixth\n',
        ),
        Buffer.from([0x53, 0xe9, 0x76, 0x2c, 0x46, 0x0a]), // Latin-1
        Buffer.from('eighth,"two\nlines"\n"bad"quote,H\ntenth,J\n"open to the end,K\ntwelfth,L'),
      ]),
    );
    expect(rows.map((row) => [row.number, isInvalid(row) ? row.reason : row.persona.name])).toEqual([
      [2, 'first'],
      [3, 'has an unclosed quote'],
      [4, 'third'],
      [5, 'has a misplaced quote'],
      [6, 'has 3 cells, but the header has 2'],
      [7, 'has 1 cell, but the header has 2'],
      [8, 'is not valid UTF-8: byte 0xE9 at position 2. Save the file as UTF-8'],
      [9, 'eighth'],
      [10, 'has a misplaced quote'],
      [11, 'tenth'],
      [12, 'has an unclosed quote'],
      [13, 'twelfth'],
    ]);
  });

  it('rejects a file with an invalid header', async () => {
    for (const [file, message] of [
      ['', /is empty/],
      ['demographic.city\nOslo\n', /column "name" is missing/],
      ['name,name\na,b\n', /"name" appears more than once/],
      ['name,city\na,b\n', /"city" is neither "name" nor a field such as "demographic.city"/],
      ['name,psychographic.\na,b\n', /neither/],
      ['na"m"e,demographic.city\na,b\n', /The header has a misplaced quote/],
    ] as const)
      await expect(readRows(file)).rejects.toThrow(message);
  });

  it('reads any bytes to the end, and returns every byte in some row', async () => {
    const line = fc.oneof(
      fc.constantFrom('a,b', '"a,b', 'a"b,c', '"a""b",c', '"x\ny",z', '', '\r', 'a,b,c', '"'),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 50 }),
        async (lines, chunkSize) => {
          const text = lines.join('\n');
          const rows = await readRows(`name,demographic.city\n${text}`, { chunkSize });
          const rowLength = rows.reduce(
            (sum, { raw }) => sum + raw.toString('latin1').replaceAll(/[\r\n]/g, '').length,
            0,
          );
          expect(rowLength).toBe(
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

describe('rows and columns of spreadsheets', () => {
  it('reports one row with another number of cells, whatever the lines it spans, by its row in the spreadsheet', async () => {
    const rows = await readRows(
      'name,psychographic.lifestyle\r\nAda,"Dear team,\r\nGhost Person,made of a cell\r\nthanks",extra\r\n\r\n,\r\nGrace,ok\r\nBob\r\n"Cy\r\n"\r\nDee,a,b,,\r\n',
    );
    expect(rows.map((row) => [row.number, isInvalid(row) ? row.reason : row.persona.name])).toEqual([
      [2, 'has 3 cells, but the header has 2'],
      [5, 'Grace'],
      [6, 'has 1 cell, but the header has 2'],
      [7, 'has 1 cell, but the header has 2'],
      [8, 'has 3 cells, but the header has 2'],
    ]);
    expect(rows[0]?.raw.toString()).toBe('Ada,"Dear team,\r\nGhost Person,made of a cell\r\nthanks",extra');
  });

  it.each([
    ['empty columns at the end', 'name,demographic.city,,\nAda,London,,\n'],
    ['empty cells after the last column', 'name,demographic.city\nAda,London,,\n'],
    ['an empty column in the middle', 'name,,demographic.city\nAda,,London\n'],
    ['rows without data', 'name,demographic.city\n,\n\nAda,London\n,,,\n\r\n'],
    ['an empty row before the header', ',\nname,demographic.city\nAda,London\n'],
    ['spaces in the header', ' name , demographic.city \nAda,London\n'],
    ['capitals in the header', 'NAME,Demographic.City\nAda,London\n'],
    ['a line that names the delimiter', 'sep=|\nname|demographic.city\nAda|London\n'],
    ['lone carriage returns', 'name,demographic.city\rAda,London\r'],
    ['a single row', 'name,demographic.city\nAda,London'],
  ])('reads %s', async (_, file) => {
    expect(contents(await readRows(file))).toEqual([{ name: 'Ada', demographic: { city: 'London' } }]);
  });

  it('rejects a value in a column without a name', async () => {
    expect(contents(await readRows(',name\n0,Ada\n,Bob\n'))).toEqual([
      'column 1: has a value, but no name in the header',
      { name: 'Bob' },
    ]);
    expect(contents(await readRows('name,demographic.city,,\nA,B,c\nD,E\nF\nG,H,,,i\n'))).toEqual([
      'column 3: has a value, but no name in the header',
      { name: 'D', demographic: { city: 'E' } },
      'has 1 cell, but the header has 2',
      'has 5 cells, but the header has 4',
    ]);
  });

  it('finds fields in any case only if the category is not spelled as in an export', async () => {
    const [row] = contents(
      await readRows('name,Psychographic.Lifestyle,psychographic.Interests,Contextual.Own\nA,calm,x,y\n'),
    );
    expect(row).toEqual({
      name: 'A',
      psychographic: { lifestyle: 'calm', Interests: 'x' },
      contextual: { Own: 'y' },
    });
  });

  it.each([
    ['Full Name,city', 'The column "name" is missing', 'but contains "Full Name", "city". Nothing was sent.'],
    ['Nmae,demographic.city', 'The column "name" is missing', 'Rename "Nmae" to "name".'],
    ['name,city', '"city" is neither', 'Did you mean "demographic.city"?'],
    ['name,demographic_city', '"demographic_city" is neither', 'Did you mean "demographic.city"?'],
    ['name,Interest', '"Interest" is neither', 'Did you mean "psychographic.interests"?'],
    ['name,device usage', '"device usage" is neither', 'Did you mean "behavioral.device_usage"?'],
    [
      'name,behavioral.device_usage.phone',
      '"behavioral.device_usage.phone" is neither',
      'Did you mean "behavioral.device_usage"?',
    ],
    ['name,town', '"town" is neither', 'such as "demographic.city". Nothing was sent.'],
    ['name,Name', '"name" appears more than once', 'Nothing was sent.'],
    ['name,demographic.city, Demographic.city', '"demographic.city" appears more than once', ''],
    ['name,"city', 'The header has an unclosed quote', 'Nothing was sent.'],
    [',,', 'The file is empty', ''],
    ['sep=;', 'The file is empty', ''],
  ])('explains the header %j', async (header, problem, advice) => {
    const error = await readRows(`${header}\n`).catch((error: Error) => error);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain(problem);
    expect(String(error)).toContain(advice);
  });

  it('rejects a quoted cell of many lines that is too large, and creates nothing from its lines', async () => {
    const text = 'Ghost\n'.repeat(500_000);
    expect(contents(await readRows(`name,demographic.city\nAda,"${text}"\nGrace,ok\n`))).toEqual([
      'demographic.city: is larger than 1 MiB',
      { name: 'Grace', demographic: { city: 'ok' } },
    ]);
  });

  it('names the first invalid byte, also after a replacement character', async () => {
    const file = Buffer.concat([Buffer.from('name\nA\ufffd'), Buffer.from([0xe9, 0x0a])]);
    expect(contents(await readRows(file))).toEqual([
      'is not valid UTF-8: byte 0xE9 at position 5. Save the file as UTF-8',
    ]);
  });
});

describe('numbers', () => {
  it.each([
    ['36', 36],
    ['36.0', 36],
    ['51.50', 51.5],
    ['40.0', 40],
    ['-79.3800', -79.38],
    ['51.507351900000003', 51.507351900000003],
    ['0.1234567890123456789', 0.12345678901234568],
    ['-0.0000001', -1e-7],
    ['-0.0', -0],
    ['1e1', 10],
    ['1E+2', 100],
    ['.5', 0.5],
    ['5.', 5],
    [' 36', 36],
    ['36 ', 36],
    ['\t51.5\u00a0', 51.5],
    ['+51.5', 51.5],
    ['007', 7],
    ['null', null],
  ])('the cell %j of a number field is the number %d', async (cell, number) => {
    for (const field of ['age', 'latitude', 'longitude'])
      expect(contents(await readRows(`name,demographic.${field}\nAda,"${cell}"\n`))).toEqual([
        { name: 'Ada', demographic: { [field]: number } },
      ]);
  });

  it.each(['36,5', '1_000', '0x10', 'Infinity', 'NaN', 'thirty', '3 6', '--1', '1e', '.', '٣'])(
    'the cell %j of a number field stays text, which the client rejects',
    async (cell) => {
      expect(contents(await readRows(`name,demographic.age\nAda,"${cell}"\n`))).toEqual([
        { name: 'Ada', demographic: { age: cell } },
      ]);
    },
  );

  it.each(['36.0', '007', '1e1', ' 36', '+5', '12345678901234567890', '9007199254740993'])(
    'the cell %j of a text field stays text',
    async (cell) => {
      const csv = `name,demographic.city,psychographic.lifestyle,psychographic.own\n"${cell}","${cell}","${cell}",x\n`;
      expect(contents(await readRows(csv))).toEqual([
        { name: cell, demographic: { city: cell }, psychographic: { lifestyle: cell, own: 'x' } },
      ]);
    },
  );

  it.each(['36.0', '007', '+5', '12345678901234567890', '1e400'])(
    'the cell %j of an unknown field stays text, because a number would lose characters',
    async (cell) => {
      expect(contents(await readRows(`name,psychographic.own\nAda,${cell}\n`))).toEqual([
        { name: 'Ada', psychographic: { own: cell } },
      ]);
    },
  );

  it.each([
    ['demographic.age', '9007199254740993', 'demographic.age: is an integer beyond 2^53'],
    ['demographic.latitude', '1e400', 'demographic.latitude: is a number that is too large'],
    ['psychographic.own', '[9007199254740993]', 'psychographic.own: 0: is an integer beyond 2^53'],
    ['behavioral.device_usage', '{"a":1e400}', 'behavioral.device_usage: a: is a number that is too large'],
  ])('rejects %s with the value %s', async (column, cell, reason) => {
    const [row] = contents(await readRows(`name,${column}\nAda,"${cell.replaceAll('"', '""')}"\n`));
    expect(row).toContain(reason);
  });
});
