/**
 * Returns whether a transport failed because of the network, not because of a bug.
 *
 * Each platform words these errors differently. A custom fetch may also reject with `AbortError` or `TimeoutError`.
 */
export function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  if (findSystemErrors(error).some(({ code }) => NETWORK_CODE.test(code))) return true;
  return error instanceof TypeError && (error.cause !== undefined || NETWORK_MESSAGE.test(error.message));
}

/** Describes a network error. `notSent` is true if the request certainly did not reach the service. */
export function classifyNetworkError(error: unknown): { reason: string; notSent: boolean } {
  const systemErrors = findSystemErrors(error);
  const notSent =
    systemErrors.length > 0 &&
    systemErrors.every(({ code, syscall }) => syscall === 'connect' || NOT_SENT_CODE.test(code));
  const codes = [...new Set(systemErrors.map(({ code }) => code))];
  const reason = codes.length > 0 ? codes.join(', ') : 'the connection failed';
  return { reason: notSent ? `${reason}, nothing was sent` : reason, notSent };
}

/** The fetch errors of Node, Deno, Bun, Chromium, Firefox, Safari and edge workers. */
const NETWORK_MESSAGE =
  /^(?:fetch failed|failed to fetch|load failed|terminated|network ?error|network connection lost|the (?:network|internet) connection|error sending request|client error|connection|was there a typo|unable to connect|body|error reading a body|premature close)/i;

const NETWORK_CODE =
  /^(?:E(?:CONN\w+|PIPE|PROTO|TIMEDOUT|NOTFOUND|AI_\w+|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|NETRESET|ADDRNOTAVAIL|SOCKET\w*)|UND_ERR_\w+|HPE_\w+|ERR_(?:TLS|SSL|HTTP2|STREAM_PREMATURE)\w*|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|Connection\w+|FailedToOpenSocket|Timeout)$/;

/** DNS, connect and TLS failures: they occur before a request can be sent. */
const NOT_SENT_CODE =
  /^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

interface SystemError {
  readonly code: string;
  readonly syscall: unknown;
}

const MAX_CAUSE_DEPTH = 4;

/** Finds the system errors in an error and its causes. An `AggregateError` contains one per address that was tried. */
function findSystemErrors(error: unknown, depth = 0): SystemError[] {
  if (!(error instanceof Error) || depth > MAX_CAUSE_DEPTH) return [];
  if (error instanceof AggregateError)
    return error.errors.flatMap((inner) => findSystemErrors(inner, depth + 1));
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' ? [{ code, syscall }] : findSystemErrors(error.cause, depth + 1);
}
