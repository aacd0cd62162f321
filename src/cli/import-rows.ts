import { createHash } from 'node:crypto';
import { type CreateItem, createMany } from '../collections/index.js';
import {
  PersonaAbortError,
  type PersonaClient,
  type PersonaError,
  PersonaValidationError,
} from '../index.js';
import { ProgressReport } from './progress.js';
import { readRows } from './rows/read.js';
import { RejectedRows, rejectedPath } from './rows/rejected.js';
import type { Format, Row } from './rows/types.js';
import { coloured, shown } from './terminal.js';

interface ImportOptions {
  readonly path: string;
  readonly format: Format;
  readonly signal: AbortSignal;
  readonly journalPath: string | undefined;
  readonly rejected: string | undefined;
  readonly concurrency: number;
  readonly allowDuplicates: boolean;
  readonly json: boolean;
}

/** A row that was not applied. */
interface Trouble {
  readonly row: number;
  readonly reason: string;
  /** It may be there all the same. */
  readonly maybeApplied?: true;
}

/** How an import went. */
export interface ImportReport {
  readonly created: number;
  /** Of these, by an earlier run of the journal. */
  readonly resumed: number;
  readonly rejected: number;
  readonly failed: number;
  /** Every row was dealt with. */
  readonly complete: boolean;
  readonly rejectedFile?: string;
  /** The first thousand. */
  readonly troubles: readonly Trouble[];
}

const TROUBLES_SAID = 20;
const TROUBLES_KEPT = 1_000;
/** Who is not let in once is not let in with the next row either. */
const HOPELESS: readonly string[] = ['unauthenticated', 'credentials_rejected', 'forbidden'];
const BAD_ROW: readonly string[] = ['invalid_input', 'rejected_input'];

/** Create personas from the rows of a file; what cannot be imported is named, and written to a file of its own. */
export async function importRows(client: PersonaClient, options: ImportOptions): Promise<ImportReport> {
  const { path, format, signal, concurrency, journalPath } = options;
  const source = await readRows(path, format, await client.fieldConfig.get());
  const rejected = new RejectedRows(options.rejected ?? rejectedPath(path, format), source);
  const progress = new ProgressReport('Importing');
  const waiting: Row[] = [];
  const troubles: Trouble[] = [];
  const counts = { rejected: 0, failed: 0 };
  const isRepeated = options.allowDuplicates ? () => undefined : repetitions();

  async function* items(): AsyncGenerator<CreateItem> {
    for await (const row of source.rows) {
      const of = 'persona' in row ? isRepeated(row) : undefined;
      const known: Row =
        of === undefined ? row : { row: row.row, raw: row.raw, reason: `is the same as row ${of}` };
      waiting.push(known);
      yield 'persona' in known ? known.persona : unreadable(known.reason);
    }
  }

  async function trouble(row: Row, error: PersonaError): Promise<void> {
    const isBad = BAD_ROW.includes(error.code);
    counts[isBad ? 'rejected' : 'failed'] += 1;
    const reason = 'reason' in row ? row.reason : reasonOf(error);
    if (troubles.length < TROUBLES_KEPT)
      troubles.push({ row: row.row, reason, ...(error.maybeApplied && { maybeApplied: true }) });
    if (isBad) await rejected.add(row);
    const nth = counts.rejected + counts.failed;
    if (options.json || nth > TROUBLES_SAID + 1) return;
    progress.say(
      nth > TROUBLES_SAID
        ? '… and more: --json names them all'
        : `${coloured('yellow', `row ${row.row}`, process.stderr)}: ${shown(reason)}`,
    );
  }

  const { fileJournal } = await import('../node/index.js');
  const run = createMany(client, items(), {
    concurrency,
    signal,
    ...(journalPath !== undefined && { journal: fileJournal(journalPath) }),
  });
  const state = () => ({
    done: run.summary.done,
    share: source.size === undefined ? undefined : source.size === 0 ? 1 : source.bytesRead() / source.size,
    aside: aside(counts),
  });
  try {
    for await (const result of run) {
      const row = waiting.shift();
      if (row && !result.ok) await trouble(row, result.error);
      if (!result.ok && HOPELESS.includes(result.error.code)) throw result.error;
      if (!options.json) progress.update(state());
    }
  } catch (error) {
    if (!(error instanceof PersonaAbortError && signal.aborted)) throw error;
  } finally {
    if (!options.json) progress.end(state());
    await rejected.close();
  }
  const { done: created, resumed, complete } = run.summary;
  return {
    created,
    resumed,
    ...counts,
    complete,
    ...(rejected.any && { rejectedFile: rejected.path }),
    troubles,
  };
}

const unreadable = (reason: string) =>
  new PersonaValidationError(`The row ${reason}.`, { issues: [{ path: [], message: reason }] });

const reasonOf = (error: PersonaError): string =>
  error instanceof PersonaValidationError
    ? error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
    : error.message;

const aside = ({ rejected, failed }: { rejected: number; failed: number }): string | undefined =>
  [rejected && `${rejected} rejected`, failed && `${failed} failed`].filter(Boolean).join(', ') || undefined;

/** Which earlier row a row repeats. A few bytes are kept of each, so that a file may be larger than memory. */
function repetitions(): (row: Row) => number | undefined {
  const seen = new Map<string, number>();
  return ({ raw, row }) => {
    const digest = createHash('sha256').update(raw).digest('base64').slice(0, 16);
    const first = seen.get(digest);
    if (first === undefined) seen.set(digest, row);
    return first;
  };
}
