import { EXIT } from './exit-codes.js';
import { getErrorCode, getExitCode } from './report-error.js';

/** Errors that every other id would cause, too. */
const FATAL_CODES: readonly string[] = [
  'unauthenticated',
  'credentials_rejected',
  'auth_unsupported',
  'aborted',
];

/** What happened to one id. */
export type IdOutcome<Result> =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: unknown };

/**
 * Runs `work` for each id, one after the other, and yields each outcome. Continues after an error, but ends after an error
 * that all other ids would cause, too.
 */
export async function* runForEachId<Result>(
  ids: readonly number[],
  work: (id: number) => Promise<Result>,
): AsyncGenerator<IdOutcome<Result>> {
  for (const id of new Set(ids))
    try {
      yield { id, result: await work(id) };
    } catch (error) {
      yield { id, error };
      if (FATAL_CODES.includes(getErrorCode(error))) return;
    }
}

/** Collects the outcomes of {@link runForEachId}. */
export async function collectOutcomes<Result>(
  outcomes: AsyncIterable<IdOutcome<Result>>,
): Promise<readonly IdOutcome<Result>[]> {
  const collected: IdOutcome<Result>[] = [];
  for await (const outcome of outcomes) collected.push(outcome);
  return collected;
}

/** Returns the exit code of several ids: interrupted, success, partial success, or that of the first error if all failed. */
export function getExitCodeOfAll(outcomes: readonly IdOutcome<unknown>[]): number {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const codes = errors.map(getExitCode);
  if (codes.includes(EXIT.interrupted)) return EXIT.interrupted;
  if (errors.length === 0) return EXIT.success;
  return errors.length === outcomes.length ? (codes[0] ?? EXIT.failure) : EXIT.partial;
}
