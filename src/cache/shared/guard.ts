/** While the store is given up, one attempt in so much time shows whether it is back. */
export const TRY_AGAIN_MS = 1_000;

/**
 * Asks a store that may fail or hang: neither costs more than the timeout, and once it has failed hardly anybody asks until
 * it is back.
 */
export class StoreGuard {
  readonly #timeoutMs: number;
  readonly #changed: (ok: boolean) => void;
  #ok = true;
  #tryAgainAt = 0;

  /** @param changed is told when the store fails, and when it is back; not at every failure. */
  constructor(timeoutMs: number, changed: (ok: boolean) => void) {
    this.#timeoutMs = timeoutMs;
    this.#changed = changed;
  }

  /** The store did what it was last asked for. */
  get isHealthy(): boolean {
    return this.#ok;
  }

  /** What the work brings, or nothing. What is `urgent` is tried though the store is given up. */
  async ask<T>(work: () => T | Promise<T>, urgent = false): Promise<{ readonly value: T } | undefined> {
    const now = performance.now();
    if (!this.#ok && !urgent && now < this.#tryAgainAt) return undefined;
    this.#tryAgainAt = now + TRY_AGAIN_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, undefined);
    });
    const done = (async () => ({ value: await work() }))();
    const outcome = await Promise.race([done.catch(() => undefined), late]);
    clearTimeout(timer);
    if (this.#ok !== (outcome !== undefined)) {
      this.#ok = !this.#ok;
      this.#changed(this.#ok);
    }
    return outcome;
  }
}
