interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
  /** `undefined` for a timer that fires once. */
  readonly intervalMs: number | undefined;
}

const realSetTimeout = globalThis.setTimeout;

/** The number of events that the service or a crypto function still processes. The clock waits for them. */
export interface PendingWork {
  count: number;
}

/**
 * Replaces the clocks and timers of the process. Time passes only in `advance`, `freeze` and `sleep`.
 *
 * Code under test that awaits real work, such as a dynamic import, gets time for it before the clock advances.
 */
export class VirtualClock {
  readonly #timers = new Map<number, Timer>();
  readonly #pending: PendingWork;
  #lastTimerId = 0;
  #monotonicMs = 1_000;
  #wallMs = Date.UTC(2026, 0, 1);

  constructor(pending: PendingWork) {
    this.#pending = pending;
  }

  /** The monotonic clock. */
  get now(): number {
    return this.#monotonicMs;
  }

  /** Installs the clock. Returns a function that restores the real one. */
  install(): () => void {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
    const realNow = Date.now;
    const realMonotonic = performance.now;
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0) => this.#setTimer(run, ms),
      setInterval: (run: () => void, ms = 0) => this.#setTimer(run, ms, Math.max(1, ms)),
      clearTimeout: (id: unknown) => void this.#timers.delete(Number(id)),
      clearInterval: (id: unknown) => void this.#timers.delete(Number(id)),
    });
    Date.now = () => this.#wallMs;
    performance.now = () => this.#monotonicMs;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
      Date.now = realNow;
      performance.now = realMonotonic;
    };
  }

  #setTimer(run: () => void, ms: number, intervalMs?: number): number {
    const id = ++this.#lastTimerId;
    this.#timers.set(id, { dueAt: this.#monotonicMs + Math.max(0, ms), run, intervalMs });
    return id;
  }

  /** The process stops: both clocks advance, and no timer fires. */
  freeze(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /** The machine sleeps, or the wall clock is set: the monotonic clock stands still. */
  moveWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  /** Runs the timers that are due, in order. */
  fireDueTimers(): void {
    for (;;) {
      const due = [...this.#timers].filter(([, { dueAt }]) => dueAt <= this.#monotonicMs);
      const [first] = due.sort(([a, x], [b, y]) => x.dueAt - y.dueAt || a - b);
      if (first === undefined) return;
      const [id, { run, intervalMs }] = first;
      this.#timers.delete(id);
      // As in Node, an interval that was late fires once.
      if (intervalMs !== undefined)
        this.#timers.set(id, { dueAt: this.#monotonicMs + intervalMs, run, intervalMs });
      run();
    }
  }

  /**
   * Advances from timer to timer until the condition holds. Returns `false` after `limitMs`, or if no timer is left.
   */
  async advanceUntil(isDone: () => boolean, limitMs = 120_000): Promise<boolean> {
    const endsAt = this.#monotonicMs + limitMs;
    for (;;) {
      await this.settle();
      if (isDone()) return true;
      const nextAt = Math.min(...[...this.#timers.values()].map(({ dueAt }) => dueAt));
      if (nextAt > endsAt) {
        this.freeze(Number.isFinite(nextAt) ? endsAt - this.#monotonicMs : 0);
        return false;
      }
      this.freeze(Math.max(0, nextAt - this.#monotonicMs));
      this.fireDueTimers();
    }
  }

  async advance(ms: number): Promise<void> {
    const endsAt = this.#monotonicMs + ms;
    await this.advanceUntil(() => false, ms);
    this.freeze(endsAt - this.#monotonicMs);
  }

  /** Waits for promises, dynamic imports, the service and crypto functions. The clock stands still. */
  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 3; quietTurns = this.#pending.count === 0 ? quietTurns + 1 : 0)
      await new Promise((resolve) => realSetTimeout(resolve, 1));
  }
}
