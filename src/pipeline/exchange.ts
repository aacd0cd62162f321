import { LightAbortController, onAbort, raceAbort } from '../core/abort.js';
import { startAttemptTime, stopAttemptTime } from '../core/attempt-time.js';
import { buildHeaders, type Call, callError, requestUrl } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import {
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
  PersonaValidationError,
} from '../core/errors/index.js';
import { HttpResponse, type TransportResponse, wrapsBadRequest } from '../core/response.js';
import { isFrameworkError, toReadable } from '../core/sanitize-error.js';
import { startTimeout, wasSuspended } from '../core/timers.js';
import type { Send, Transport } from './layer.js';
import { describeNetworkError } from './network-error.js';
import { isUnusableResponse } from './response-content.js';

const missingFetchError = (call: Call) =>
  callError(
    PersonaValidationError,
    call,
    'failed: this runtime has no global `fetch`. Pass one as the `fetch` option.',
    { issues: [{ path: ['fetch'], message: 'is required in this runtime' }] },
  );

/**
 * The innermost `Send`: sends one request and reads the whole body within `timeoutMs`.
 *
 * Sets `progress.maybeApplied`, which only reconciliation changes afterward, and `progress.wasSuspended`.
 *
 * @throws {PersonaTimeoutError} if the attempt times out.
 * @throws {PersonaConnectionError} if the transport fails, also in the middle of the body. Any rejection of the transport is a
 * failed exchange, because the client has already validated the URL and headers. Only errors of frameworks pass unchanged.
 * @throws {PersonaResponseError} if the response is unusable, for example because it exceeds `maxResponseBytes`.
 * @throws {PersonaValidationError} if there is no `fetch`.
 */
export const exchange =
  (transport: Transport, maxResponseBytes: number): Send =>
  async ({ call, number, token }) => {
    const { progress, method, body, timeoutMs } = call;
    const url = requestUrl(call);
    const headers = buildHeaders(call, token);
    call.signal.throwIfAborted();
    if (transport.hasFetch?.() === false) throw missingFetchError(call);
    const controller = new LightAbortController();
    const unsubscribe = onAbort(call.signal, (reason) => controller.abort(reason));
    const startedAt = sleepAwareNow();
    let isSent = false;
    let status: number | undefined;
    const stopTimeout = startTimeout(timeoutMs, () => {
      const missing = isSent ? 'complete response' : `connection ${transport.describeRoute?.(url)}`;
      const text = `timed out: no ${missing} within ${timeoutMs} ms (attempt ${number}).`;
      const details = { scope: 'attempt', lastError: progress.lastError } as const;
      controller.abort(callError(PersonaTimeoutError, call, text, details));
    });
    const maybeAppliedBefore = progress.maybeApplied;
    progress.hasUncertainAttempt ||= maybeAppliedBefore;
    const onSend = () => {
      isSent = true;
      progress.maybeApplied ||= call.isWrite;
    };
    if (!transport.describeRoute) onSend();
    progress.attempts = number;
    progress.headers = headers;
    startAttemptTime(progress);
    let transportResponse: TransportResponse;
    try {
      const request = body === undefined ? { method, url, headers } : { method, url, headers, body };
      transportResponse = await raceAbort(
        transport(request, controller, maxResponseBytes, onSend, (received) => {
          status = received;
        }),
        controller,
      );
    } catch (thrown) {
      const error = toReadable(thrown);
      progress.wasSuspended = wasSuspended(startedAt, timeoutMs);
      controller.throwIfAborted();
      if (isFrameworkError(error)) throw error;
      if (isUnusableResponse(error))
        throw callError(PersonaResponseError, call, `failed: ${error.message}`, { status: error.status });
      const isCustom = transport.isCustom === true;
      const { reason, notSent, cause } = describeNetworkError(call, error, isCustom, status !== undefined);
      if (notSent || isClientError(status)) progress.maybeApplied = maybeAppliedBefore;
      throw callError(PersonaConnectionError, call, `failed: ${reason}.`, { cause });
    } finally {
      stopAttemptTime(progress);
      stopTimeout();
      unsubscribe();
    }
    const response = new HttpResponse(transportResponse);
    if (isClientError(response.status) || wrapsBadRequest(response))
      progress.maybeApplied = maybeAppliedBefore;
    return response;
  };

/** Whether the status says that the service has rejected the request, so that it had no effect. */
const isClientError = (status = 0): boolean => status >= 400 && status < 500;
