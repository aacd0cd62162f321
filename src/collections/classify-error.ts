import { RETRYABLE_STATUSES } from '../core/retryable-statuses.js';
import { PersonaError } from '../index.js';

/** Whether the service currently accepts no requests: rate limit, open circuit, failed connection or 503. */
export const isServiceUnavailable = (error: PersonaError): boolean =>
  error.code === 'rate_limited' ||
  error.code === 'circuit_open' ||
  error.code === 'connection_failed' ||
  responseStatus(error) === 503;

/** Whether the same item may succeed on the next attempt, if the service is available. */
export const isTransient = (error: PersonaError): boolean =>
  error.code === 'timeout' ||
  (error.code !== 'rejected_input' && RETRYABLE_STATUSES.has(responseStatus(error) ?? 0)); // a 500 may wrap a 400

/** Returns the delay that the service demands before a retry, 0 if none. */
export const retryAfterMs = (error: PersonaError): number =>
  'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0;

/** Whether the error affects only one item. All other errors end the run. */
export const isItemError = (error: unknown): error is PersonaError =>
  error instanceof PersonaError && error.code !== 'aborted';

const responseStatus = (error: PersonaError): number | undefined =>
  'status' in error && typeof error.status === 'number' ? error.status : undefined;
