import ky from 'ky';
import { startAttemptTime, stopAttemptTime } from '../core/attempt-time.js';
import { type Call, renewLease, requestUrl } from '../core/call.js';
import { recordEvent } from '../core/call-log.js';
import { notifyListeners } from '../core/call-progress.js';
import { getStatus, PersonaError, PersonaNotFoundError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { ignoreErrors } from '../core/ignore-errors.js';
import { monotonicNow } from '../core/monotonic-now.js';
import type { HttpResponse } from '../core/response.js';
import type { ServiceProfile } from '../core/service-profile.js';
import { GRACE_MS } from '../core/shared-work.js';
import { delay } from '../core/timers.js';
import type { CircuitBreaker } from './circuit-breaker/index.js';
import { errorFromResponse } from './errors-from-status.js';
import { isRetryable } from './is-retryable.js';
import type { Send } from './layer.js';
import { nextDelayMs } from './next-delay.js';
import type { RetryBudget } from './retry-budget.js';

/*
 * The first attempt is sent directly. If it fails and may be retried, ky runs the remaining attempts. ky counts them, asks
 * `prepareRetry`, and calls `fetch` once per attempt. ky does not wait: the attempt itself waits, because the signal of the
 * call must be able to end that wait. ky does not judge responses: `sendNext` does, and ky gets an empty stub.
 *
 * Running the first attempt through ky as well costs 17 to 30 µs per call. ky also needs globals that jsdom lacks. There,
 * `sendAndRetry` runs all attempts.
 */

interface RetryDeps {
  readonly events: EventEmitter;
  /** Shared by all calls of a client. `undefined` means unlimited. */
  readonly budget: RetryBudget | undefined;
  readonly breaker: Pick<CircuitBreaker, 'state' | 'assertAdmits'>;
  readonly profile: Pick<ServiceProfile, 'fieldConfig'>;
}

/**
 * Sends a call in one or more attempts.
 *
 * Rejects if the circuit is open, with the reason of the call's signal if it has aborted, or with the error of the last attempt.
 */
export const retry =
  (send: Send, deps: RetryDeps) =>
  (call: Call): Promise<HttpResponse> => {
    try {
      deps.breaker.assertAdmits(call); // a rejected call needs no token and no place in the queue
      return sendAndRetry(call, new Attempts(call, send, deps), 1);
    } catch (error) {
      return Promise.reject(error);
    }
  };

/** @param number number of this attempt. It is 1, unless ky cannot run. */
const sendAndRetry = (call: Call, attempts: Attempts, number: number): Promise<HttpResponse> =>
  attempts.sendNext().catch((error: unknown) => {
    if (attempts.prepareRetry(error, number))
      return canRunKy() ? retryWithKy(call, attempts) : sendAndRetry(call, attempts, number + 1);
    call.signal.throwIfAborted();
    throw error;
  });

/** Runs the second and later attempts. */
async function retryWithKy(call: Call, attempts: Attempts): Promise<HttpResponse> {
  let response: HttpResponse | undefined;
  try {
    await ky(requestUrl(call), {
      method: call.method,
      fetch: async () => {
        response = await attempts.sendNext();
        return new Response(null, { status: 204 });
      },
      timeout: false,
      totalTimeout: false,
      throwHttpErrors: false,
      retry: {
        limit: call.retry.limit - 1, // the first request that ky sends is already a retry
        methods: [call.method],
        shouldRetry: ({ error, retryCount }) => attempts.prepareRetry(error, 1 + retryCount),
        delay: () => 0,
      },
    });
  } catch (error) {
    call.signal.throwIfAborted();
    throw error;
  }
  return response as unknown as HttpResponse;
}

/** Whether the platform has what ky uses. The classes can also come from different implementations, which reject each other. */
const canRunKy = () =>
  ignoreErrors(() => {
    new Request('http://localhost', { headers: new Headers(), signal: new AbortController().signal });
    return new Response();
  }) !== undefined;

/** The attempts of one call. */
class Attempts {
  readonly #call: Call;
  readonly #send: Send;
  readonly #deps: RetryDeps;
  /** Number of the last attempt. The numbers continue when reconciliation repeats a write. */
  #lastAttempt: number;
  #delayMs = 0;

  constructor(call: Call, send: Send, deps: RetryDeps) {
    this.#call = call;
    this.#send = send;
    this.#deps = deps;
    this.#lastAttempt = call.progress.attempts;
  }

  /**
   * Waits for the delay, then sends the next attempt.
   *
   * @throws {PersonaError} if the response is not a success. A 404 for a repeated delete counts as a success.
   */
  sendNext(): Promise<HttpResponse> {
    const call = this.#call;
    renewLease(call, Math.max(call.timeoutMs, this.#delayMs + GRACE_MS));
    return this.#delayMs > 0 ? this.#wait().then(() => this.#sendNow()) : this.#sendNow();
  }

  #sendNow(): Promise<HttpResponse> {
    const call = this.#call;
    const mayBeDeleted = call.method === 'DELETE' && call.progress.maybeApplied;
    const send = () =>
      this.#send({ call, number: ++this.#lastAttempt }).then((response) =>
        this.#accept(response, mayBeDeleted),
      );
    return call.guardAttempt ? call.guardAttempt(send) : send();
  }

  #accept(response: HttpResponse, mayBeDeleted: boolean): HttpResponse {
    const call = this.#call;
    if (isSuccess(response, call)) {
      this.#deps.budget?.onSuccess();
      return response;
    }
    const error = errorFromResponse(call, response, this.#deps.profile.fieldConfig);
    // The earlier attempt, whose response was lost, probably deleted the persona.
    if (mayBeDeleted && error instanceof PersonaNotFoundError) return response;
    throw error;
  }

  async #wait(): Promise<void> {
    const { progress, signal } = this.#call;
    if (progress.lastError?.retryAfterMs === undefined) startAttemptTime(progress);
    await delay(this.#delayMs, signal);
    stopAttemptTime(progress);
  }

  /**
   * Returns whether another attempt follows. If so, sets its delay and takes a token from the budget. Records the decision.
   *
   * @param failures number of failed attempts so far.
   */
  prepareRetry(error: unknown, failures: number): boolean {
    const { deadline, progress, retry: options } = this.#call;
    const { breaker, budget, events } = this.#deps;
    if (!(error instanceof PersonaError) || failures > options.limit) return false;
    progress.lastError = error;
    if (!isRetryable(error, this.#call)) return false;
    this.#delayMs = nextDelayMs(error, failures, options, Math.random());
    let blockedBy: 'deadline' | 'circuit' | 'budget' | undefined;
    if (monotonicNow() + this.#delayMs >= deadline.expiresAt) blockedBy = 'deadline';
    else if (breaker.state === 'open') blockedBy = 'circuit';
    else if (budget && !budget.tryAcquire(error.code === 'connection_failed')) blockedBy = 'budget';
    if (blockedBy) {
      recordEvent(events, this.#call, { event: 'retrySkipped', blockedBy, error: error.code });
      return false;
    }
    const status = getStatus(error);
    recordEvent(events, this.#call, {
      event: 'retry',
      attempt: this.#lastAttempt + 1,
      delayMs: this.#delayMs,
      error: error.code,
      ...(status === undefined ? {} : { status }),
    });
    progress.retriedAttempts++;
    notifyListeners(progress);
    return true;
  }
}

/** 304 is a success if the request was conditional. */
const isSuccess = ({ status }: HttpResponse, call: Call): boolean =>
  (status >= 200 && status < 300) || (status === 304 && call.isRevalidation === true);
