import { monotonicNow } from '../core/monotonic-now.js';
import { MAX_TIMER_MS } from '../core/timers.js';

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
/** Lower than the default `failMax` of 5, so these requests do not open the client's circuit even if all of them fail. */
const CAUTIOUS_LIMIT = 4;

/** Number of backoffs before a request started. */
type Epoch = number;

interface Waiter {
  readonly admit: (epoch: Epoch) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Limits the requests in flight by additive increase and multiplicative decrease.
 *
 * The limit starts low. Each success raises it: by 1 until the first failure, then a little. Each backoff halves it. During
 * a backoff the limiter admits no request.
 */
export class AdaptiveLimiter {
  readonly #maxLimit: number;
  readonly #waiters: Waiter[] = [];
  #limit: number;
  #inFlight = 0;
  #epoch: Epoch = 0;
  /** Backoffs since the last success. */
  #consecutiveBackoffs = 0;
  #backoffUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closeReason: unknown;
  #hasFailed = false;

  constructor(maxLimit: number) {
    this.#maxLimit = maxLimit;
    this.#limit = Math.min(maxLimit, CAUTIOUS_LIMIT);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Waits until a request may start. Returns the epoch of the request, for {@link backOff}. */
  acquire(): Promise<Epoch> {
    if (this.#closeReason !== undefined) return Promise.reject(this.#closeReason);
    return new Promise((admit, reject) => {
      this.#waiters.push({ admit, reject });
      this.#admitWaiters();
    });
  }

  release(): void {
    this.#inFlight--;
    this.#admitWaiters();
  }

  onSuccess(): void {
    this.#consecutiveBackoffs = 0;
    this.#limit = Math.min(this.#maxLimit, this.#limit + (this.#hasFailed ? 1 / this.#limit : 1));
  }

  /** Lowers the limit after a 5xx response, without a pause. The service may be failing for some items only. */
  onServerError(): void {
    this.#hasFailed = true;
    this.#limit = Math.min(this.#limit, CAUTIOUS_LIMIT);
  }

  /**
   * Halves the limit and pauses all requests.
   *
   * Failed requests of one epoch cause a single backoff, no matter how many fail.
   *
   * @param epoch the epoch in which the failed request started.
   * @param retryAfterMs the minimum delay that the service demands, 0 if none.
   */
  backOff(epoch: Epoch, retryAfterMs: number): void {
    const now = monotonicNow();
    this.#backoffUntil = Math.max(this.#backoffUntil, now + retryAfterMs);
    if (epoch < this.#epoch) return;
    this.#epoch++;
    this.#hasFailed = true;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#consecutiveBackoffs++);
    this.#limit = Math.max(1, this.#limit / 2);
    this.#backoffUntil = Math.max(this.#backoffUntil, now + backoffMs * (0.5 + Math.random() / 2));
  }

  /** Rejects all waiting requests, and all later ones. */
  close(reason: unknown): void {
    this.#closeReason = reason;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiters.splice(0)) reject(reason);
  }

  #admitWaiters(): void {
    clearTimeout(this.#timer);
    const backoffMs = this.#backoffUntil - monotonicNow();
    if (backoffMs > 0) {
      if (this.#waiters.length > 0)
        this.#timer = setTimeout(() => this.#admitWaiters(), Math.min(backoffMs + 1, MAX_TIMER_MS));
      return;
    }
    while (this.#inFlight < this.limit) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      this.#inFlight++;
      waiter.admit(this.#epoch);
    }
  }
}
