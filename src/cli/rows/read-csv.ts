import type { FieldConfig, PersonaCreate } from '../../index.js';
import { CATEGORIES } from '../../schemas/categories.js';
import { InputError } from '../exit-codes.js';
import { CellError, type CellType, getCellType, parseCell } from './cell.js';
import { type CsvRecord, detectDelimiter, joinRecords, splitCells } from './csv-records.js';
import type { Line } from './lines.js';
import { MAX_FIELD_BYTES, type ParsedRow, type Row } from './types.js';

/** Columns of an export that an import ignores, because the service sets these fields. */
const IGNORED_COLUMNS: readonly string[] = ['id', 'created_at', 'updated_at'];
const MISPLACED_QUOTE = 'has a misplaced quote';

interface Column {
  readonly name: string;
  /** Not set for the column `name` and for an ignored column. */
  readonly category?: string;
  /** Empty for an ignored column. */
  readonly field: string;
  readonly type: CellType;
}

interface CsvRows {
  readonly rows: AsyncIterable<Row>;
  /** Returns the bytes of the header, or `undefined` before `rows` has read the header. */
  header(): Buffer | undefined;
}

/**
 * Reads a CSV file with the columns `name` and `category.field`.
 *
 * @throws {InputError} while iterating, if the header is missing or invalid.
 */
export function readCsvRows(lines: AsyncIterable<Line>, config: FieldConfig): CsvRows {
  let header: Buffer | undefined;
  async function* rows(): AsyncGenerator<Row> {
    let columns: readonly Column[] | undefined;
    let delimiter = ',';
    let number = 0;
    const parseCells = (text: string) => {
      const cells = splitCells(text, columns ? delimiter : detectDelimiter(text));
      return columns && cells && cells.length !== columns.length ? undefined : cells;
    };
    for await (const record of joinRecords(lines, parseCells)) {
      const { raw, cells } = record;
      if (raw.length === 0) continue;
      number += 1;
      if (!columns) {
        if (!cells) throw new InputError(`The header ${record.reason ?? MISPLACED_QUOTE}.`);
        header = raw;
        delimiter = detectDelimiter(raw.toString('utf8'));
        columns = parseHeader(cells, config);
      } else if (!cells)
        yield { number, raw, reason: describeInvalidRecord(record, columns.length, delimiter) };
      else yield { number, raw, ...parseRow(columns, cells) };
    }
    if (!columns) throw new InputError('The file is empty. The first row must contain the column names.');
  }
  return { rows: rows(), header: () => header };
}

function parseHeader(cells: readonly string[], config: FieldConfig): Column[] {
  const names = cells.map(parseName);
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined)
    throw new InputError(`The column ${JSON.stringify(duplicate)} appears more than once.`);
  if (!names.includes('name'))
    throw new InputError('The column "name" is missing. The first row must contain the column names.');
  return names.map((name) => {
    const dotIndex = name.indexOf('.');
    const [category, field] = [name.slice(0, dotIndex), name.slice(dotIndex + 1)];
    if (name === 'name') return { name, field: name, type: 'text' };
    if (IGNORED_COLUMNS.includes(name)) return { name, field: '', type: 'unknown' };
    if (!CATEGORIES.some((name) => name === category) || field === '')
      throw new InputError(
        `The column ${JSON.stringify(name)} is neither "name" nor a field such as "demographic.city". Nothing was sent.`,
      );
    return { name, category, field, type: getCellType(config, category, field) };
  });
}

/** Parses a column name. An export writes a name with control characters as JSON. */
function parseName(cell: string): string {
  try {
    const name: unknown = cell.startsWith('"') ? JSON.parse(cell) : cell;
    return typeof name === 'string' ? name : cell;
  } catch {
    return cell;
  }
}

function parseRow(columns: readonly Column[], cells: readonly string[]): ParsedRow {
  const categories = new Map<string, Map<string, unknown>>();
  let name: unknown;
  for (const [index, { name: column, category, field, type }] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (Buffer.byteLength(cell) > MAX_FIELD_BYTES) return { reason: `${column}: is larger than 1 MiB` };
    if (field === '') continue;
    try {
      const value = parseCell(cell, type);
      if (value === undefined) continue;
      if (category === undefined) name = value;
      else categories.set(category, (categories.get(category) ?? new Map()).set(field, value));
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      return { reason: `${column}: ${error.message}` };
    }
  }
  const entries = [...categories].map(([category, fields]) => [category, Object.fromEntries(fields)]);
  return {
    persona: { ...(name !== undefined && { name }), ...Object.fromEntries(entries) } as PersonaCreate,
  };
}

function describeInvalidRecord({ raw, reason }: CsvRecord, columnCount: number, delimiter: string): string {
  if (reason !== undefined) return reason;
  const cells = splitCells(raw.toString('utf8'), delimiter);
  return cells ? `has ${cells.length} cells, but the header has ${columnCount}` : MISPLACED_QUOTE;
}
