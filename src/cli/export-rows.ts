import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { escapeControls } from '../core/safe-text.js';
import type { IncompleteReason, InvalidField, Persona, PersonaClient } from '../index.js';
import { InterruptError } from './errors.js';
import { writeOutputFile } from './output-file.js';
import { ProgressBar } from './progress.js';
import type { Format } from './rows/types.js';
import { formatRows } from './rows/write-rows.js';

interface ExportOptions {
  /** `-` is standard output. */
  readonly path: string;
  readonly format: Format;
  /** Whether to start with a byte order mark. */
  readonly bom: boolean;
  readonly signal: AbortSignal;
  /** Whether to hide the progress. */
  readonly quiet: boolean;
  /** Exports only personas that were updated since this time. */
  readonly since: string | undefined;
  /** Called for each exported persona. */
  readonly onExported: (persona: Persona) => void;
}

/** The result of an export. */
interface ExportReport {
  readonly exported: number;
  /** Whether the export has every persona that the service counts, with all its fields. */
  readonly complete: boolean;
  /** Number of personas that the service counts but the export lacks. Absent if the export has every persona. */
  readonly unseen?: number;
  /** Why the export lacks personas. Absent if it has every persona. */
  readonly incompleteReason?: IncompleteReason | undefined;
  /**
   * Number of fields that the export lacks, because their stored values break the contract. Counts at most 20 fields of each page
   * of 100 personas. Absent if there are none.
   */
  readonly omittedFields?: number;
  /** The time for the option `--since` of the next export. Absent if the service has no personas. */
  readonly nextUpdatedSince?: string;
}

/** Writes all personas to a file or to standard output. A regular file appears when the export is complete. */
export async function exportRows(client: PersonaClient, options: ExportOptions): Promise<ExportReport> {
  const { path, format, bom, signal, quiet, since, onExported } = options;
  const progress = new ProgressBar('Exporting');
  const omittedFields = new Set<string>(); // the iteration may read a persona several times
  const onInvalidFields = (fields: readonly InvalidField[]) => {
    for (const { personaId, path, omitted } of fields)
      if (omitted === 'field') omittedFields.add(JSON.stringify([personaId, ...path]));
  };
  const requestOptions = { signal, onInvalidFields, priority: 'background' } as const;
  const iterator = client.personas.iterate({ updatedSince: since }, requestOptions);
  let exported = 0;
  const getProgress = () => ({
    done: exported,
    total: since ? exported : Math.max(iterator.report.total, exported),
  });
  async function* iterateAndCount(): AsyncGenerator<Persona> {
    for await (const persona of iterator) {
      yield persona;
      exported += 1;
      onExported(persona);
      if (!quiet) progress.update(getProgress());
    }
  }
  const chunks = formatRows(iterateAndCount(), format);
  try {
    const text = bom ? addByteOrderMark(chunks) : chunks;
    if (path === '-') await writeToStdout(text);
    else await writeOutputFile({ path, mode: 0o600 }, text, signal);
  } catch (error) {
    progress.clear();
    throw signal.aborted ? new InterruptError('Interrupted. The export is not complete.') : error;
  }
  if (!quiet) progress.end(getProgress());
  const { complete: hasAllPersonas, unseen, incompleteReason, nextUpdatedSince } = iterator.report;
  return {
    exported,
    complete: hasAllPersonas && omittedFields.size === 0,
    ...(!hasAllPersonas && { unseen, incompleteReason }),
    ...(omittedFields.size > 0 && { omittedFields: omittedFields.size }),
    ...(nextUpdatedSince !== undefined && { nextUpdatedSince }),
  };
}

const writeToStdout = (text: AsyncIterable<string>): Promise<void> =>
  pipeline(Readable.from(process.stdout.isTTY ? escapeChunks(text) : text), process.stdout, { end: false });

async function* addByteOrderMark(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  yield '\ufeff';
  yield* chunks;
}

/** Escapes control characters for a terminal. A file keeps them, because the data must stay the same. */
async function* escapeChunks(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    const [, start = '', text = '', end = ''] = /^([[,]?\n?)(.*?)(\r?\n(?:\]\n)?)?$/s.exec(chunk) ?? [];
    yield `${start}${escapeControls(text)}${end}`;
  }
}
