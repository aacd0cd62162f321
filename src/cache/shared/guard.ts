import type { sleepAwareNow } from '../../core/clock.js';
import type { raceTimeout } from '../../core/timers.js';

/** Functions of the client that the chunk receives. If it imported them, a bundler would move them into an additional file. */
export interface SharedCacheTools {
  readonly sleepAwareNow: typeof sleepAwareNow;
  readonly raceTimeout: typeof raceTimeout;
  readonly newRandomId: () => string;
}

/** While the store is unavailable, one call per interval probes whether the store is available again. */
export const RETRY_INTERVAL_MS = 1_000;

/**
 * A circuit breaker for the store.
 *
 * Every call ends within the timeout. After a failure, only urgent calls and one probe per interval run until a call succeeds.
 */
export class StoreGuard {
  readonly #timeoutMs: number;
  readonly #onStatusChange: (ok: boolean) => void;
  readonly #tools: SharedCacheTools;
  #isHealthy = true;
  #retryAt = 0;

  /** @param onStatusChange runs when the store becomes unavailable (`ok: false`) or available again, not at every failure. */
  constructor(timeoutMs: number, onStatusChange: (ok: boolean) => void, tools: SharedCacheTools) {
    this.#timeoutMs = timeoutMs;
    this.#onStatusChange = onStatusChange;
    this.#tools = tools;
  }

  /** Whether the last call succeeded. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /**
   * Runs a store call.
   *
   * @param isUrgent whether the call runs even while the store is unavailable.
   * @returns undefined if the call was skipped, failed or timed out.
   */
  async run<T>(work: () => T | Promise<T>, isUrgent = false): Promise<{ readonly value: T } | undefined> {
    const { sleepAwareNow, raceTimeout } = this.#tools;
    const now = sleepAwareNow();
    if (!this.#isHealthy && !isUrgent && now < this.#retryAt) return undefined;
    this.#retryAt = now + RETRY_INTERVAL_MS;
    const call = (async () => ({ value: await work() }))().catch(() => undefined);
    const result = await raceTimeout(call, this.#timeoutMs, () => undefined);
    if (this.#isHealthy !== (result !== undefined)) {
      this.#isHealthy = !this.#isHealthy;
      this.#onStatusChange(this.#isHealthy);
    }
    return result;
  }
}
