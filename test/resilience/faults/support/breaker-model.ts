import type { ResolvedBreakerOptions } from '../../../../src/config/breaker-options.js';

/**
 * How an attempt ends: a 2xx, a counted failure, a 500 that may concern one failure scope, a status that is no failure, or
 * neither.
 */
export type OutcomeKind = 'success' | 'failure' | 'scope failure' | 'rejected' | 'neutral';

/** An attempt in flight, and the period in which it started. */
export interface RunningAttempt {
  readonly period: number;
  readonly scope: string;
  readonly settle: (kind: OutcomeKind) => Promise<void>;
}

interface WindowEntry {
  readonly timeMs: number;
  readonly failed: boolean;
  readonly scope?: string | undefined;
  isBroken?: boolean;
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
  /** The scopes of all failures since the last success. */
  #streak: (string | undefined)[] = [];
  /** The failures of the streak that count. */
  #counted: (string | undefined)[] = [];
  #brokenAtMs = new Map<string, number>();
  #window: WindowEntry[] = [];
  #suspects = new Set<string | undefined>();
  #extraProbe: 'none' | 'allowed' | 'running' = 'none';

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
  admits(scope: string): boolean {
    this.checkTime();
    if (this.state === 'open' && this.#extraProbe === 'allowed' && !this.#suspects.has(scope)) {
      this.#halfOpen();
      this.#extraProbe = 'running';
    }
    if (this.state === 'half-open' && this.#probeStartedAtMs === undefined) {
      this.#probeStartedAtMs = this.nowMs;
      return true;
    }
    return this.state === 'closed';
  }

  record(kind: OutcomeKind, { period, scope }: RunningAttempt): void {
    if (period !== this.period || kind === 'neutral') {
      if (period === this.period && this.state === 'half-open') this.#halfOpen();
      return;
    }
    if (kind === 'failure' || kind === 'scope failure') {
      const failing = kind === 'failure' ? undefined : scope;
      if (this.state === 'half-open') this.#streak = [];
      this.#streak.push(failing);
      if (this.state === 'half-open' || this.#trips(failing)) this.#open();
    } else {
      this.#succeed(scope);
      if (this.state === 'half-open') this.#close();
    }
  }

  #trips(scope: string | undefined): boolean {
    const { failMax, errorThresholdPercentage, volumeThreshold, windowMs } = this.#options;
    if (errorThresholdPercentage === undefined) {
      const brokenForMs = this.nowMs - (this.#brokenAtMs.get(scope ?? '') ?? Number.NEGATIVE_INFINITY);
      if (scope !== undefined && this.#counted.includes(scope) && brokenForMs < windowMs) return false;
      this.#counted.push(scope);
      return this.#counted.length >= failMax;
    }
    this.#trimWindow();
    if (this.#window.some((entry) => entry.isBroken && entry.scope === scope)) return false;
    this.#window.push({ timeMs: this.nowMs, failed: true, scope });
    const failures = this.#window.filter(({ failed }) => failed).length;
    const total = this.#window.length;
    return total >= volumeThreshold && (failures / total) * 100 >= errorThresholdPercentage;
  }

  /** Each failing scope other than this one counts once from now on. */
  #succeed(scope: string): void {
    for (const other of this.#counted)
      if (other !== undefined && other !== scope) this.#brokenAtMs.set(other, this.nowMs);
    this.#streak = [];
    this.#counted = [];
    this.#trimWindow();
    const isFirst = (entry: WindowEntry) =>
      this.#window.find((earlier) => earlier.scope === entry.scope) === entry;
    const concernsOther = (entry: WindowEntry) => entry.scope !== undefined && entry.scope !== scope;
    this.#window = this.#window.filter((entry) => !concernsOther(entry) || isFirst(entry));
    for (const entry of this.#window) if (concernsOther(entry)) entry.isBroken = true;
    this.#window.push({ timeMs: this.nowMs, failed: false });
  }

  #trimWindow(): void {
    const bucketIndex = (timeMs: number) => Math.floor(timeMs / (this.#options.windowMs / 10));
    this.#window = this.#window.filter(({ timeMs }) => bucketIndex(timeMs) > bucketIndex(this.nowMs) - 10);
  }

  #open(): void {
    this.state = 'open';
    this.period++;
    this.#openedAtMs = this.nowMs;
    const [suspect] = this.#streak;
    const isOnlyOne = suspect !== undefined && this.#streak.every((scope) => scope === suspect);
    this.#extraProbe = isOnlyOne && this.#extraProbe !== 'running' ? 'allowed' : 'none';
    if (isOnlyOne) this.#suspects.add(suspect);
  }

  #halfOpen(): void {
    this.state = 'half-open';
    this.period++;
    this.#probeStartedAtMs = undefined;
    this.#extraProbe = 'none';
  }

  #close(): void {
    this.state = 'closed';
    this.period++;
    this.#window = [];
    this.#suspects.clear();
    this.#extraProbe = 'none';
  }
}
