import type { ResolvedOptions } from '../config/resolve-options.js';
import { monotonicNow } from '../core/monotonic-now.js';

const TOKENS_PER_SUCCESS = 0.1;
const REFILL_INTERVAL_MS = 10_000;

/**
 * Limits the retries of all calls of a client, so that an outage does not multiply the load.
 *
 * A retry costs one token. A success adds a tenth of a token, and every ten seconds add one.
 *
 * A broken connection says little about the service, which may just have closed an idle connection. So each success also
 * earns one free retry after a broken connection.
 */
export class RetryBudget {
  readonly #maxTokens: number;
  #tokens: number;
  #freeReconnects = 0;
  #refilledAt = monotonicNow();

  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
    this.#tokens = maxTokens;
  }

  /** Takes a token, or a free retry after a broken connection. Returns `false` if none is left. */
  tryAcquire(isConnectionBroken = false): boolean {
    if (isConnectionBroken && this.#freeReconnects > 0) {
      this.#freeReconnects--;
      return true;
    }
    const now = monotonicNow();
    this.#add((now - this.#refilledAt) / REFILL_INTERVAL_MS);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  onSuccess(): void {
    this.#add(TOKENS_PER_SUCCESS);
    this.#freeReconnects = Math.min(this.#maxTokens, this.#freeReconnects + 1);
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#maxTokens, this.#tokens + tokens);
  }
}

/** Returns `undefined` if `retry.budget` is `false`, so that retries are unlimited. */
export const createRetryBudget = ({ retry }: ResolvedOptions): RetryBudget | undefined =>
  retry.budget === undefined ? undefined : new RetryBudget(retry.budget);
