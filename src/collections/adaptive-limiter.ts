const MIN_HOLD_MS = 100;
const MAX_HOLD_MS = 5_000;

/** The number of the slowing down that was the last when a request began. */
export type Pass = number;

/**
 * Lets requests through, so many at a time: additively more while they succeed, half as many each time the service says that it
 * is too much, and none at all for as long as it asks.
 */
export class AdaptiveLimiter {
  readonly #most: number;
  readonly #waiting: { readonly enter: (pass: Pass) => void; readonly leave: (reason: unknown) => void }[] =
    [];
  #limit: number;
  #inFlight = 0;
  #slowings: Pass = 0;
  /** Slowings since the last success. */
  #inARow = 0;
  #heldUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastSuccess = performance.now();

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** How long nothing has gone through. */
  get idleMs(): number {
    return performance.now() - this.#lastSuccess;
  }

  enter(): Promise<Pass> {
    return new Promise((enter, leave) => {
      this.#waiting.push({ enter, leave });
      this.#admit();
    });
  }

  leave(): void {
    this.#inFlight--;
    this.#admit();
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#lastSuccess = performance.now();
    this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
  }

  /**
   * Too much, or nobody there.
   *
   * @param pass of the request that was told so: those that began before the last slowing say nothing new
   * @param askedMs how long the service wants to be left alone, if it said so
   */
  slowDown(pass: Pass, askedMs: number): void {
    const now = performance.now();
    this.#heldUntil = Math.max(this.#heldUntil, now + askedMs);
    if (pass < this.#slowings) return;
    this.#slowings++;
    const backoffMs = Math.min(MAX_HOLD_MS, MIN_HOLD_MS * 2 ** this.#inARow++);
    this.#limit = Math.max(1, this.#limit / 2);
    this.#heldUntil = Math.max(this.#heldUntil, now + backoffMs * (0.5 + Math.random() / 2));
  }

  /** Turn away whoever waits. */
  close(reason: unknown): void {
    clearTimeout(this.#timer);
    for (const { leave } of this.#waiting.splice(0)) leave(reason);
  }

  #admit(): void {
    clearTimeout(this.#timer);
    const heldMs = this.#heldUntil - performance.now();
    if (heldMs > 0) {
      if (this.#waiting.length > 0)
        this.#timer = setTimeout(() => this.#admit(), Math.min(heldMs + 1, 2 ** 31 - 1));
      return;
    }
    while (this.#inFlight < this.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight++;
      next.enter(this.#slowings);
    }
  }
}
