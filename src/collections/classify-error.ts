import { RETRYABLE_STATUSES } from '../core/retryable-statuses.js';
import { PersonaError } from '../index.js';

const SESSION_CODES: readonly string[] = ['unauthenticated', 'credentials_rejected', 'auth_unsupported'];
const UNAVAILABLE_CODES: readonly string[] = ['rate_limited', 'circuit_open', 'connection_failed'];
const ITEM_CODES: readonly string[] = ['rejected_input', 'not_found', 'conflict', 'forbidden'];

/** Whether no later item can succeed, because the client cannot log in. A `getToken` that failed is called again later. */
export const isSessionOver = (error: PersonaError): boolean =>
  SESSION_CODES.includes(error.code) &&
  !(error.code === 'unauthenticated' && error.retryAfterMs !== undefined);

/**
 * Whether the service currently accepts no requests: rate limit, open circuit, failed connection, 503, or a pause after a
 * failed login or refresh.
 */
export const isServiceUnavailable = (error: PersonaError): boolean =>
  UNAVAILABLE_CODES.includes(error.code) ||
  responseStatus(error) === 503 ||
  (error.retryAfterMs !== undefined && !error.maybeApplied && !isSessionOver(error));

/** Whether the same item may succeed on the next attempt, if the service is available. */
export const isTransient = (error: PersonaError): boolean =>
  error.code === 'timeout' ||
  (error.code !== 'rejected_input' && RETRYABLE_STATUSES.has(responseStatus(error) ?? 0)); // a 500 may wrap a 400

/** Whether the service processed the request, and rejected this item only. */
export const isItemRejection = (error: PersonaError): boolean =>
  error.attempts > 0 && ITEM_CODES.includes(error.code);

/** Whether the client rejected the item itself, so that the error says nothing about the service. */
export const isClientRejection = (error: PersonaError): boolean =>
  error.attempts === 0 && [...ITEM_CODES, 'invalid_input'].includes(error.code);

/** Returns the delay that the service demands before a retry, 0 if none. */
export const retryAfterMs = (error: PersonaError): number => error.retryAfterMs ?? 0;

/** Whether the run reports the error as the failure of an item. With any other error, the run rejects. */
export const isItemError = (error: unknown): error is PersonaError =>
  error instanceof PersonaError && error.code !== 'aborted';

const responseStatus = (error: PersonaError): number | undefined =>
  'status' in error && typeof error.status === 'number' ? error.status : undefined;
