import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { escapeControls } from '../core/safe-text.js';
import type { IncompleteReason, Persona, PersonaClient } from '../index.js';
import { ProgressBar } from './progress.js';
import { splitLines } from './rows/lines.js';
import type { Format } from './rows/types.js';
import { flattenFields, formatCsvHeader, formatCsvRow } from './rows/write-csv.js';

interface ExportOptions {
  /** `-` is standard output. */
  readonly path: string;
  readonly format: Format;
  readonly signal: AbortSignal;
  /** Whether to hide the progress. */
  readonly quiet: boolean;
}

/** The result of an export. */
interface ExportReport {
  readonly exported: number;
  /** Whether the export has every persona that the service counts. */
  readonly complete: boolean;
  /** Number of personas that the service counts but the export lacks. Absent if the export is complete. */
  readonly unseen?: number;
  /** Absent if the export is complete. */
  readonly incompleteReason?: IncompleteReason | undefined;
}

/** Writes all personas to a file or to standard output. The file appears when the export is complete. */
export async function exportRows(client: PersonaClient, options: ExportOptions): Promise<ExportReport> {
  const { path, format, signal, quiet } = options;
  const progress = new ProgressBar('Exporting');
  const iterator = client.personas.iterate({}, { signal });
  let exported = 0;
  const getProgress = () => ({ done: exported, total: Math.max(iterator.report.total, exported) });
  async function* iterateAndCount(): AsyncGenerator<Persona> {
    for await (const persona of iterator) {
      yield persona;
      exported += 1;
      if (!quiet) progress.update(getProgress());
    }
  }
  const partialPath = path === '-' ? undefined : `${path}.part`;
  const output: Writable =
    partialPath === undefined ? process.stdout : createWriteStream(partialPath, { mode: 0o600 });
  try {
    const chunks = FORMATTERS[format](iterateAndCount());
    const isTerminal = partialPath === undefined && process.stdout.isTTY;
    const source = Readable.from(isTerminal ? escapeChunks(chunks) : chunks);
    await pipeline(source, output, { end: partialPath !== undefined });
    if (partialPath !== undefined) await rename(partialPath, path);
  } catch (error) {
    if (partialPath !== undefined) await rm(partialPath, { force: true });
    throw error;
  }
  if (!quiet) progress.end(getProgress());
  const { complete, unseen, incompleteReason } = iterator.report;
  return { exported, complete, ...(!complete && { unseen, incompleteReason }) };
}

/** Escapes control characters for a terminal. A file keeps them, because the data must stay the same. */
async function* escapeChunks(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    const [, start = '', text = '', end = ''] = /^([[,]?\n?)(.*?)(\r?\n(?:\]\n)?)?$/s.exec(chunk) ?? [];
    yield `${start}${escapeControls(text)}${end}`;
  }
}

type Formatter = (personas: AsyncIterable<Persona>) => AsyncGenerator<string>;

const FORMATTERS: Readonly<Record<Format, Formatter>> = {
  ndjson: formatNdjson,
  json: formatJson,
  csv: formatCsv,
};

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
async function* formatCsv(personas: AsyncIterable<Persona>): AsyncGenerator<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-'));
  const spoolPath = join(folder, 'personas.ndjson');
  const columns = new Set<string>();
  async function* collectColumns(): AsyncGenerator<string> {
    for await (const persona of personas) {
      for (const name of flattenFields(persona).keys()) columns.add(name);
      yield `${JSON.stringify(persona)}\n`;
    }
  }
  try {
    await pipeline(collectColumns(), createWriteStream(spoolPath, { mode: 0o600 }));
    yield `${formatCsvHeader(columns)}\r\n`;
    for await (const { bytes } of splitLines(createReadStream(spoolPath)))
      yield `${formatCsvRow(JSON.parse(bytes.toString('utf8')), columns)}\r\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
