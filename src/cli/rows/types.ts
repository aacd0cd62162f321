import type { PersonaCreate } from '../../index.js';

/** `csv` has commas, `tsv` has tabs between the cells. An import detects the delimiter of both. */
export type Format = 'ndjson' | 'json' | 'csv' | 'tsv';
export const FORMATS: readonly Format[] = ['ndjson', 'json', 'csv', 'tsv'];

/** Whether a file of this format has a header. */
export const isCsv = (format: Format): boolean => format === 'csv' || format === 'tsv';

/** Maximum size of a CSV field, an NDJSON line or a JSON item. A larger one is probably a mistake, so its row is invalid. */
export const MAX_FIELD_BYTES = 1024 * 1024;

interface RawRow {
  /** Starts at 1. CSV: the row in a spreadsheet, so the header is row 1. NDJSON: the line. JSON: the position in the list. */
  readonly number: number;
  /** The bytes in the file, without the line ending. For JSON, the serialized item. */
  readonly raw: Buffer;
  /** The part of the file up to the end of the row, from 0 to 1; `undefined` if the size of the file is unknown. */
  readonly fraction: number | undefined;
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

/** Converts an offset in the UTF-8 text of a file into {@link RawRow.fraction}. */
export type ToFraction = (endOffset: number) => number | undefined;

/** A source of rows, such as a file or standard input. Disposing it stops reading, so that the process can end. */
export interface RowSource extends Disposable {
  readonly rows: AsyncIterable<Row>;
  /** Returns the header of a CSV file, which the file of rejected rows repeats. */
  header(): Buffer | undefined;
}
