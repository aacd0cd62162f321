import { type CreateItem, createMany } from '../collections/index.js';
import { raceAbort } from '../core/abort.js';
import { escapeControls } from '../core/safe-text.js';
import {
  PersonaAbortError,
  type PersonaClient,
  type PersonaError,
  PersonaValidationError,
} from '../index.js';
import { checkFiles } from './check-files.js';
import { InterruptError } from './errors.js';
import { addProgress, doubtfulAdvice } from './import-advice.js';
import { colorize } from './output.js';
import { ProgressBar } from './progress.js';
import { describeItemError } from './report-error.js';
import { createDuplicateMarker } from './rows/duplicates.js';
import { readRows } from './rows/index.js';
import { checkRejectedPath, defaultRejectedPath, RejectedRowsFile } from './rows/rejected-rows.js';
import { type Format, isInvalid, type Row } from './rows/types.js';

interface ImportOptions {
  /** `-` is standard input. */
  readonly path: string;
  readonly format: Format;
  readonly signal: AbortSignal;
  readonly journalPath: string | undefined;
  readonly rejectedPath: string | undefined;
  readonly concurrency: number;
  readonly allowDuplicates: boolean;
  /** Whether to hide progress and problems. The caller prints the report, which contains the problems. */
  readonly json: boolean;
}

/** A row that was not applied. */
interface RowProblem {
  readonly row: number;
  readonly reason: string;
  /** Set if the persona may exist anyway. */
  readonly maybeApplied?: true;
}

/** The result of an import. */
export interface ImportReport {
  /** Personas created by this run and by earlier runs of the journal. */
  readonly created: number;
  /** The part of `created` that earlier runs of the journal created. */
  readonly resumed: number;
  readonly rejected: number;
  readonly failed: number;
  /** The rows of `failed` whose persona may exist. */
  readonly doubtful: readonly number[];
  /** What to do about the doubtful rows. Absent if there are none. */
  readonly advice?: string;
  /** Whether the import processed every row. */
  readonly complete: boolean;
  /** Why the import stopped early. Absent if it did not, or if the user interrupted it. */
  readonly stopError?: PersonaError;
  readonly rejectedFile?: string;
  /** The first 1,000 problems. */
  readonly problems: readonly RowProblem[];
}

const MAX_PRINTED_PROBLEMS = 20;
const MAX_REPORTED_PROBLEMS = 1_000;
/** Errors that would affect all remaining rows, too. They stop the import. */
const FATAL_CODES: readonly string[] = ['unauthenticated', 'credentials_rejected', 'forbidden'];
const REJECTION_CODES: readonly string[] = ['invalid_input', 'rejected_input'];

/** Creates personas from the rows of a file. Reports rows that fail, and writes rejected rows to a separate file. */
export async function importRows(client: PersonaClient, options: ImportOptions): Promise<ImportReport> {
  const { path, format, signal, concurrency, journalPath, json } = options;
  const rejectedPath = options.rejectedPath ?? defaultRejectedPath(path, format);
  checkFiles(
    [['input', path]],
    [
      ['journal', journalPath],
      ['lock of the journal', journalPath && `${journalPath}.lock`],
      ['file of rejected rows', rejectedPath],
    ],
  );
  if (options.rejectedPath !== undefined) await checkRejectedPath(options.rejectedPath);
  const config = await beforeWriting(client.fieldConfig.get(undefined, undefined, { signal }), signal);
  using source = await readRows(path, format, config);
  const rows = source.rows[Symbol.asyncIterator]();
  const firstRow = await beforeWriting(rows.next(), signal); // an invalid header leaves no journal
  const rejectedRows = new RejectedRowsFile(rejectedPath, source, options.rejectedPath !== undefined);
  const progress = new ProgressBar('Importing');
  const pendingRows: Row[] = [];
  const problems: RowProblem[] = [];
  const doubtful: number[] = [];
  const counts = { rejected: 0, failed: 0 };
  const markDuplicate = options.allowDuplicates ? (row: Row) => row : createDuplicateMarker();

  let hasStarted = false;
  async function* items(): AsyncGenerator<CreateItem> {
    hasStarted = true; // the journal is open
    for (let next = firstRow; !next.done; next = await rows.next()) {
      const row = markDuplicate(next.value);
      pendingRows.push(row);
      yield isInvalid(row) ? invalidRowError(row.reason) : row.persona;
    }
  }

  async function recordProblem(row: Row, error: PersonaError): Promise<void> {
    const isRejected = REJECTION_CODES.includes(error.code);
    counts[isRejected ? 'rejected' : 'failed'] += 1;
    if (error.maybeApplied) doubtful.push(row.number);
    const isUnsent = error === run.summary.stopError && error.attempts === 0;
    const reason = isInvalid(row) ? row.reason : isUnsent ? 'was not sent' : describeError(error);
    if (problems.length < MAX_REPORTED_PROBLEMS)
      problems.push({ row: row.number, reason, ...(error.maybeApplied && { maybeApplied: true }) });
    if (isRejected) await rejectedRows.add(row);
    if (!json) printProblem(row.number, reason);
  }

  function printProblem(rowNumber: number, reason: string): void {
    const count = counts.rejected + counts.failed;
    if (count <= MAX_PRINTED_PROBLEMS)
      progress.log(`${colorize('yellow', `row ${rowNumber}`, process.stderr)}: ${escapeControls(reason)}`);
    else if (count === MAX_PRINTED_PROBLEMS + 1)
      progress.log(`Further problems are not shown. --json reports the first ${MAX_REPORTED_PROBLEMS}.`);
  }

  const { fileJournal } = await import('../node/index.js');
  const run = createMany(client, items(), {
    concurrency,
    signal,
    ...(journalPath !== undefined && { journal: fileJournal(journalPath) }),
  });
  let fraction = path === '-' ? undefined : 0;
  let fatalError: PersonaError | undefined;
  const getProgress = () => ({
    done: run.summary.succeeded + counts.rejected + counts.failed,
    fraction,
    note: formatCounts(counts),
  });
  try {
    for await (const result of run) {
      const row = pendingRows.shift();
      fraction = row?.fraction;
      if (row && !result.ok) await recordProblem(row, result.error);
      if (!json) progress.update(getProgress());
      if (result.ok || !FATAL_CODES.includes(result.error.code)) continue;
      fatalError = result.error;
      break;
    }
    if (run.summary.complete && fraction !== undefined) fraction = 1; // empty lines may follow the last row
  } catch (error) {
    if (!(error instanceof PersonaAbortError && signal.aborted))
      throw hasStarted ? addProgress(error, run.summary, journalPath) : error;
  } finally {
    if (!json) progress.end(getProgress());
    await rejectedRows.close();
  }
  const { succeeded: created, resumed, complete } = run.summary;
  const stopError = fatalError ?? run.summary.stopError;
  const rejectedFile = rejectedRows.createdPath;
  return {
    created,
    resumed,
    ...counts,
    doubtful,
    ...(doubtful.length > 0 && { advice: doubtfulAdvice(journalPath) }),
    complete: complete && !fatalError,
    ...(stopError && { stopError }),
    ...(rejectedFile !== undefined && { rejectedFile }),
    problems,
  };
}

/** Awaits work that happens before the first write. */
async function beforeWriting<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await raceAbort(work, signal);
  } catch (error) {
    throw signal.aborted ? new InterruptError('Interrupted. Nothing was sent.') : error;
  }
}

const invalidRowError = (reason: string) =>
  new PersonaValidationError(`The row ${reason}.`, { issues: [{ path: [], message: reason }] });

const describeError = (error: PersonaError): string =>
  error instanceof PersonaValidationError
    ? error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
    : describeItemError(error);

const formatCounts = ({ rejected, failed }: { rejected: number; failed: number }): string | undefined =>
  [rejected && `${rejected} rejected`, failed && `${failed} failed`].filter(Boolean).join(', ') || undefined;
