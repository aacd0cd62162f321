import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Persona, PersonaClient } from '../index.js';
import { ProgressReport } from './progress.js';
import { linesOf } from './rows/lines.js';
import type { Format } from './rows/types.js';
import { columnsOf, headOf, rowOf } from './rows/write-csv.js';

interface ExportOptions {
  readonly path: string;
  readonly format: Format;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
}

/** How an export went. */
export interface ExportReport {
  readonly exported: number;
  /** Every persona that was there throughout is in it. */
  readonly complete: boolean;
}

/** All personas into a file, which appears when it is whole; or to standard output. */
export async function exportRows(client: PersonaClient, options: ExportOptions): Promise<ExportReport> {
  const { path, format, signal, quiet } = options;
  const { total } = await client.personas.list({ perPage: 1 }, { cache: 'no-store', signal });
  const progress = new ProgressReport('Exporting');
  const walk = client.personas.iterate({}, { signal });
  let exported = 0;
  async function* personas(): AsyncGenerator<Persona> {
    for await (const persona of walk) {
      yield persona;
      exported += 1;
      if (!quiet) progress.update({ done: exported, total: Math.max(total, exported) });
    }
  }
  const part = path === '-' ? undefined : `${path}.part`;
  const sink: Writable = part === undefined ? process.stdout : createWriteStream(part, { mode: 0o600 });
  try {
    await pipeline(Readable.from(textIn(format, personas())), sink, { end: part !== undefined });
    if (part !== undefined) await rename(part, path);
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true });
    throw error;
  }
  if (!quiet) progress.end({ done: exported, total: Math.max(total, exported) });
  return { exported, complete: walk.report.complete };
}

function textIn(format: Format, personas: AsyncGenerator<Persona>): AsyncGenerator<string> {
  if (format === 'csv') return csv(personas);
  return format === 'json' ? json(personas) : ndjson(personas);
}

async function* ndjson(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  for await (const persona of personas) yield `${JSON.stringify(persona)}\n`;
}

async function* json(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const persona of personas) {
    yield `${before}${JSON.stringify(persona)}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Which columns there are is known when all was read: until then the personas wait in a private file. */
async function* csv(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-'));
  const spool = join(folder, 'personas.ndjson');
  const columns = new Set<string>();
  async function* noted(): AsyncGenerator<string> {
    for await (const persona of personas) {
      for (const name of columnsOf(persona).keys()) columns.add(name);
      yield `${JSON.stringify(persona)}\n`;
    }
  }
  try {
    await pipeline(noted(), createWriteStream(spool, { mode: 0o600 }));
    yield `${headOf(columns)}\r\n`;
    for await (const { bytes } of linesOf(createReadStream(spool)))
      yield `${rowOf(JSON.parse(bytes.toString('utf8')), columns)}\r\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
