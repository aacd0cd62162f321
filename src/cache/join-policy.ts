import { attemptTimeMs } from '../core/attempt-time.js';
import { type Call, callError } from '../core/call.js';
import { hasHigherAttemptLimits } from '../core/call-limits.js';
import { isUnavailable, PersonaError, PersonaTimeoutError } from '../core/errors/index.js';

/** Minimum time between two checks of the other call, while that call spends no time on attempts or backoff. */
const IDLE_CHECK_MS = 100;

/** Whether a caller that joined a read continues alone when the read fails. */
export function shouldLoadAlone(joined: Call, owner: Call, error: unknown): boolean {
  if (joined.signal.aborted) return false;
  // any other error comes from the other caller's own function, or from a runtime that ended its request
  return !(error instanceof PersonaError) || (isUnavailable(error) && hasHigherLimits(joined, owner));
}

/** Whether a caller that joined a read allows more time or attempts than the call that started it. */
const hasHigherLimits = (joined: Call, owner: Call): boolean =>
  hasHigherAttemptLimits(joined, owner) || deadlineMs(joined) > deadlineMs(owner);

const deadlineMs = ({ deadline, startedAt }: Call): number => Math.round(deadline.expiresAt - startedAt);

/**
 * Returns a function that applies the limits of a caller to the read that it joins. The function returns how long the caller
 * may still wait, in milliseconds, or the error with which the caller would have failed alone.
 *
 * Only time that the other call spends on attempts and backoff counts, from when the caller joins.
 */
export function limitJoin(joined: Call, owner: Call): () => number | PersonaError {
  const { progress } = owner;
  const maxMs = joinTimeLimitMs(joined, owner);
  const { retriedAttempts: retriesBefore } = progress;
  const timeBeforeMs = attemptTimeMs(progress);
  return () => {
    const { lastError } = progress;
    if (lastError && progress.retriedAttempts - retriesBefore > joined.retry.limit) return lastError;
    const remainingMs = maxMs - (attemptTimeMs(progress) - timeBeforeMs);
    if (remainingMs <= 0) return joinTimeoutError(joined, maxMs);
    return progress.attemptTimeSince === undefined ? Math.max(remainingMs, IDLE_CHECK_MS) : remainingMs;
  };
}

/**
 * Returns the longest time that a caller's own attempts and backoff can take, if those of the owner can take longer.
 * Otherwise there is no limit.
 */
function joinTimeLimitMs(joined: Call, owner: Call): number {
  const ownMs = maxAttemptTimeMs(joined);
  return ownMs < maxAttemptTimeMs(owner) ? ownMs : Number.POSITIVE_INFINITY;
}

function maxAttemptTimeMs({ retry: { limit, backoffMs, maxBackoffMs }, timeoutMs }: Call): number {
  let totalMs = (limit + 1) * timeoutMs;
  for (let retry = 0; retry < limit; retry++) totalMs += Math.min(maxBackoffMs, backoffMs * 2 ** retry);
  return totalMs;
}

const joinTimeoutError = (call: Call, ms: number): PersonaTimeoutError =>
  callError(
    PersonaTimeoutError,
    call,
    `timed out: it waited for the same read of another call, which did not finish within ${ms} ms. Retry it, or raise timeoutMs.`,
    { scope: 'attempt' },
  );
