import type { PersonaCreate } from '../../index.js';

export type Format = 'ndjson' | 'json' | 'csv';
export const FORMATS: readonly Format[] = ['ndjson', 'json', 'csv'];

/** Maximum size of a CSV field, an NDJSON line or a JSON item. A larger one is probably a mistake, so its row is invalid. */
export const MAX_FIELD_BYTES = 1024 * 1024;

interface RawRow {
  /** Starts at 1. CSV: the row in a spreadsheet, so the header is row 1. NDJSON: the line. JSON: the position in the list. */
  readonly number: number;
  /** The bytes in the file, without the line ending. For JSON, the serialized item. */
  readonly raw: Buffer;
}

interface ParsedPersona {
  readonly persona: PersonaCreate;
}

interface ParseFailure {
  /** A predicate such as `is not valid JSON`. */
  readonly reason: string;
}

export type ParsedRow = ParsedPersona | ParseFailure;
type UnparsableRow = RawRow & ParseFailure;

/** One row of a file: a persona, or the reason why the row is invalid. */
export type Row = (RawRow & ParsedPersona) | UnparsableRow;

export const isInvalid = (row: Row): row is UnparsableRow => 'reason' in row;

/** A source of rows, such as a file or standard input. */
export interface RowSource {
  readonly rows: AsyncIterable<Row>;
  /** Fraction of the file that was read, from 0 to 1; `undefined` for standard input. */
  readFraction(): number | undefined;
  /** Returns the header of a CSV file, which the file of rejected rows repeats. */
  header(): Buffer | undefined;
}
