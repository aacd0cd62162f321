import { findSystemErrors, rebuildError, toCause } from '../core/foreign-error.js';

/**
 * Describes the error that a transport rejected with. Every such error is a failed exchange, whatever its class and wording.
 *
 * `notSent` is true if a code proves that the request did not reach the service.
 *
 * @param isCustom whether a `fetch` of the application rejected.
 */
export function describeNetworkError(
  error: unknown,
  isCustom: boolean,
): { readonly reason: string; readonly notSent: boolean; readonly cause: unknown } {
  const systemErrors = findSystemErrors(error);
  const isForbiddenPort = Object(Object(error).cause).message === 'bad port'; // undici gives it no code
  const notSent =
    isForbiddenPort || (systemErrors.length > 0 && systemErrors.every((systemError) => systemError.notSent));
  const reasons = [...new Set(systemErrors.map(({ reason }) => reason).filter(Boolean))].join(', ');
  const reason = isForbiddenPort
    ? 'fetch forbids this port'
    : reasons || (isCustom ? 'the `fetch` option rejected, see the cause' : 'the connection failed');
  return {
    reason: notSent ? `${reason}, nothing was sent` : reason,
    notSent,
    cause: isCustom ? toCause(error) : rebuildError(error),
  };
}
