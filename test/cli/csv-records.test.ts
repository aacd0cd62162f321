import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { readCsvRecords } from '../../src/cli/rows/csv-records.js';

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

/** Reads records: the cells of each, or the reason why it is invalid. */
async function readRecords(file: string | Buffer, { chunkSize = 65_536, prefersTabs = false } = {}) {
  const records: (readonly string[] | string)[] = [];
  const raws: Buffer[] = [];
  for await (const { content, raw } of readCsvRecords(chunks(Buffer.from(file), chunkSize), prefersTabs)) {
    records.push('reason' in content ? content.reason : content);
    raws.push(raw);
  }
  return { records, raws };
}

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('CSV records', { timeout: inject('full') ? 600_000 : 30_000 }, () => {
  it('are those of csv-parse if the quotes are valid, for each delimiter, line ending and size of chunk', async () => {
    const cell = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary', maxLength: 4 }).map((text) => text.replaceAll(/\p{Surrogate}/gu, '')),
      fc.constantFrom(
        '',
        '"',
        'a"b',
        'two\nlines',
        'two\r\nlines',
        'lone\rreturn',
        ',',
        ';',
        '\t',
        '"\n"',
        '\n',
        '\r',
      ),
    );
    const row = fc.array(fc.tuple(cell, fc.boolean()), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (rows, delimiter, lineEnd, endsWithLineEnd, chunkSize) => {
          const mustQuote = (text: string) => /[",;\t\r\n]|^sep=/i.test(text);
          const lines = [
            ['a', 'b'].join(delimiter),
            ...rows.map((cells) =>
              cells
                .map(([text, isQuoted]) => (isQuoted || mustQuote(text) ? quote(text) : text))
                .join(delimiter),
            ),
          ];
          const file = lines.join(lineEnd) + (endsWithLineEnd ? lineEnd : '');
          const expected = parse(file, { delimiter, relax_column_count: true, record_delimiter: [lineEnd] });
          expect((await readRecords(file, { chunkSize })).records).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('end at a line break inside quotes only if the quotes are broken', async () => {
    const { records } = await readRecords(
      [
        'name,text',
        'a,"one',
        'two, three',
        'four",extra',
        'b,"x',
        'y"z',
        'c,d',
        'e"f,g',
        '"h"i,j',
        'k, "l"',
        'm,"open',
        'n,o',
      ].join('\n'),
    );
    expect(records).toEqual([
      ['name', 'text'],
      ['a', 'one\ntwo, three\nfour', 'extra'],
      'has an unclosed quote', // b
      'has a misplaced quote', // y"z
      ['c', 'd'],
      'has a misplaced quote',
      'has a misplaced quote',
      'has a misplaced quote',
      'has an unclosed quote',
      ['n', 'o'],
    ]);
  });

  it('keep a quoted cell of many rows whole, and its lines are no records', async () => {
    const text = 'Ghost,Person\n'.repeat(400_000);
    const { records } = await readRecords(`name,text\nAda,${quote(text)}\nGrace,ok\n`);
    expect(records).toHaveLength(3);
    expect(records[1]?.[1] === text).toBe(true);
  });

  it('have a limited size: a quote that is open for 64 MiB counts as unclosed', async () => {
    const line = Buffer.from(`${'x'.repeat(1_048_574)},\n`);
    async function* file() {
      yield Buffer.from('name,text\n"open,\n');
      for (let count = 0; count < 80; count++) yield line;
      yield Buffer.from('"end');
    }
    const reasons: unknown[] = [];
    for await (const { content } of readCsvRecords(file(), false))
      reasons.push('reason' in content ? content.reason : content.length);
    expect(reasons).toEqual([2, 'has an unclosed quote', ...Array(80).fill(2), 'has an unclosed quote']);
    async function* endlessLine() {
      for (let count = 0; count < 80; count++) yield Buffer.alloc(1_048_576, 'x');
    }
    const read = async (start: string) => {
      async function* withHeader() {
        yield Buffer.from(start);
        yield* endlessLine();
      }
      for await (const record of readCsvRecords(withHeader(), false)) void record;
    };
    await expect(read('name\n')).rejects.toThrow('A line of row 2 is longer than 64 MiB');
    await expect(read('name\n"')).rejects.toThrow('A line of row 2 is longer than 64 MiB');
    await expect(read('')).rejects.toThrow('The first MiB of the file contains no complete line');
  });

  it('have at most 16,384 cells', async () => {
    const { records } = await readRecords(`name\n${','.repeat(16_384)}\n${','.repeat(16_383)}\nx\n`);
    expect(records[1]).toBe('has more than 16384 cells');
    expect(records[2]).toHaveLength(16_384);
    expect(records[3]).toEqual(['x']);
  });

  it.each([
    ['sep=;\r\nname;a,b\r\nx;y\r\n', ['name', 'a,b']],
    ['SEP=|\nname|a;b\nx|y\n', ['name', 'a;b']],
    ['"sep=\t"\nname\ta,b\nx\ty\n', ['name', 'a,b']],
    ['sep=;\rname;a,b\rx;y\r', ['name', 'a,b']],
    ['\n\r\nname;city\nx;y', ['name', 'city']],
    ['name,"a;b;c;d"\nx,y', ['name', 'a;b;c;d']],
    ['name\tcity\nx\ty', ['name', 'city']],
  ])('have the delimiter of the first line that is not empty: %j', async (file, header) => {
    for (const chunkSize of [1, 2, 3, 1_000]) {
      const { records } = await readRecords(file, { chunkSize });
      const rows = records.filter((cells) => cells.length > 1 || cells[0] !== '');
      expect(rows).toEqual([header, ['x', 'y']]);
    }
  });

  it('have tabs in a TSV file with a single column', async () => {
    const file = 'name\nSmith, John\n';
    expect((await readRecords(file, { prefersTabs: true })).records).toEqual([['name'], ['Smith, John']]);
    expect((await readRecords(file)).records).toEqual([['name'], ['Smith', ' John']]);
    expect((await readRecords('name;city\nx;y', { prefersTabs: true })).records[1]).toEqual(['x', 'y']);
  });

  const ROWS = inject('full') ? 1_000_000 : 10_000;
  /** Inserts quotes into a file of rows without quotes. */
  const createFile = (positions: readonly number[]) => {
    const rows = Array.from({ length: ROWS }, (_, index) => `P${index},x${index % 7}`);
    const lineStart = (row: number) => Math.floor(row * ROWS);
    for (const position of positions) {
      const row = lineStart(position);
      const text = rows[row] ?? '';
      const column = Math.floor(position * 1e9) % (text.length + 1);
      rows[row] = `${text.slice(0, column)}"${text.slice(column)}`;
    }
    return rows;
  };
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const numRuns = inject('full') ? 6 : 30;

  it('lose one row by one stray quote, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(position, async (at) => {
        const rows = createFile([at]);
        const { records, raws } = await readRecords(`name,text\n${rows.join('\n')}\n`);
        expect(raws.length).toBe(ROWS + 1);
        const invalid = records.filter((record) => typeof record === 'string');
        expect(invalid).toHaveLength(1);
        expect(raws.slice(1).every((raw, index) => raw.toString() === rows[index])).toBe(true);
      }),
      { numRuns },
    );
  });

  it('contain every byte of a file with stray quotes anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(position, { maxLength: 2_000 }),
        fc.integer({ min: 100, max: 70_000 }),
        async (positions, chunkSize) => {
          const file = `name,text\n${createFile(positions).join('\n')}\n`;
          const { raws } = await readRecords(file, { chunkSize });
          expect(`${raws.map(String).join('\n')}\n` === file).toBe(true);
        },
      ),
      { numRuns },
    );
  });

  it.each([
    ['a quote at the start of each line', '"a,b\n'],
    ['a quote at the end of each line', 'a,b"\n'],
    ['a quote in each line', 'a"b,c\n'],
    ['two quotes in each line', '"a"b,c\n'],
    ['three quotes in each line', '"""a,b\n'],
    ['only quotes', '"\n'],
    ['escaped quotes', '"a""\n'],
    ['pairs of quotes', '""\n'],
    ['one open quote', 'a,b\n'],
  ])('cost linear time: %s', async (_, line) => {
    const count = inject('full') ? 1_000_000 : 100_000;
    const startedAt = performance.now();
    const { raws } = await readRecords(`name,text\n"${line.repeat(count)}`);
    expect(raws.length).toBeGreaterThan(1);
    expect(performance.now() - startedAt).toBeLessThan(inject('full') ? 60_000 : 10_000);
  });
});
