import type { TokenPair } from '../config/token-store.js';
import type { ClientCode } from './client-code.js';
import { tokenLifetimeMs } from './jwt.js';

/** Maximum jitter, as a fraction of `earlyMs`. Spreads the refreshes of clients that received their tokens at the same time. */
const MAX_JITTER = 1 / 3;

/**
 * When an access token should be refreshed, and when it expires.
 *
 * `expiresAt` is wall-clock time, which may be wrong or jump. So it is converted to a remaining time once, when the token
 * arrives.
 */
export class TokenExpiry {
  readonly #now: () => number;
  readonly #expiresAt: number;
  #refreshAt: number;

  /**
   * @param maxEarlyMs the longest time between the refresh and the expiry, without the jitter. A quarter of the lifetime is
   * the other limit.
   */
  constructor({ sleepAwareNow }: ClientCode, { accessToken, expiresAt }: TokenPair, maxEarlyMs: number) {
    const lifetimeMs = tokenLifetimeMs(accessToken) ?? Number.POSITIVE_INFINITY;
    const remainingMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Date.now();
    this.#now = sleepAwareNow;
    this.#expiresAt = this.#now() + Math.min(remainingMs, lifetimeMs);
    const earlyMs = Math.min(maxEarlyMs, lifetimeMs / 4);
    this.#refreshAt = this.#expiresAt - earlyMs * (1 + MAX_JITTER * stableFraction(accessToken));
  }

  get shouldRefresh(): boolean {
    return this.#now() >= this.#refreshAt;
  }

  get isExpired(): boolean {
    return this.#now() >= this.#expiresAt;
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
