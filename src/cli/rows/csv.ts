import { parse } from 'csv-parse/sync';
import type { FieldConfig, PersonaCreate } from '../../index.js';
import { BadInput } from '../exit-codes.js';
import { type Kind, kindOf, valueIn } from './cell.js';
import { decoded, type Line, withoutReturn } from './lines.js';
import { MAX_FIELD_BYTES, type Row } from './types.js';

const CATEGORIES: readonly string[] = ['demographic', 'psychographic', 'behavioral', 'contextual'];
/** Columns of an export that a new persona is given anew. */
const IGNORED: readonly string[] = ['id', 'created_at', 'updated_at'];
const QUOTE = 0x22;
const NOT_CLOSED = 'has a quotation mark that is not closed';

interface Column {
  readonly name: string;
  readonly category?: string;
  readonly field: string;
  readonly kind: Kind;
}

export interface CsvRows {
  readonly rows: AsyncIterable<Row>;
  head(): Buffer | undefined;
}

/** A CSV with a header of `name` and `category.field`. */
export function csvRows(lines: AsyncIterable<Line>, config: FieldConfig): CsvRows {
  let head: Buffer | undefined;
  async function* rows(): AsyncGenerator<Row> {
    let columns: readonly Column[] | undefined;
    let delimiter = ',';
    let row = 0;
    for await (const record of recordsOf(lines, (text) => {
      const cells = cellsOf(text, columns ? delimiter : delimiterOf(text));
      return columns && cells && cells.length !== columns.length ? undefined : cells;
    })) {
      const { raw, cells, reason } = record;
      if (raw.length === 0) continue;
      row += 1;
      if (!columns) {
        if (!cells) throw new BadInput(`The header ${reason}.`);
        head = raw;
        delimiter = delimiterOf(raw.toString('utf8'));
        columns = columnsOf(cells, config);
      } else if (!cells) yield { row, raw, reason: reasonOf(raw, reason, columns.length, delimiter) };
      else yield { row, raw, ...read(columns, cells) };
    }
    if (!columns) throw new BadInput('The file is empty: the first row must name the columns.');
  }
  return { rows: rows(), head: () => head };
}

function columnsOf(names: readonly string[], config: FieldConfig): Column[] {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new BadInput(`The column ${JSON.stringify(twice)} is there twice.`);
  if (!names.includes('name'))
    throw new BadInput('There is no column "name": the first row must name the columns.');
  return names.map((name) => {
    const [category = '', field = ''] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    if (name === 'name') return { name, field: name, kind: 'text' };
    if (IGNORED.includes(name)) return { name, field: '', kind: 'unknown' };
    if (!CATEGORIES.includes(category) || field === '')
      throw new BadInput(
        `The column ${JSON.stringify(name)} is neither "name" nor a field as in "demographic.city". Nothing was sent.`,
      );
    return { name, category, field, kind: kindOf(config, category, field) };
  });
}

function read(
  columns: readonly Column[],
  cells: readonly string[],
): { persona: PersonaCreate } | { reason: string } {
  const parts = new Map<string, Map<string, unknown>>();
  let name: unknown;
  for (const [at, { name: column, category, field, kind }] of columns.entries()) {
    const cell = cells[at] ?? '';
    if (Buffer.byteLength(cell) > MAX_FIELD_BYTES) return { reason: `${column}: is larger than 1 MiB` };
    if (field === '') continue;
    try {
      const value = valueIn(cell, kind);
      if (value === undefined) continue;
      if (category === undefined) name = value;
      else parts.set(category, (parts.get(category) ?? new Map()).set(field, value));
    } catch {
      return { reason: `${column}: begins as JSON and is none` };
    }
  }
  const categories = [...parts].map(([category, fields]) => [category, Object.fromEntries(fields)]);
  return {
    persona: { ...(name !== undefined && { name }), ...Object.fromEntries(categories) } as PersonaCreate,
  };
}

interface CsvRecord {
  readonly raw: Buffer;
  readonly cells?: readonly string[];
  readonly reason?: string;
}

/**
 * Lines put together to records: one goes on while a quotation mark is open. Where that gives nothing sensible, the
 * first line alone is given up, and the record begins anew with the next: one stray mark costs one row.
 */
async function* recordsOf(
  lines: AsyncIterable<Line>,
  cellsIn: (text: string) => readonly string[] | undefined,
): AsyncGenerator<CsvRecord> {
  let open: Buffer[] = [];
  let size = 0;
  let marks = 0;
  const take = function* (first: Buffer): Generator<CsvRecord> {
    const again = [first];
    for (let bytes = again.shift(); bytes; bytes = again.shift()) {
      open.push(bytes);
      size += bytes.length + 1;
      marks += marksIn(bytes);
      if (marks % 2 === 1 && size <= 2 * MAX_FIELD_BYTES + 65_536) continue;
      const record = marks % 2 === 0 ? whole(open) : { raw: Buffer.concat(open), reason: NOT_CLOSED };
      if (record.cells || open.length === 1) yield record;
      else {
        yield { raw: withoutReturn(open[0] ?? bytes), reason: NOT_CLOSED };
        again.unshift(...open.slice(1));
      }
      [open, size, marks] = [[], 0, 0];
    }
  };
  const whole = (parts: readonly Buffer[]): CsvRecord => {
    const raw = withoutReturn(Buffer.from(parts.map((part) => part.toString('latin1')).join('\n'), 'latin1'));
    const text = decoded(raw);
    if ('reason' in text) return { raw, reason: text.reason };
    const cells = cellsIn(text.text);
    return cells ? { raw, cells } : { raw };
  };
  for await (const { bytes } of lines) yield* take(bytes);
  while (open.length > 0) {
    const [first = Buffer.alloc(0), ...rest] = open;
    [open, size, marks] = [[], 0, 0];
    yield { raw: withoutReturn(first), reason: NOT_CLOSED };
    for (const bytes of rest) yield* take(bytes);
  }
}

function marksIn(bytes: Buffer): number {
  let marks = 0;
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) marks += 1;
  return marks;
}

/** The cells of one record; nothing where its quotation marks stand in the wrong places. */
function cellsOf(text: string, delimiter: string): readonly string[] | undefined {
  if (text === '') return [''];
  try {
    const records = parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\u0000'] });
    return records.length === 1 ? records[0] : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(raw: Buffer, reason: string | undefined, wanted: number, delimiter: string): string {
  if (reason !== undefined) return reason;
  const cells = cellsOf(raw.toString('utf8'), delimiter);
  return cells
    ? `has ${cells.length} cells where the header has ${wanted}`
    : 'has a quotation mark in the wrong place';
}

/** Spreadsheets of some countries write semicolons. */
function delimiterOf(header: string): string {
  const counts = [',', ';', '\t'].map((mark) => [mark, header.split(mark).length] as const);
  return counts.reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}
