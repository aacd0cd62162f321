import type { PersonaError } from '../../core/errors/index.js';

const FIRST_POLL_DELAY_MS = 100;
const MAX_POLL_DELAY_MS = 5_000;
/** A page can lack a row for a moment, because the service counts and reads rows in two steps. */
const MAX_INCONCLUSIVE_SEARCHES = 3;
const MAX_SERVER_ERRORS = 2;

/** What one search for a lost write found. */
export type Finding<Match> =
  | { readonly outcome: 'found'; readonly match: Match }
  /** The pages were complete, and no row matches. The search may still miss a row that moves between two pages. */
  | { readonly outcome: 'absent'; readonly pagesRead: number }
  /** The search found nothing, but may have missed a row. The reason is a clause, such as `the list repeats a page`. */
  | { readonly outcome: 'inconclusive'; readonly reason: string };

interface LostWrite<Match> {
  readonly search: () => Promise<Finding<Match>>;
  /** When the service can no longer apply the write, by `monotonicNow()`. */
  readonly windowEndsAt: number;
  /** When to give up the search, by `monotonicNow()`. */
  readonly giveUpAt: number;
  /** Returns why the search failed. Rethrows an error that ends the call or the run. */
  readonly onSearchError: (error: unknown) => string;
  readonly onSearch?: (isFound: boolean, delayMs: number) => void;
  readonly delay: (ms: number) => Promise<void>;
  readonly monotonicNow: () => number;
}

/**
 * Searches with increasing delays for a write whose outcome is unknown.
 *
 * Ends with a match, after the late-write window, or before a search that would start too late. Repeats a search that fails.
 */
export async function findLostWrite<Match>({
  search,
  windowEndsAt,
  giveUpAt,
  onSearchError,
  onSearch,
  delay,
  monotonicNow,
}: LostWrite<Match>): Promise<Finding<Match>> {
  let absentSearches = 0;
  let inconclusiveSearches = 0;
  for (let backoffMs = FIRST_POLL_DELAY_MS; ; backoffMs = Math.min(2 * backoffMs, MAX_POLL_DELAY_MS)) {
    const isWindowOver = monotonicNow() >= windowEndsAt;
    let hasFailed = false;
    const finding = await search().catch((error: unknown): Finding<never> => {
      hasFailed = true;
      return { outcome: 'inconclusive', reason: onSearchError(error) };
    });
    const { outcome } = finding;
    let isDone = outcome === 'found';
    let nextSearchAt = monotonicNow() + backoffMs;
    if (!isWindowOver && !hasFailed) nextSearchAt = Math.min(nextSearchAt, windowEndsAt);
    else if (outcome === 'absent') {
      isDone = finding.pagesRead <= 1 || ++absentSearches > 1; // one search may miss a row that moves between pages
      nextSearchAt = 0;
    } else if (!hasFailed) {
      isDone ||= ++inconclusiveSearches === MAX_INCONCLUSIVE_SEARCHES;
      nextSearchAt = monotonicNow() + FIRST_POLL_DELAY_MS;
    }
    const delayMs = Math.max(0, nextSearchAt - monotonicNow());
    onSearch?.(outcome === 'found', isDone ? 0 : delayMs);
    if (isDone) return finding;
    if (nextSearchAt > giveUpAt) return outcome === 'inconclusive' ? finding : OUT_OF_TIME;
    await delay(delayMs);
  }
}

const OUT_OF_TIME = { outcome: 'inconclusive', reason: 'there was not enough time to search' } as const;

/** Whether the service, or a proxy in front of it, responded with 5xx. The outcome of the write is then unknown. */
export const isServerError = (error: PersonaError): boolean => error.code === 'server_error';

/** Whether a write may be sent again. A service that fails twice may store the row each time, and hide it. */
export const mayRepeat = (finding: Finding<unknown>, serverErrors: number): boolean =>
  finding.outcome === 'absent' && serverErrors < MAX_SERVER_ERRORS;

/** Copies the error of the last attempt, for a write whose outcome stays unknown. Adds a note, and sets `maybeApplied`. */
export function toUnknownOutcomeError(error: PersonaError, note: string): PersonaError {
  const ErrorClass = error.constructor as new (message: string, details: object) => PersonaError;
  return new ErrorClass(`${error.message} ${note}`, {
    ...error.toJSON(),
    maybeApplied: true,
    cause: error.cause,
  });
}

export const describeFinding = (finding: Finding<unknown>): string =>
  finding.outcome === 'inconclusive'
    ? `A search for the persona was inconclusive: ${finding.reason}. The client does not create it again. Look for it in the service's database first.`
    : 'A search did not find the persona, although the list is complete. Find out why the service failed, then search again before you create it again.';
