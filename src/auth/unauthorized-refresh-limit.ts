import type { ClientCode } from './client-code.js';

const LIMIT_MS = 60_000;

/** Limits the refreshes that 401 responses cause. A new token may be rejected as well, by the service or by a proxy. */
export class UnauthorizedRefreshLimit {
  readonly #now: () => number;
  /** The last access token that replaced a rejected one and was rejected as well. */
  #rejected: { readonly accessToken: string; readonly until: number } | undefined;
  #proxyLimitEndsAt = Number.NEGATIVE_INFINITY;

  constructor({ sleepAwareNow }: ClientCode) {
    this.#now = sleepAwareNow;
  }

  /** Records that an access token was rejected just after it replaced another one. */
  recordRejection(accessToken: string): void {
    this.#rejected = { accessToken, until: this.#now() + LIMIT_MS };
  }

  /** Whether this token has just replaced another one and was rejected as well. A refresh would not help. */
  wasRejected(accessToken: string | undefined): boolean {
    const rejected = this.#rejected;
    return rejected?.accessToken === accessToken && this.#now() < Number(rejected?.until);
  }

  /**
   * Returns whether a 401 may cause a refresh.
   *
   * @param isServiceResponse whether the service itself sent the 401. A proxy may reject every token, so its responses cause at
   * most one refresh per minute.
   */
  tryAcquire(isServiceResponse: boolean): boolean {
    const now = this.#now();
    if (!isServiceResponse && now < this.#proxyLimitEndsAt) return false;
    if (!isServiceResponse) this.#proxyLimitEndsAt = now + LIMIT_MS;
    return true;
  }
}
