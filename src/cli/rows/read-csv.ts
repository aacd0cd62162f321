import type { FieldConfig, PersonaCreate } from '../../index.js';
import { InputError } from '../errors.js';
import { CellError, parseCell } from './cell.js';
import { type Column, parseCsvHeader } from './csv-columns.js';
import { type CsvRecord, readCsvRecords } from './csv-records.js';
import { MAX_FIELD_BYTES, type ParsedRow, type Row, type ToFraction } from './types.js';

interface CsvOptions {
  readonly config: FieldConfig;
  /** Whether the tab is the delimiter if the header has no delimiter. */
  readonly prefersTabs: boolean;
  readonly toFraction: ToFraction;
}

interface CsvRows {
  readonly rows: AsyncIterable<Row>;
  /** Returns the bytes of the header, or `undefined` before `rows` has read the header. */
  header(): Buffer | undefined;
}

/**
 * Reads a CSV file with the columns `name` and `category.field`. Skips rows without data.
 *
 * @throws {InputError} while iterating, if the header is missing or invalid.
 */
export function readCsvRows(
  chunks: AsyncIterable<Buffer>,
  { config, prefersTabs, toFraction }: CsvOptions,
): CsvRows {
  let header: Buffer | undefined;
  async function* rows(): AsyncGenerator<Row> {
    let columns: readonly Column[] | undefined;
    let number = 0;
    for await (const record of readCsvRecords(chunks, prefersTabs)) {
      const { raw, content, endOffset } = record;
      number += 1;
      if (isBlank(record)) continue;
      if (columns) yield { number, raw, fraction: toFraction(endOffset), ...parseRecord(columns, content) };
      else {
        if ('reason' in content) throw new InputError(`The header ${content.reason}. Nothing was sent.`);
        columns = parseCsvHeader(content, config);
        header = raw;
      }
    }
    if (!columns) throw new InputError('The file is empty. The first row must contain the column names.');
  }
  return { rows: rows(), header: () => header };
}

const isBlank = ({ content }: CsvRecord): boolean =>
  !('reason' in content) && content.every((cell) => cell === '');

function parseRecord(columns: readonly Column[], content: CsvRecord['content']): ParsedRow {
  if ('reason' in content) return content;
  const namedCount = columns.findLastIndex(({ kind }) => kind !== 'unnamed') + 1;
  if (content.length < namedCount) return { reason: describeCount(content.length, namedCount) };
  const count = content.findLastIndex((cell) => cell !== '') + 1; // empty cells at the end do not count
  if (count > columns.length) return { reason: describeCount(count, columns.length) };
  return parseRow(columns, content);
}

const describeCount = (count: number, columnCount: number): string =>
  `has ${count} ${count === 1 ? 'cell' : 'cells'}, but the header has ${columnCount}`;

function parseRow(columns: readonly Column[], cells: readonly string[]): ParsedRow {
  const categories = new Map<string, Map<string, unknown>>();
  let name: unknown;
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (Buffer.byteLength(cell) > MAX_FIELD_BYTES) return { reason: `${column.name}: is larger than 1 MiB` };
    if (column.kind === 'ignored' || cell === '') continue;
    if (column.kind === 'unnamed')
      return { reason: `${column.name}: has a value, but no name in the header` };
    try {
      const value = parseCell(cell, column.type);
      if (value === undefined) continue;
      if (column.kind === 'name') name = value;
      else
        categories.set(
          column.category,
          (categories.get(column.category) ?? new Map()).set(column.field, value),
        );
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      return { reason: `${column.name}: ${error.message}` };
    }
  }
  const entries = [...categories].map(([category, fields]) => [category, Object.fromEntries(fields)]);
  return {
    persona: { ...(name !== undefined && { name }), ...Object.fromEntries(entries) } as PersonaCreate,
  };
}
