import type { PersonaCreate } from '../../index.js';

export type Format = 'ndjson' | 'json' | 'csv';
export const FORMATS: readonly Format[] = ['ndjson', 'json', 'csv'];

/** A field, or a line, larger than this is taken for a mistake. */
export const MAX_FIELD_BYTES = 1024 * 1024;

/** One row of a file: what it stands for, or why it cannot be read. */
export type Row = {
  /** From 1, as a spreadsheet or an editor shows it; a CSV's header is row 1. */
  readonly row: number;
  /** As it stands in the file, without the end of its line. */
  readonly raw: Buffer;
} & ({ readonly persona: PersonaCreate } | { readonly reason: string });

/** A file being read. */
export interface RowSource {
  readonly format: Format;
  readonly rows: AsyncIterable<Row>;
  /** Of the file, in bytes, where there is one. */
  readonly size?: number;
  /** Bytes of it that were read so far. */
  bytesRead(): number;
  /** What the file of rejected rows begins with. */
  head(): Buffer | undefined;
}
