import { type AbortSignalLike, LightAbortController, onAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { appliedHint, describeCall, errorDetails } from '../core/call.js';
import { PersonaAbortError, PersonaTimeoutError } from '../core/errors/index.js';

/** What a call is ended by before its answer. */
interface Bounds {
  readonly deadlineMs: number;
  readonly caller: AbortSignalLike | undefined;
  /** Aborts when the client or the view is closed. */
  readonly closing: AbortSignalLike;
}

/**
 * A call's signal: aborts with a typed error as its reason. It looks out for what may end the call from when it is first
 * listened to: a call that waits for nothing needs no timer.
 */
export class CallSignal extends LightAbortController {
  /** When the call's time is up, by `performance.now()`. */
  readonly at: number;
  readonly #name: string;
  readonly #bounds: Bounds;
  #call: Call | undefined;
  #looksOut = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leave: (() => void) | undefined;
  #unlink: (() => void) | undefined;

  constructor(name: string, startedAt: number, bounds: Bounds) {
    super();
    this.at = startedAt + bounds.deadlineMs;
    this.#name = name;
    this.#bounds = bounds;
    if (bounds.caller?.aborted || bounds.closing.aborted) this.#lookOut();
  }

  /** Let the errors speak of this call. */
  attach(call: Call): void {
    this.#call = call;
  }

  /** Stop the timer and let go of the signals. */
  end(): void {
    if (!this.#looksOut) return;
    clearTimeout(this.#timer);
    this.#leave?.();
    this.#unlink?.();
  }

  override addEventListener(type: 'abort', listener: () => void): void {
    this.#lookOut();
    if (this.aborted) listener();
    else super.addEventListener(type, listener);
  }

  #lookOut(): void {
    if (this.#looksOut) return;
    this.#looksOut = true;
    const { caller, closing } = this.#bounds;
    this.#leave = onAbort(caller, (reason) => this.#abandon('the caller gave up', reason));
    this.#unlink = onAbort(closing, (reason) => this.#abandon('the client was closed', reason));
    if (this.aborted) return;
    this.#timer = setTimeout(() => this.#tooLate(), Math.max(0, this.at - performance.now()));
  }

  #abandon(why: string, cause: unknown): void {
    const { what, details, after } = this.#itsCall;
    this.abort(new PersonaAbortError(`${what} was aborted: ${why}.${after}`, { ...details, cause }));
  }

  #tooLate(): void {
    const { what, details, after } = this.#itsCall;
    const lastError = this.#call?.progress.lastError;
    const why = lastError === undefined ? '' : ` Last failure: ${lastError.message}`;
    const message = `${what} was not done within ${this.#bounds.deadlineMs} ms.${after}${why}`;
    this.abort(new PersonaTimeoutError(message, { ...details, scope: 'deadline', lastError }));
  }

  get #itsCall() {
    const call = this.#call;
    return call
      ? { what: describeCall(call), details: errorDetails(call), after: appliedHint(call) }
      : { what: this.#name, details: {}, after: '' };
  }
}
