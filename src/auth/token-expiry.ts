import type { TokenPair } from '../config/token-store.js';
import { tokenLifetimeMs } from './jwt.js';

const REFRESH_EARLY_MS = 30_000;
/** Maximum jitter, as a fraction of `earlyMs`. Spreads the refreshes of clients that received their tokens at the same time. */
const MAX_JITTER = 1 / 3;
/** Delay of the next refresh after a failed refresh. */
const RETRY_DELAY_MS = 5_000;

/**
 * When an access token should be refreshed, and when it expires.
 *
 * Uses the monotonic clock. `expiresAt` is wall-clock time, which may be wrong or jump, so it is converted once.
 */
export class TokenExpiry {
  readonly #expiresAt: number;
  #refreshAt: number;

  constructor({ accessToken, expiresAt }: TokenPair) {
    const lifetimeMs = tokenLifetimeMs(accessToken) ?? Number.POSITIVE_INFINITY;
    const remainingMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Date.now();
    this.#expiresAt = performance.now() + Math.min(remainingMs, lifetimeMs);
    const earlyMs = Math.min(REFRESH_EARLY_MS, lifetimeMs / 4);
    this.#refreshAt = this.#expiresAt - earlyMs * (1 + MAX_JITTER * stableFraction(accessToken));
  }

  get shouldRefresh(): boolean {
    return performance.now() >= this.#refreshAt;
  }

  get isExpired(): boolean {
    return performance.now() >= this.#expiresAt;
  }

  /** Delays the next refresh, at most until the token expires. Call after a failed refresh. */
  deferRefresh(): void {
    this.#refreshAt = Math.min(this.#expiresAt, performance.now() + RETRY_DELAY_MS);
  }

  /** Prevents refreshes before the service rejects the token. Call if no newer token can be obtained. */
  disableRefresh(): void {
    this.#refreshAt = Number.POSITIVE_INFINITY;
  }
}

/** A number from 0 to 1 that is always the same for a token. */
function stableFraction(token: string): number {
  let hash = 0;
  for (const character of token.slice(-16)) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32;
}
