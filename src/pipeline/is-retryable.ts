import type { Call } from '../core/call.js';
import { getStatus, PersonaError, PersonaTimeoutError } from '../core/errors/index.js';
import { RETRYABLE_STATUSES } from '../core/retryable-statuses.js';

const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH']);

/** Whether a retry is safe and useful. A POST or PATCH is safe only if the service cannot have applied it. */
export function isRetryable(error: PersonaError, call: Call): boolean {
  if (error.code === 'rejected_input') return false; // includes a 500 that wraps a 400
  if (error.cause instanceof PersonaError) return false; // the error of another request, such as a login
  const isTransient =
    error.code === 'connection_failed' ||
    (error instanceof PersonaTimeoutError && error.scope === 'attempt') ||
    RETRYABLE_STATUSES.has(getStatus(error) ?? 0);
  if (!isTransient) return false;
  return (
    !NOT_IDEMPOTENT.has(call.method) ||
    error.code === 'rate_limited' ||
    (error.code === 'connection_failed' && !error.maybeApplied)
  );
}
