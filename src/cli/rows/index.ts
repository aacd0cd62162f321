/* Reads and writes files of personas: NDJSON, JSON and CSV. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FieldConfig } from '../../index.js';
import { InputError } from '../exit-codes.js';
import { toUtf8 } from './encoding.js';
import { splitLines } from './lines.js';
import { readCsvRows } from './read-csv.js';
import { readJsonRows } from './read-json.js';
import { readNdjsonRows } from './read-ndjson.js';
import type { Format, RowSource } from './types.js';

const FORMAT_BY_EXTENSION = new Map<string, Format>([
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
]);

/**
 * Returns the format that `--format` specifies, else the format of the file extension.
 *
 * @throws {InputError} if the extension is unknown.
 */
export function detectFormat(path: string, formatOption: Format | undefined): Format {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const format = formatOption ?? FORMAT_BY_EXTENSION.get(extension);
  if (format === undefined)
    throw new InputError(
      `Cannot detect the format of ${path} by its extension. Pass --format ndjson, json or csv.`,
    );
  return format;
}

/**
 * Reads the rows of a file, or of standard input if `path` is `-`.
 *
 * @throws {InputError} if the file does not exist or is not accessible.
 */
export async function readRows(path: string, format: Format, config: FieldConfig): Promise<RowSource> {
  let bytesRead = 0;
  const totalBytes = path === '-' ? undefined : await getFileSizeBytes(path);
  const stream = path === '-' ? process.stdin : createReadStream(path);
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytesRead += chunk.length;
      yield chunk;
    }
  }
  const utf8 = toUtf8(chunks());
  const csv = format === 'csv' ? readCsvRows(splitLines(utf8), config) : undefined;
  return {
    rows: csv?.rows ?? (format === 'json' ? readJsonRows(utf8) : readNdjsonRows(splitLines(utf8))),
    readFraction: () =>
      totalBytes === undefined ? undefined : totalBytes === 0 ? 1 : bytesRead / totalBytes,
    header: () => csv?.header(),
  };
}

async function getFileSizeBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw new InputError((error as Error).message);
  }
}
