import { findSystemErrors, sanitizeCause, sanitizePlatformError } from '../core/sanitize-error.js';

/**
 * Describes the error that a transport rejected with. Every such error is a failed exchange, whatever its class and wording.
 *
 * `notSent` is true if the error proves that nothing was sent: see {@link provesNotSent}.
 *
 * @param isCustom whether a `fetch` of the application rejected.
 */
export function describeNetworkError(
  error: unknown,
  isCustom: boolean,
): { readonly reason: string; readonly notSent: boolean; readonly cause: unknown } {
  const systemErrors = findSystemErrors(error);
  const notSent = provesNotSent(error, systemErrors);
  const reasons = [...new Set(systemErrors.map(({ reason }) => reason).filter(Boolean))].join(', ');
  const reason = isForbiddenPortError(error)
    ? 'fetch forbids this port'
    : reasons || (isCustom ? 'the `fetch` option rejected, see the cause' : 'the connection failed');
  return {
    reason: notSent ? `${reason}, nothing was sent` : reason,
    notSent,
    cause: isCustom ? sanitizeCause(error) : sanitizePlatformError(error),
  };
}

/** Whether no connection was ready for a request, at any address that was tried. */
const provesNotSent = (error: unknown, systemErrors: readonly { readonly notSent: boolean }[]): boolean =>
  isForbiddenPortError(error) || (systemErrors.length > 0 && systemErrors.every(({ notSent }) => notSent));

/** Whether `fetch` forbids the port of the URL. undici has no code for this error. */
const isForbiddenPortError = (error: unknown): boolean => Object(Object(error).cause).message === 'bad port';
