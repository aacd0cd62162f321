import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FieldConfig } from '../../index.js';
import { BadInput } from '../exit-codes.js';
import { csvRows } from './csv.js';
import { jsonRows } from './json.js';
import { asUtf8, linesOf } from './lines.js';
import { ndjsonRows } from './ndjson.js';
import type { Format, RowSource } from './types.js';

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  csv: 'csv',
  tsv: 'csv',
};

/** By `--format`, else by the file's extension. */
export function formatOf(path: string, given: Format | undefined): Format {
  const format = given ?? EXTENSIONS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
  if (format === undefined)
    throw new BadInput(`The format of ${path} does not show by its name: give --format ndjson, json or csv.`);
  return format;
}

/** Rows of a file, or of standard input (`-`). */
export async function readRows(path: string, format: Format, config: FieldConfig): Promise<RowSource> {
  let bytes = 0;
  const size = path === '-' ? undefined : (await orBadInput(stat(path))).size;
  const stream = path === '-' ? process.stdin : createReadStream(path);
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  const utf8 = asUtf8(chunks());
  const csv = format === 'csv' ? csvRows(linesOf(utf8), config) : undefined;
  const rows = csv?.rows ?? (format === 'json' ? jsonRows(utf8) : ndjsonRows(linesOf(utf8)));
  return {
    format,
    rows,
    bytesRead: () => bytes,
    head: () => csv?.head(),
    ...(size !== undefined && { size }),
  };
}

async function orBadInput<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
}
