import { monotonicNow } from '../core/monotonic-now.js';
import type { PersonaError } from '../index.js';
import { isClientRejection, isItemRejection, isSessionOver } from './classify-error.js';

/** The stall time is counted in ticks. A tick that fires late, because the machine slept, counts as two at most. */
const TICK_MS = 1_000;

interface StopPolicyOptions {
  readonly maxStallMs: number;
  /** Called when no item can succeed, because no login is possible. Later failures call it again. */
  readonly onSessionEnd: (error: PersonaError) => void;
  /** Called when the run has stalled, maybe repeatedly. The argument is the last failure. */
  readonly onStall: (error: PersonaError) => void;
}

/**
 * Decides when a run stops before its end: the session is over, or the run has stalled.
 *
 * A run stalls if the service neither accepts nor rejects an item for `maxStallMs`, and an attempt has failed in that time.
 * Only the time in which items wait counts, so a slow source of items is not a stall. The time in which the machine sleeps or
 * the process is frozen does not count.
 */
export class StopPolicy {
  readonly #options: StopPolicyOptions;
  /** Indexes of the items that the run has read and not finished. */
  readonly #waiting = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stallMs = 0;
  #countedUntil = 0;
  /** Error of the last attempt or search that failed since the service last accepted or rejected an item. */
  #lastError: PersonaError | undefined;

  constructor(options: StopPolicyOptions) {
    this.#options = options;
  }

  startWaiting(index: number): void {
    if (this.#waiting.size === 0) {
      this.#countedUntil = monotonicNow();
      this.#scheduleTick();
    }
    this.#waiting.add(index);
  }

  stopWaiting(index: number): void {
    if (!this.#waiting.delete(index) || this.#waiting.size > 0) return;
    this.#count();
    clearTimeout(this.#timer);
  }

  onSuccess(): void {
    this.#stallMs = 0;
    this.#countedUntil = monotonicNow();
    this.#lastError = undefined;
  }

  onFailure(error: PersonaError): void {
    if (isSessionOver(error)) this.#options.onSessionEnd(error);
    else if (isItemRejection(error)) this.onSuccess();
    else if (!isClientRejection(error)) {
      this.#lastError = error;
      this.#tick();
    }
  }

  #tick(): void {
    this.#count();
    if (this.#lastError && this.#stallMs >= this.#options.maxStallMs) this.#options.onStall(this.#lastError);
    else if (this.#waiting.size > 0) this.#scheduleTick();
  }

  #count(): void {
    const now = monotonicNow();
    this.#stallMs += Math.min(now - this.#countedUntil, 2 * TICK_MS);
    this.#countedUntil = now;
  }

  #scheduleTick(): void {
    clearTimeout(this.#timer);
    const remainingMs = this.#options.maxStallMs - this.#stallMs;
    const tickMs = remainingMs > 0 ? Math.min(remainingMs, TICK_MS) : TICK_MS;
    this.#timer = setTimeout(() => this.#tick(), tickMs);
  }
}
