import { LightAbortController, onAbort, raceAbort } from '../core/abort.js';
import { appliedHint, describeCall, errorDetails, requestUrl } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import { PersonaConnectionError, PersonaResponseError, PersonaTimeoutError } from '../core/errors/index.js';
import { HttpResponse, wrapsBadRequest } from '../core/response.js';
import { startTimeout, wasPaused } from '../core/timers.js';
import type { Send, Transport } from './layer.js';
import { classifyNetworkError, isNetworkError } from './network-error.js';
import { isResponseTooLarge } from './transport.js';

/**
 * The innermost `Send`: sends one request and reads the whole body within `timeoutMs`.
 *
 * Sets `progress.maybeApplied`, which only reconciliation changes afterward, and `progress.wasPaused`.
 *
 * @throws {PersonaTimeoutError} if the attempt times out.
 * @throws {PersonaConnectionError} if the connection fails, also in the middle of the body.
 * @throws {PersonaResponseError} if the body exceeds `maxResponseBytes`.
 */
export const exchange =
  (transport: Transport, maxResponseBytes: number): Send =>
  async ({ call, number, headers }) => {
    const { progress, method, body, timeoutMs } = call;
    const url = requestUrl(call);
    call.signal.throwIfAborted();
    const controller = new LightAbortController();
    const unsubscribe = onAbort(call.signal, (reason) => controller.abort(reason));
    const startedAt = sleepAwareNow();
    const stopTimeout = startTimeout(timeoutMs, () => {
      const message = `${describeCall(call)} timed out: no complete response within ${timeoutMs} ms (attempt ${number}).${appliedHint(call)}`;
      const details = { ...errorDetails(call), scope: 'attempt', lastError: progress.lastError } as const;
      controller.abort(new PersonaTimeoutError(message, details));
    });
    const maybeAppliedBefore = progress.maybeApplied;
    progress.hasUncertainAttempt ||= maybeAppliedBefore;
    progress.maybeApplied ||= call.isWrite;
    progress.attempts = number;
    try {
      const request = body === undefined ? { method, url, headers } : { method, url, headers, body };
      const transportResponse = raceAbort(transport(request, controller, maxResponseBytes), controller);
      const response = new HttpResponse(await transportResponse);
      const isRejected = (response.status >= 400 && response.status < 500) || wrapsBadRequest(response);
      if (isRejected) progress.maybeApplied = maybeAppliedBefore;
      return response;
    } catch (error) {
      progress.wasPaused = wasPaused(startedAt, timeoutMs);
      controller.throwIfAborted();
      if (isResponseTooLarge(error)) {
        const message = `${describeCall(call)} failed: the response is larger than ${maxResponseBytes} bytes. If you expect that, raise maxResponseBytes.${appliedHint(call)}`;
        throw new PersonaResponseError(message, { ...errorDetails(call), status: error.status });
      }
      if (!isNetworkError(error)) throw error;
      const { reason, notSent } = classifyNetworkError(error);
      if (notSent) progress.maybeApplied = maybeAppliedBefore;
      throw new PersonaConnectionError(`${describeCall(call)} failed: ${reason}.${appliedHint(call)}`, {
        ...errorDetails(call),
        cause: error,
      });
    } finally {
      stopTimeout();
      unsubscribe();
    }
  };
