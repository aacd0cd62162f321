import type { ResolvedBreakerOptions } from '../../../../src/config/breaker-options.js';

/** How an attempt ends: a 2xx, a counted failure, a status that is no failure, or neither. */
export type OutcomeKind = 'success' | 'failure' | 'rejected' | 'neutral';

/** An attempt in flight, and the period in which it started. */
export interface RunningAttempt {
  readonly period: number;
  readonly settle: (kind: OutcomeKind) => Promise<void>;
}

/** A simple model of the circuit breaker, with its own clock. */
export class BreakerModel {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  nowMs = 0;
  /** Counts state changes. Attempts that started in an earlier period change nothing. */
  period = 0;
  readonly #options: ResolvedBreakerOptions;
  #openedAtMs = 0;
  #probeStartedAtMs: number | undefined;
  #consecutiveFailures = 0;
  #window: { readonly timeMs: number; readonly failed: boolean }[] = [];

  constructor(options: ResolvedBreakerOptions) {
    this.#options = options;
  }

  /** Half-opens the circuit if its time has come. */
  checkTime(): void {
    const { resetTimeoutMs } = this.#options;
    const startMs = this.state === 'open' ? this.#openedAtMs : this.#probeStartedAtMs;
    if (this.state !== 'closed' && startMs !== undefined && this.nowMs - startMs >= resetTimeoutMs)
      this.#halfOpen();
  }

  /** Returns whether an attempt may start. In the half-open state it becomes the probe. */
  admits(): boolean {
    this.checkTime();
    if (this.state === 'half-open' && this.#probeStartedAtMs === undefined) {
      this.#probeStartedAtMs = this.nowMs;
      return true;
    }
    return this.state === 'closed';
  }

  record(kind: OutcomeKind, period: number): void {
    if (period !== this.period) return;
    if (this.state === 'half-open') {
      if (kind === 'neutral') this.#halfOpen();
      else if (kind === 'failure') this.#open();
      else this.#close();
    } else if (this.state === 'closed' && kind !== 'neutral' && this.#trips(kind === 'failure')) this.#open();
  }

  #trips(failed: boolean): boolean {
    const { failMax, errorThresholdPercentage, volumeThreshold, windowMs } = this.#options;
    this.#consecutiveFailures = failed ? this.#consecutiveFailures + 1 : 0;
    if (errorThresholdPercentage === undefined) return failed && this.#consecutiveFailures >= failMax;
    const bucketIndex = (timeMs: number) => Math.floor(timeMs / (windowMs / 10));
    this.#window.push({ timeMs: this.nowMs, failed });
    this.#window = this.#window.filter(({ timeMs }) => bucketIndex(timeMs) > bucketIndex(this.nowMs) - 10);
    const failures = this.#window.filter(({ failed }) => failed).length;
    const total = this.#window.length;
    return failed && total >= volumeThreshold && (failures / total) * 100 >= errorThresholdPercentage;
  }

  #open(): void {
    this.state = 'open';
    this.period++;
    this.#openedAtMs = this.nowMs;
  }

  #halfOpen(): void {
    this.state = 'half-open';
    this.period++;
    this.#probeStartedAtMs = undefined;
  }

  #close(): void {
    this.state = 'closed';
    this.period++;
    this.#consecutiveFailures = 0;
    this.#window = [];
  }
}
