import type {
  DropFault,
  ExpiryFault,
  FaultScope,
  ResetFault,
  StallFault,
  StatusFault,
} from '../service/faults.js';

/**
 * A fault: an answer in place of the real one.
 *
 * @param fault which answer, to which requests, how often. `status` is 200 to 599. @default { status: 503 }
 * @example
 * service.faults.add(fail({ status: 429, headers: { 'retry-after': '1' }, times: 2 }));
 * service.faults.add(fail({ status: 500, match: { method: 'POST' }, afterWrite: true })); // written all the same
 */
export const fail = ({
  status = 503,
  ...fault
}: Partial<StatusFault> & FaultScope = {}): StatusFault & FaultScope => ({
  status,
  ...fault,
});

/**
 * A fault: a wait, then the request is handled as usual. Every other fault can wait, too: `fail({ status: 503, delayMs: 200 })`.
 *
 * @param delayMs how long, in milliseconds of real time, whatever the service's clock says.
 * @example
 * service.faults.add(delay(200, { times: 1 }));
 */
export const delay = (
  delayMs: number,
  scope: Omit<FaultScope, 'delayMs'> = {},
): { readonly delayMs: number } & FaultScope => ({ ...scope, delayMs });

/**
 * A fault: the connection is cut without an answer; in process, `fetch` rejects with a TypeError.
 *
 * @example
 * service.faults.add(reset({ afterWrite: true, match: { method: 'POST' }, times: 1 })); // a create whose answer is lost
 */
export const reset = (scope: FaultScope = {}): ResetFault & FaultScope => ({ ...scope, reset: true });

/**
 * A fault: the request is handled, but its answer breaks off.
 *
 * @param bytes how much of the body arrives; of a shorter one, all but the last byte.
 * @example
 * service.faults.add(dropAfterBytes(10, { times: 1 }));
 */
export const dropAfterBytes = (bytes: number, scope: FaultScope = {}): DropFault & FaultScope => ({
  ...scope,
  dropAfterBytes: bytes,
});

/**
 * A fault: status and headers, then silence, until the client goes away or the service closes.
 *
 * @example
 * service.faults.add(stall({ match: { path: '/api/v1/personas/1' } }));
 */
export const stall = (scope: FaultScope = {}): StallFault & FaultScope => ({ ...scope, stall: true });

/**
 * A fault: when the next request arrives, all tokens issued so far are past their time. Needs a service with `auth`.
 *
 * @param which `'access'`: a client can refresh. `'all'`: it must sign in again. @default 'access'
 * @param scope as of every fault, but met once. @default { times: 1 }
 * @example
 * service.faults.add(expireTokens());
 */
export const expireTokens = (
  which: ExpiryFault['expireTokens'] = 'access',
  scope: FaultScope = {},
): ExpiryFault & FaultScope => ({ times: 1, ...scope, expireTokens: which });
