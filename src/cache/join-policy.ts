import { type Call, describeCall, errorDetails } from '../core/call.js';
import { allowsMoreAttempts } from '../core/call-limits.js';
import { isUnavailable, PersonaError, PersonaTimeoutError } from '../core/errors/index.js';

/** Whether a caller that joined a read continues alone when the read fails. */
export function shouldLoadAlone(joined: Call, owner: Call, error: unknown): boolean {
  if (joined.signal.aborted) return false;
  // any other error comes from the other caller's own function, or from a runtime that ended its request
  return !(error instanceof PersonaError) || (isUnavailable(error) && hasHigherLimits(joined, owner));
}

/** Whether a caller that joined a read allows more time or attempts than the call that started it. */
const hasHigherLimits = (joined: Call, owner: Call): boolean =>
  allowsMoreAttempts(joined, owner) || deadlineMs(joined) > deadlineMs(owner);

const deadlineMs = ({ deadline, startedAt }: Call): number => Math.round(deadline.expiresAt - startedAt);

/**
 * Returns how long a caller waits for a read that it joined. That is the time of its own attempts and delays. There is no limit if
 * the attempts and delays of the owner cannot take longer.
 */
export function maxJoinWaitMs(joined: Call, owner: Call): number {
  const ownMs = maxAttemptsMs(joined);
  return ownMs < maxAttemptsMs(owner) ? ownMs : Number.POSITIVE_INFINITY;
}

function maxAttemptsMs({ retry: { limit, backoffMs, maxBackoffMs }, timeoutMs }: Call): number {
  let totalMs = (limit + 1) * timeoutMs;
  for (let delay = 0; delay < limit; delay++) totalMs += Math.min(maxBackoffMs, backoffMs * 2 ** delay);
  return totalMs;
}

export const joinTimeoutError = (call: Call, ms: number): PersonaTimeoutError =>
  new PersonaTimeoutError(
    `${describeCall(call)} timed out: it waited for the same read of another call, which did not finish within ${ms} ms. Retry it, or raise timeoutMs.`,
    { ...errorDetails(call), scope: 'attempt' },
  );
