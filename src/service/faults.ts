import { jsonResponse, type ResponseOutcome, type ServiceRequest, type ServiceResponse } from './http.js';

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
  readonly reset: true;
}

/** Handles the request, sends status, headers, and part of the body, and then closes the connection. */
export interface DropFault {
  /** Number of body bytes to send. The service never sends the last byte of a body. */
  readonly dropAfterBytes: number;
}

/** Sends status and headers, and then nothing until the client disconnects or the service closes. */
export interface StallFault {
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
  (StatusFault | ResetFault | DropFault | StallFault | ExpiryFault | { readonly delayMs: number });

/** The active faults of a service, in the order in which they were added. */
export interface Faults {
  /**
   * Adds a fault.
   *
   * @returns a function that removes the fault.
   * @throws {TypeError} if the fault has no kind, has two kinds, or has a value that is out of range.
   *   Also if `expireTokens` is set and the service has no `auth`.
   */
  add(fault: Fault): () => void;
  /** Removes all faults. */
  clear(): void;
}

const FAULT_KINDS = ['status', 'reset', 'dropAfterBytes', 'stall', 'expireTokens'];

function validateFault(fault: Fault, hasAuth: boolean): void {
  const kinds = FAULT_KINDS.filter((name) => name in fault);
  if (kinds.length > 1)
    throw new TypeError(`A fault can have only one kind, but it has ${kinds.join(' and ')}`);
  if (kinds.length === 0 && fault.delayMs === undefined) {
    throw new TypeError(`A fault needs one of ${FAULT_KINDS.join(', ')}, or delayMs`);
  }
  for (const name of ['times', 'delayMs', 'dropAfterBytes'] as const) {
    const { [name]: value = 0 }: { readonly [Name in typeof name]?: number } = fault;
    if (!(value >= 0)) throw new TypeError(`A fault's ${name} must be a number of at least 0, not ${value}`);
  }
  if ('status' in fault && !(fault.status >= 200 && fault.status <= 599)) {
    throw new TypeError(`A fault's status must be from 200 to 599, not ${fault.status}`);
  }
  if (!('expireTokens' in fault)) return;
  if (!['access', 'all'].includes(fault.expireTokens)) {
    throw new TypeError(`A fault's expireTokens must be 'access' or 'all', not ${fault.expireTokens}`);
  }
  if (!hasAuth)
    throw new TypeError(
      'A fault with expireTokens needs authentication. Create the service with the auth option',
    );
}

function matches({ match = {} }: Fault, { method, path, query }: ServiceRequest): boolean {
  if (match.method === undefined ? method === 'OPTIONS' : match.method.toUpperCase() !== method) return false;
  if (match.path === undefined || match.path === path) return true;
  // With the flag g, `test` would start at the `lastIndex` of the previous request. `search` ignores it.
  return typeof match.path === 'object' && `${path}${query && `?${query}`}`.search(match.path) >= 0;
}

/** The faults of a service, with the operation that the request handler needs. */
export interface FaultInjector extends Faults {
  /** Selects the fault for a request, and counts the use. Expires tokens if the fault has `expireTokens`. */
  select(request: ServiceRequest): Fault | undefined;
}

/**
 * Creates the faults of a service.
 *
 * @param expireTokens `undefined` if the service has no authentication.
 */
export function createFaultInjector(
  expireTokens: ((tokens: 'access' | 'all') => void) | undefined,
): FaultInjector {
  let activeFaults: { readonly fault: Fault; remaining: number }[] = [];
  return {
    add: (fault) => {
      validateFault(fault, expireTokens !== undefined);
      const entry = { fault, remaining: fault.times ?? Number.POSITIVE_INFINITY };
      activeFaults.push(entry);
      return () => {
        activeFaults = activeFaults.filter((other) => other !== entry);
      };
    },
    clear: () => {
      activeFaults = [];
    },
    select: (request) => {
      const entry = activeFaults.find(({ fault, remaining }) => remaining > 0 && matches(fault, request));
      if (entry === undefined) return undefined;
      entry.remaining -= 1;
      if ('expireTokens' in entry.fault) expireTokens?.(entry.fault.expireTokens);
      return entry.fault;
    },
  };
}

function toResponse({ status, body = '', contentType, headers }: StatusFault): ServiceResponse {
  const type = contentType ?? (body.length > 0 ? 'text/html; charset=utf-8' : undefined);
  return { status, headers: { ...(type !== undefined && { 'content-type': type }), ...headers }, body };
}

/** Whether to run the route handler. A fault that hides the real response skips the handler unless `afterWrite` is set. */
const runsRouteHandler = (fault: Fault): boolean =>
  fault.afterWrite === true || !('status' in fault || 'reset' in fault || 'stall' in fault);

/** Applies a fault to a request. `respond` runs the route handler. */
export async function applyFault(
  fault: Fault | undefined,
  respond: () => Promise<ServiceResponse>,
): Promise<ResponseOutcome> {
  if (fault === undefined) return { kind: 'response', response: await respond() };
  const realResponse = runsRouteHandler(fault) ? await respond() : undefined;
  if ('reset' in fault) return { kind: 'reset' };
  if ('status' in fault) return { kind: 'response', response: toResponse(fault) };
  const response = realResponse ?? jsonResponse(200, {}); // only a stall has no real response here
  if ('stall' in fault) return { kind: 'stall', response };
  if ('dropAfterBytes' in fault) return { kind: 'truncated', response, bodyBytes: fault.dropAfterBytes };
  return { kind: 'response', response };
}
