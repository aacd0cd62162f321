import type { Call } from '../core/call.js';
import type { PersonaError } from '../core/errors/index.js';

/**
 * Returns the delay before the next attempt: exponential backoff with full jitter, never shorter than `Retry-After`.
 *
 * @param attempt number of the attempt that failed, starting at 1.
 * @param jitter from 0 to 1.
 */
export function nextDelayMs(
  { retryAfterMs = 0 }: Pick<PersonaError, 'retryAfterMs'>,
  attempt: number,
  { backoffMs, maxBackoffMs }: Pick<Call['retry'], 'backoffMs' | 'maxBackoffMs'>,
  jitter: number,
): number {
  const maxMs = Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
  return Math.max(retryAfterMs, jitter * maxMs);
}
