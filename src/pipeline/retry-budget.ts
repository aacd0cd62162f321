/**
 * What all calls of a client may spend on retries: each costs one, each success earns a tenth, and one comes
 * back every ten seconds. Isolated failures are repeated as ever; in a full outage the calls go out once each
 * instead of four times.
 *
 * A connection that breaks says little about the service: it may close those that were idle just when they are taken
 * again. Such a retry costs nothing as long as there are as many successes.
 */
export class RetryBudget {
  readonly #most: number;
  #left: number;
  #reconnections = 0;
  #at = performance.now();

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Pay for a retry, if there is enough. */
  tryAcquire(connectionBroke = false): boolean {
    if (connectionBroke && this.#reconnections > 0) {
      this.#reconnections--;
      return true;
    }
    const now = performance.now();
    this.#earn((now - this.#at) / REFILL_MS);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  onSuccess(): void {
    this.#earn(PER_SUCCESS);
    this.#reconnections = Math.min(this.#most, this.#reconnections + 1);
  }

  #earn(amount: number): void {
    this.#left = Math.min(this.#most, this.#left + amount);
  }
}

const PER_SUCCESS = 0.1;
const REFILL_MS = 10_000;
