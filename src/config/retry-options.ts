import type { ResolvedRetryOptions } from '../core/call.js';

/**
 * Configures retries. Delays grow exponentially with full jitter.
 *
 * The client retries failed connections, attempts that time out, and the statuses 408, 425, 429, 500, 502, 503 and 504. It
 * retries a POST only after 429, or if the request certainly did not reach the service. See `docs/reference/rules.md`.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ retry: { limit: 5, backoffMs: 200, maxBackoffMs: 5_000 } });
 * ```
 */
export interface RetryOptions {
  /** Maximum number of retries after the first attempt. `0` disables retries. @default 3 */
  limit?: number;
  /**
   * Upper bound of the first delay, in milliseconds. The bound doubles with each retry, and each delay is random below
   * it.
   *
   * @default 500
   */
  backoffMs?: number;
  /** Upper bound of every delay, in milliseconds. A longer `Retry-After` header takes precedence. @default 30_000 */
  maxBackoffMs?: number;
}

/** Retry options of a client: those of a call, and the retry budget. */
export interface ClientRetryOptions extends RetryOptions {
  /**
   * Size of the retry budget that all calls of the client share. `false` removes the limit.
   *
   * Each retry takes one from the budget. Ten successes, or ten seconds, restore one. Each success also allows one free
   * retry after a failed connection. In a full outage, the budget limits the load to about one request per call.
   *
   * @default 10
   */
  budget?: number | false;
}

export const DEFAULT_RETRY: ResolvedRetryOptions = { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 };
export const NO_RETRY: ResolvedRetryOptions = { ...DEFAULT_RETRY, limit: 0 };
const DEFAULT_BUDGET = 10;

export function resolveRetryOptions(
  options: RetryOptions | false | undefined,
  defaults: ResolvedRetryOptions,
): ResolvedRetryOptions {
  if (options === false) return NO_RETRY;
  const {
    limit = defaults.limit,
    backoffMs = defaults.backoffMs,
    maxBackoffMs = defaults.maxBackoffMs,
  } = options ?? {};
  return { limit, backoffMs, maxBackoffMs };
}

/** Returns the size of the retry budget, or `undefined` if it is unlimited. */
export function resolveRetryBudget(options: ClientRetryOptions | false | undefined): number | undefined {
  const { budget = DEFAULT_BUDGET } = options || {};
  return budget === false ? undefined : budget;
}
