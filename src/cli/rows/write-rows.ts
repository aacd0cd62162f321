import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Persona } from '../../index.js';
import { toWriteError } from '../system-errors.js';
import { splitLines } from './lines.js';
import type { Format } from './types.js';
import { flattenFields, formatCsvHeader, formatCsvRow } from './write-csv.js';

/** Formats personas as the text of a file. */
export function formatRows(personas: AsyncIterable<Persona>, format: Format): AsyncIterable<string> {
  if (format === 'ndjson') return formatNdjson(personas);
  if (format === 'json') return formatJson(personas);
  return formatCsv(personas, format === 'tsv' ? '\t' : ',');
}

async function* formatNdjson(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  for await (const persona of personas) yield `${JSON.stringify(persona)}\n`;
}

async function* formatJson(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const persona of personas) {
    yield `${separator}${JSON.stringify(persona)}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** Formats CSV. Writes the personas to a private file first, because the last persona may still add columns. */
async function* formatCsv(personas: AsyncIterable<Persona>, delimiter: string): AsyncGenerator<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-')).catch(throwSpoolError);
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeNow); // a second Ctrl-C skips `finally`
  const spoolPath = join(folder, 'personas.ndjson');
  const columns = new Set<string>();
  async function* collectColumns(): AsyncGenerator<string> {
    for await (const persona of personas) {
      for (const name of flattenFields(persona).keys()) columns.add(name);
      yield `${JSON.stringify(persona)}\n`;
    }
  }
  try {
    await pipeline(collectColumns(), createWriteStream(spoolPath, { mode: 0o600 })).catch(throwSpoolError);
    yield `${formatCsvHeader(columns, delimiter)}\r\n`;
    for await (const { bytes } of splitLines(createReadStream(spoolPath)))
      yield `${formatCsvRow(JSON.parse(bytes.toString('utf8')), columns, delimiter)}\r\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
    process.off('exit', removeNow);
  }
}

function throwSpoolError(error: unknown): never {
  throw toWriteError(`a temporary file in ${tmpdir()}`, error);
}
