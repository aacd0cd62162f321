import { LightAbortController, onAbort, raceAbort } from '../core/abort.js';
import { appliedHint, describeCall, errorDetails, urlOf } from '../core/call.js';
import { record } from '../core/call-log.js';
import {
  PersonaConnectionError,
  PersonaError,
  PersonaResponseError,
  PersonaTimeoutError,
} from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { HttpResponse, wrapsBadRequest } from '../core/response.js';
import type { Layer, Send, Transport } from './layer.js';
import { isTooLarge } from './transport.js';

/** One `request`/`response` pair of events per exchange that really happens, replays included; the pupil is shown every answer. */
export const observe =
  (events: Events, pupil: { learn(answer: HttpResponse): void }): Layer =>
  (next) =>
  async (attempt) => {
    const { call, number } = attempt;
    const startedAt = performance.now();
    const ended = (how: { status: number } | { error: PersonaError['code'] }) =>
      record(events, call, {
        event: 'response',
        attempt: number,
        durationMs: performance.now() - startedAt,
        ...how,
      });
    record(events, call, { event: 'request', attempt: number, method: call.method, url: urlOf(call) });
    try {
      const answer = await next(attempt);
      pupil.learn(answer);
      ended({ status: answer.status });
      return answer;
    } catch (error) {
      ended({ error: error instanceof PersonaError ? error.code : 'connection_failed' });
      throw error;
    }
  };

/**
 * The innermost Send: fetch and read the whole body, in `timeoutMs` at most. A stalled or cut body is
 * a failed attempt. Here alone it is decided whether a write may have taken effect.
 */
export const exchange =
  (transport: Transport, maxResponseBytes: number): Send =>
  async ({ call, number, headers }) => {
    const { progress, method, body, timeoutMs } = call;
    const url = urlOf(call);
    call.signal.throwIfAborted();
    const ending = new LightAbortController();
    const unlink = onAbort(call.signal, (reason) => ending.abort(reason));
    const timer = setTimeout(() => {
      const message = `${describeCall(call)} had no complete answer within ${timeoutMs} ms (attempt ${number}).${appliedHint(call)}`;
      const details = { ...errorDetails(call), scope: 'attempt', lastError: progress.lastError } as const;
      ending.abort(new PersonaTimeoutError(message, details));
    }, timeoutMs);
    const before = progress.maybeApplied;
    progress.inDoubt ||= before;
    progress.maybeApplied ||= call.isWrite;
    progress.attempts = number;
    try {
      const request = body === undefined ? { method, url, headers } : { method, url, headers, body };
      const answer = new HttpResponse(await raceAbort(transport(request, ending, maxResponseBytes), ending));
      if ((answer.status >= 400 && answer.status < 500) || wrapsBadRequest(answer))
        progress.maybeApplied = before;
      return answer;
    } catch (error) {
      ending.throwIfAborted();
      if (isTooLarge(error)) {
        const message = `${describeCall(call)} was answered with more than ${maxResponseBytes} bytes; raise maxResponseBytes if that is expected.${appliedHint(call)}`;
        throw new PersonaResponseError(message, { ...errorDetails(call), status: error.status });
      }
      if (!isNetworkError(error)) throw error;
      const { reason, neverLeft } = diagnose(error);
      if (neverLeft) progress.maybeApplied = before;
      throw new PersonaConnectionError(`${describeCall(call)} failed: ${reason}.${appliedHint(call)}`, {
        ...errorDetails(call),
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      unlink();
    }
  };

/**
 * Whether fetch failed on the network, as against a mistake in the program. Each platform says it in its own words;
 * a fetch of the user's own may end with the platform's abort or timeout.
 */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  if (failuresIn(error).some(({ code }) => NETWORK_CODE.test(code))) return true;
  return error instanceof TypeError && (error.cause !== undefined || NETWORK_MESSAGE.test(error.message));
}

/** What the platforms' own fetch says: Node, Deno, Bun, Chromium, Firefox, Safari, workers. */
const NETWORK_MESSAGE =
  /^(?:fetch failed|failed to fetch|load failed|terminated|network ?error|network connection lost|the (?:network|internet) connection|error sending request|client error|connection|was there a typo|unable to connect|body|error reading a body|premature close)/i;

const NETWORK_CODE =
  /^(?:E(?:CONN\w+|PIPE|PROTO|TIMEDOUT|NOTFOUND|AI_\w+|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|NETRESET|ADDRNOTAVAIL|SOCKET\w*)|UND_ERR_\w+|HPE_\w+|ERR_(?:TLS|SSL|HTTP2|STREAM_PREMATURE)\w*|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|Connection\w+|FailedToOpenSocket|Timeout)$/;

/** Codes of failures before the request could leave: no name, no route, nobody listening, no trust. */
const NEVER_LEFT =
  /^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

function diagnose(error: unknown): { reason: string; neverLeft: boolean } {
  const failures = failuresIn(error);
  const neverLeft =
    failures.length > 0 &&
    failures.every(({ code, syscall }) => syscall === 'connect' || NEVER_LEFT.test(code));
  const codes = [...new Set(failures.map(({ code }) => code))];
  const reason = codes.length > 0 ? codes.join(', ') : 'the connection broke or was never made';
  return { reason: neverLeft ? `${reason}, nothing was sent` : reason, neverLeft };
}

interface SystemFailure {
  readonly code: string;
  /** `connect`: it failed before anything could be sent, whatever the code. */
  readonly syscall: unknown;
}

/** The system's failures behind an error: its own, its cause's, or those of every address tried. */
function failuresIn(error: unknown, depth = 0): SystemFailure[] {
  if (!(error instanceof Error) || depth > 4) return [];
  if (error instanceof AggregateError) return error.errors.flatMap((one) => failuresIn(one, depth + 1));
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' ? [{ code, syscall }] : failuresIn(error.cause, depth + 1);
}
