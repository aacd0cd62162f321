import type { ResolvedBreakerOptions } from '../../../../src/config/resolve-options.js';

export type Kind = 'up' | 'down' | 'alive' | 'neutral';

/** An attempt under way, and the period of the breaker's life in which it began. */
export interface Running {
  readonly period: number;
  readonly end: (kind: Kind) => Promise<void>;
}

/** What the breaker promises, as plainly as it can be said. */
export class BreakerModel {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  now = 0;
  /** Counts openings, closings and half-openings: what began in another period moves nothing. */
  period = 0;
  readonly #rules: ResolvedBreakerOptions;
  #openedAt = 0;
  #probeAt: number | undefined;
  #inARow = 0;
  #window: { readonly at: number; readonly failed: boolean }[] = [];

  constructor(rules: ResolvedBreakerOptions) {
    this.#rules = rules;
  }

  /** Let time take effect. */
  tick(): void {
    const { resetTimeoutMs } = this.#rules;
    const since = this.state === 'open' ? this.#openedAt : this.#probeAt;
    if (this.state !== 'closed' && since !== undefined && this.now - since >= resetTimeoutMs)
      this.#halfOpen();
  }

  /** Whether an attempt may go; half-open, it is then the probe. */
  admits(): boolean {
    this.tick();
    if (this.state === 'half-open' && this.#probeAt === undefined) {
      this.#probeAt = this.now;
      return true;
    }
    return this.state === 'closed';
  }

  outcome(kind: Kind, period: number): void {
    if (period !== this.period) return;
    if (this.state === 'half-open') {
      if (kind === 'neutral') this.#halfOpen();
      else if (kind === 'down') this.#open();
      else this.#close();
    } else if (this.state === 'closed' && kind !== 'neutral' && this.#trips(kind === 'down')) this.#open();
  }

  #trips(failed: boolean): boolean {
    const { failMax, errorThresholdPercentage, volumeThreshold, windowMs } = this.#rules;
    this.#inARow = failed ? this.#inARow + 1 : 0;
    if (errorThresholdPercentage === undefined) return failed && this.#inARow >= failMax;
    const tenth = (at: number) => Math.floor(at / (windowMs / 10));
    this.#window.push({ at: this.now, failed });
    this.#window = this.#window.filter(({ at }) => tenth(at) > tenth(this.now) - 10);
    const failures = this.#window.filter((one) => one.failed).length;
    const all = this.#window.length;
    return failed && all >= volumeThreshold && (failures / all) * 100 >= errorThresholdPercentage;
  }

  #open(): void {
    this.state = 'open';
    this.period++;
    this.#openedAt = this.now;
  }

  #halfOpen(): void {
    this.state = 'half-open';
    this.period++;
    this.#probeAt = undefined;
  }

  #close(): void {
    this.state = 'closed';
    this.period++;
    this.#inARow = 0;
    this.#window = [];
  }
}
