/** Options of every fault: which requests it applies to, how often, and when. */
export interface FaultOptions {
  /**
   * Requests that the fault applies to. Every property that is present must match.
   * Without `method`, the fault does not apply to `OPTIONS` requests, such as CORS preflights.
   *
   * @default every request except `OPTIONS`
   */
  readonly match?: {
    /** HTTP method, in upper or lower case. */
    readonly method?: string;
    /** A string must equal the path without the query. A RegExp must match the path with the query. */
    readonly path?: string | RegExp;
  };
  /** Number of requests that the fault applies to. @default all, until you remove the fault */
  readonly times?: number;
  /**
   * Delay in milliseconds. Only `expireTokens` takes effect before the delay. With no other fault, the service then
   * responds as usual.
   */
  readonly delayMs?: number;
  /**
   * Whether the service handles the request, including its writes, before a status, reset, or stall fault applies.
   * With the other faults, the service always handles the request.
   *
   * @default false
   */
  readonly afterWrite?: boolean;
}

/** Replaces the response, as a proxy in front of the service would. The service still adds CORS headers. */
export interface StatusFault {
  /** HTTP status, from 200 to 599. */
  readonly status: number;
  /** Response body. @default '' */
  readonly body?: string | Uint8Array;
  /** Content type of the body. @default 'text/html; charset=utf-8', or none if the body is empty */
  readonly contentType?: string;
  /** Additional headers with lower-case names, for example `{ 'retry-after': '2' }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Resets the connection without a response. In process, `fetch` rejects with a TypeError. */
export interface ResetFault {
  /** Selects this fault. */
  readonly reset: true;
}

/** Handles the request, sends status, headers, and part of the body, and then closes the connection. */
export interface DropFault {
  /** Number of body bytes to send. The service never sends the last byte of a body. */
  readonly dropAfterBytes: number;
}

/** Sends status and headers, and then nothing until the client disconnects or the service closes. */
export interface StallFault {
  /** Selects this fault. */
  readonly stall: true;
}

/** Expires tokens, and then handles the request. Needs a service with `auth`. */
export interface ExpiryFault {
  /**
   * The tokens to expire, among those issued so far.
   *
   * - `'access'`: the access tokens, so that a client can refresh its tokens
   * - `'all'`: the refresh tokens, too, so that a client must log in again
   */
  readonly expireTokens: 'access' | 'all';
}

/**
 * A failure to simulate, as plain data.
 *
 * Create a fault with `fail`, `delay`, `reset`, `dropAfterBytes`, `stall`, or `expireTokens`, or read a fault from a file.
 * Each fault has one kind: a status, reset, drop, stall, expiry, or only a delay.
 * If several faults match a request, the service applies the oldest fault.
 *
 * @example
 * const faults: readonly Fault[] = [fail({ status: 503, times: 2 }), delay(200)];
 * for (const fault of faults) service.faults.add(fault);
 */
export type Fault = FaultOptions &
  (
    | StatusFault
    | ResetFault
    | DropFault
    | StallFault
    | ExpiryFault
    | {
        /** Delay of the response, in milliseconds of real time. */
        readonly delayMs: number;
      }
  );
