import { type Call, requestUrl } from '../core/call.js';
import { findSystemErrors, sanitizeCause, sanitizePlatformError } from '../core/sanitize-error.js';

/** Headers that a page may send to any service that allows its origin. */
const SAFELISTED_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-language']);

/**
 * Describes what a service of another origin must allow a page. A browser does not say whether CORS caused a failure.
 *
 * Returns `undefined` outside of a page, and for the origin of the page.
 */
function describeCors(call: Call): string | undefined {
  const { origin } = (globalThis as { location?: Partial<Location> }).location ?? {};
  if (!origin || requestUrl(call).startsWith(`${origin}/`)) return undefined;
  const names = Object.keys(call.progress.headers).filter((name) => !SAFELISTED_HEADERS.has(name));
  const allowedHeaders = names.length > 0 ? ` and the headers ${names.sort().join(', ')}` : '';
  return `the service must allow the origin ${origin}${allowedHeaders}. See the browser console`;
}

/**
 * Describes the error that a transport rejected with. Every such error is a failed exchange, whatever its class and wording.
 *
 * `notSent` is true if the error proves that nothing was sent: see {@link provesNotSent}.
 *
 * @param isCustom whether a `fetch` of the application rejected.
 * @param hasStatus whether the status had arrived, so that the request was sent, whatever the error says.
 */
export function describeNetworkError(
  call: Call,
  error: unknown,
  isCustom: boolean,
  hasStatus: boolean,
): { readonly reason: string; readonly notSent: boolean; readonly cause: unknown } {
  const systemErrors = findSystemErrors(error);
  const notSent = !hasStatus && provesNotSent(error, systemErrors);
  const reasons = [...new Set(systemErrors.map(({ reason }) => reason).filter(Boolean))].join(', ');
  const reason = isForbiddenPortError(error)
    ? 'fetch forbids this port'
    : reasons || describeUnknownReason(isCustom, describeCors(call));
  return {
    reason: notSent ? `${reason}, nothing was sent` : reason,
    notSent,
    cause: isCustom ? sanitizeCause(error) : sanitizePlatformError(error),
  };
}

const describeUnknownReason = (isCustom: boolean, cors: string | undefined): string => {
  if (isCustom)
    return `the \`fetch\` option rejected, see the cause${cors ? `. If the cause is a TypeError of the browser, check CORS: ${cors}` : ''}`;
  return `the connection failed${cors ? `, and the browser does not say why. Check CORS first: ${cors}` : ''}`;
};

/** Whether `fetch` forbids the port, or no address that was tried had a connection for the request. */
const provesNotSent = (error: unknown, systemErrors: readonly { readonly notSent: boolean }[]): boolean =>
  isForbiddenPortError(error) || (systemErrors.length > 0 && systemErrors.every(({ notSent }) => notSent));

/** Whether `fetch` forbids the port of the URL. undici has no code for this error. */
const isForbiddenPortError = (error: unknown): boolean => Object(Object(error).cause).message === 'bad port';
