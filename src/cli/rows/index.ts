/* Reads and writes files of personas: NDJSON, JSON and CSV. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FieldConfig } from '../../index.js';
import { InputError } from '../errors.js';
import { toReadError } from '../system-errors.js';
import { toUtf8 } from './encoding.js';
import { splitLines } from './lines.js';
import { readCsvRows } from './read-csv.js';
import { readJsonRows } from './read-json.js';
import { readNdjsonRows } from './read-ndjson.js';
import { type Format, isCsv, type RowSource } from './types.js';

const FORMAT_BY_EXTENSION = new Map<string, Format>([
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
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
      `Cannot detect the format of ${path} by its extension. Pass --format ndjson, json, csv or tsv.`,
    );
  return format;
}

/**
 * Reads the rows of a file, or of standard input if `path` is `-`.
 *
 * @throws {InputError} if the file does not exist or is not accessible.
 */
export async function readRows(path: string, format: Format, config: FieldConfig): Promise<RowSource> {
  const totalBytes = path === '-' ? undefined : await getFileSizeBytes(path);
  const stream = path === '-' ? process.stdin : createReadStream(path);
  let bytesRead = 0;
  let utf8Bytes = 0;
  async function* readUtf8(): AsyncGenerator<Buffer> {
    for await (const chunk of toUtf8(countBytes(stream))) {
      utf8Bytes += chunk.length;
      yield chunk;
    }
  }
  async function* countBytes(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytesRead += chunk.length;
      yield chunk;
    }
  }
  // The offset is in UTF-8, the size may be in UTF-16.
  const toFraction = (endOffset: number) =>
    totalBytes && Math.min(1, ((endOffset / utf8Bytes) * bytesRead) / totalBytes);
  const csv = isCsv(format)
    ? readCsvRows(readUtf8(), { config, prefersTabs: format === 'tsv', toFraction })
    : undefined;
  const readJson = () =>
    format === 'json' ? readJsonRows(readUtf8()) : readNdjsonRows(splitLines(readUtf8()), toFraction);
  return {
    rows: csv?.rows ?? readJson(),
    header: () => csv?.header(),
    [Symbol.dispose]: () => void stream.destroy(),
  };
}

/** Returns `undefined` for an empty file, a device or a pipe. */
async function getFileSizeBytes(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() && stats.size > 0 ? stats.size : undefined;
  } catch (error) {
    throw new InputError((toReadError(path, error) as Error).message);
  }
}
