import type { TokenPair } from '../config/auth-options.js';
import { lifetimeOf } from './jwt.js';

/** A token is replaced this long before its end, or after three quarters of a short life: up to a third of it sooner. */
const EARLY_MS = 30_000;
const SPREAD = 1 / 3;

/** Not again so soon, where a replacement in time failed. */
const AGAIN_MS = 5_000;

/**
 * How long tokens last from now on. Counted by a clock that nobody sets: the system's, which `expiresAt` is written in,
 * may be wrong and may jump.
 */
export class TokenExpiry {
  readonly #endsAt: number;
  #dueAt: number;

  constructor({ accessToken, expiresAt }: TokenPair) {
    const lifeMs = lifetimeOf(accessToken) ?? Number.POSITIVE_INFINITY;
    const leftMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - Date.now();
    this.#endsAt = performance.now() + Math.min(leftMs, lifeMs);
    this.#dueAt = this.#endsAt - Math.min(EARLY_MS, lifeMs / 4) * (1 + SPREAD * shareOf(accessToken));
  }

  /** It is time to replace them. */
  get shouldRefresh(): boolean {
    return performance.now() >= this.#dueAt;
  }

  get isExpired(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** They could not be replaced just now. */
  deferRefresh(): void {
    this.#dueAt = Math.min(this.#endsAt, performance.now() + AGAIN_MS);
  }

  /** There are no others to be had: they are used until they are refused. */
  disableRefresh(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
  }
}

/** From 0 to 1, always the same for a token: clients that were granted theirs at one time do not renew them at one time. */
function shareOf(token: string): number {
  let hash = 0;
  for (const character of token.slice(-16)) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32;
}
