import type { AuthOptions } from '../config/auth-options.js';
import type { ClientCode } from './client-code.js';

const MIN_INTERVAL_MS = 5_000;

/**
 * How long a login or refresh may take before other callers regard it as lost. At least 5 s with `getToken`, so that a lost
 * call is not repeated earlier.
 */
export const refreshLeaseMs = (auth: AuthOptions | undefined, timeoutMs: number): number =>
  auth && 'getToken' in auth ? Math.max(timeoutMs, MIN_INTERVAL_MS) : timeoutMs;

/**
 * Keeps five seconds between two calls of `getToken`. Two kinds of calls do not wait: those of `auth.refresh()`, and the call
 * that replaces the first token after the service has rejected it.
 */
export class GetTokenThrottle {
  readonly #code: ClientCode;
  #endsAt = 0;
  #now: () => number;
  #monotonicEnd = 0;
  #count = 0;

  constructor(code: ClientCode) {
    this.#code = code;
    this.#now = code.sleepAwareNow;
  }

  /** Time until the next call is permitted, in milliseconds. */
  get remainingMs(): number {
    return this.#count && Math.max(0, this.#endsAt - this.#now());
  }

  /**
   * Time until `getToken` may be called to replace a rejected token, in milliseconds.
   *
   * The first token may be replaced immediately, because the application may have obtained it long ago.
   */
  get replacementDelayMs(): number {
    return this.#count > 1 ? this.remainingMs : 0;
  }

  /** Call this before each call of `getToken`. */
  record(): void {
    const { monotonicNow, sleepAwareNow } = this.#code;
    const now = monotonicNow();
    // If the call comes early, it had no need to wait, the machine slept, or the wall clock was set forward. The wall clock may
    // jump again, so the next interval then uses the monotonic clock.
    const hasEndedEarly = this.#count > 0 && now < this.#monotonicEnd;
    this.#now = hasEndedEarly ? monotonicNow : sleepAwareNow;
    this.#endsAt = this.#now() + MIN_INTERVAL_MS;
    this.#monotonicEnd = now + MIN_INTERVAL_MS;
    this.#count++;
  }
}
