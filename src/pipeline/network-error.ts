import { findSystemErrors, rebuildError, toCause } from '../core/foreign-error.js';

/** Codes of failures that occur before a request can be sent: DNS, connect and TLS. */
const NOT_SENT_CODE =
  /^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|UND_ERR_(?:CONNECT_TIMEOUT|CLOSED)|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

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
  const notSent =
    systemErrors.length > 0 &&
    systemErrors.every(({ code = '', syscall }) => syscall === 'connect' || NOT_SENT_CODE.test(code));
  const codes = [...new Set(systemErrors.map(({ code }) => code).filter(Boolean))].join(', ');
  const reason = codes || (isCustom ? 'the `fetch` option rejected, see the cause' : 'the connection failed');
  return {
    reason: notSent ? `${reason}, nothing was sent` : reason,
    notSent,
    cause: isCustom ? toCause(error) : rebuildError(error),
  };
}
