import { type AbortSignalLike, LightAbortController, onAbort } from '../core/abort.js';
import { appliedHint, type Call, describeCall, errorDetails } from '../core/call.js';
import { PersonaAbortError, PersonaTimeoutError } from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { toReadable } from '../core/sanitize-error.js';
import { startTimeout } from '../core/timers.js';

interface CallLimits {
  readonly deadlineMs: number;
  /** The caller's `signal` option. */
  readonly callerSignal: AbortSignalLike | undefined;
  /** Aborts when the client or the view is closed. */
  readonly closeSignal: AbortSignalLike;
}

/**
 * The signal of a call. Its reason is a {@link PersonaAbortError} or a {@link PersonaTimeoutError}.
 *
 * Starts the timer and subscribes to the other signals when the first listener is added. A cache hit needs neither.
 */
export class CallSignal extends LightAbortController {
  /** When the deadline expires, by `monotonicNow()`. */
  readonly expiresAt: number;
  readonly #name: string;
  readonly #limits: CallLimits;
  #call: Call | undefined;
  #isArmed = false;
  #stopTimeout: (() => void) | undefined;
  #unsubscribeCaller: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  constructor(name: string, startedAt: number, limits: CallLimits) {
    super();
    this.expiresAt = startedAt + limits.deadlineMs;
    this.#name = name;
    this.#limits = limits;
    if (limits.callerSignal?.aborted || limits.closeSignal.aborted) this.#arm();
  }

  /** Sets the call that the errors describe. */
  attach(call: Call): void {
    this.#call = call;
  }

  /** Creates the signal of work that follows the call. It has the deadline of the call, but at least `minMs` from now. */
  extend(minMs: number): CallSignal {
    const { deadlineMs } = this.#limits;
    const startedAt = this.expiresAt - deadlineMs;
    const neededMs = Math.ceil(monotonicNow() + minMs - startedAt);
    const signal = new CallSignal(this.#name, startedAt, {
      ...this.#limits,
      deadlineMs: Math.max(deadlineMs, neededMs),
    });
    signal.#call = this.#call;
    return signal;
  }

  /** Stops the timer and unsubscribes from the other signals. */
  end(): void {
    if (!this.#isArmed) return;
    this.#stopTimeout?.();
    this.#unsubscribeCaller?.();
    if (this.#onClose) this.#limits.closeSignal.removeEventListener('abort', this.#onClose);
  }

  /** Also checks the clock, because the timer may be late. A call sends nothing after its deadline. */
  override throwIfAborted(): void {
    if (!this.aborted && monotonicNow() >= this.expiresAt) this.#onDeadline();
    super.throwIfAborted();
  }

  override addEventListener(type: 'abort', listener: () => void): void {
    this.#arm();
    if (this.aborted) listener();
    else super.addEventListener(type, listener);
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const { callerSignal, closeSignal } = this.#limits;
    if (callerSignal)
      this.#unsubscribeCaller = onAbort(callerSignal, (reason) =>
        this.#onAbort('by the caller', toReadable(reason)),
      );
    // One closure for both ends, because thousands of calls can wait.
    const onEnd = () => {
      if (closeSignal.aborted) this.#onAbort('because the client was closed', closeSignal.reason);
      else this.#onDeadline();
    };
    if (closeSignal.aborted) onEnd();
    if (this.aborted) return;
    closeSignal.addEventListener('abort', onEnd);
    this.#onClose = onEnd;
    this.#stopTimeout = startTimeout(Math.max(0, this.expiresAt - monotonicNow()), onEnd);
  }

  #onAbort(explanation: string, cause: unknown): void {
    const { description, details, hint } = this.#describe();
    this.abort(
      new PersonaAbortError(`${description} was aborted ${explanation}.${hint}`, { ...details, cause }),
    );
  }

  #onDeadline(): void {
    const { description, details, hint } = this.#describe();
    const lastError = this.#call?.progress.lastError;
    const suffix = lastError === undefined ? '' : ` Last error: ${lastError.message}`;
    const message = `${description} did not finish within ${this.#limits.deadlineMs} ms.${hint}${suffix}`;
    this.abort(new PersonaTimeoutError(message, { ...details, scope: 'deadline', lastError }));
  }

  #describe() {
    const call = this.#call;
    return call
      ? { description: describeCall(call), details: errorDetails(call), hint: appliedHint(call) }
      : { description: this.#name, details: {}, hint: '' };
  }
}
