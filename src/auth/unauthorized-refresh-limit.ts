import { sleepAwareNow } from '../core/clock.js';

const LIMIT_MS = 60_000;

/** Limits the refreshes that a 401 causes, because not every 401 ends with a new token. */
export class UnauthorizedRefreshLimit {
  /** The last access token that replaced a rejected one and was rejected as well. */
  #rejected: { readonly accessToken: string; readonly until: number } | undefined;
  #proxyLimitEndsAt = Number.NEGATIVE_INFINITY;

  /** Records that an access token was rejected just after it replaced another one. */
  recordRejection(accessToken: string): void {
    this.#rejected = { accessToken, until: sleepAwareNow() + LIMIT_MS };
  }

  /** Whether this token has just replaced another one and was rejected as well. A refresh would not help. */
  wasRejected(accessToken: string | undefined): boolean {
    const rejected = this.#rejected;
    return rejected?.accessToken === accessToken && sleepAwareNow() < Number(rejected?.until);
  }

  /**
   * Returns whether a 401 may cause a refresh. At most once per minute if a proxy may have sent it, because a proxy may
   * reject every token.
   */
  tryAcquire(isByService: boolean): boolean {
    const now = sleepAwareNow();
    if (!isByService && now < this.#proxyLimitEndsAt) return false;
    if (!isByService) this.#proxyLimitEndsAt = now + LIMIT_MS;
    return true;
  }
}
