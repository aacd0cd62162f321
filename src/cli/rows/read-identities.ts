import { createReadStream } from 'node:fs';
import { parseIsoTime } from '../../core/iso-time.js';
import { InputError } from '../errors.js';
import { toReadError } from '../system-errors.js';
import { readCsvRecords } from './csv-records.js';
import { toUtf8 } from './encoding.js';
import { splitLines } from './lines.js';
import { readJsonRows } from './read-json.js';
import { readNdjsonRows } from './read-ndjson.js';
import { type Format, isCsv, isInvalid } from './types.js';

/** The id and the update time of the persona in a row of an export. */
export interface RowIdentity {
  readonly id: number;
  /** In milliseconds since the epoch. */
  readonly updatedMs: number;
}

/**
 * Reads the ids and update times of an export, in the order of the file.
 *
 * @throws {InputError} if the file cannot be read, or if a row has no id or no update time.
 */
export async function* readIdentities(path: string, format: Format): AsyncGenerator<RowIdentity, void, void> {
  const stream = createReadStream(path);
  try {
    const chunks = toUtf8(stream);
    const rows = isCsv(format) ? readCsvCells(chunks, format) : readObjects(chunks, format);
    for await (const { number, values } of rows) {
      const id = Number(values.id);
      const updatedMs = parseIsoTime(String(values.updated_at));
      if (!Number.isSafeInteger(id) || id < 1 || Number.isNaN(updatedMs))
        throw new InputError(
          `${path} is not an export: row ${number} has no id, or no updated_at with a time zone. Nothing was sent.`,
        );
      yield { id, updatedMs };
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError((toReadError(path, error) as Error).message);
  } finally {
    stream.destroy();
  }
}

interface RowValues {
  readonly number: number;
  readonly values: Readonly<Record<string, unknown>>;
}

async function* readObjects(chunks: AsyncIterable<Buffer>, format: Format): AsyncGenerator<RowValues> {
  const rows = format === 'json' ? readJsonRows(chunks) : readNdjsonRows(splitLines(chunks), () => undefined);
  for await (const row of rows)
    yield {
      number: row.number,
      values: isInvalid(row) ? {} : (row.persona as unknown as RowValues['values']),
    };
}

async function* readCsvCells(chunks: AsyncIterable<Buffer>, format: Format): AsyncGenerator<RowValues> {
  let header: readonly string[] | undefined;
  let number = 0;
  for await (const { content } of readCsvRecords(chunks, format === 'tsv')) {
    number += 1;
    const cells = 'reason' in content ? [] : content;
    if (header)
      yield { number, values: Object.fromEntries(header.map((name, index) => [name, cells[index]])) };
    else header = cells.map((name) => name.trim().toLowerCase());
  }
}
