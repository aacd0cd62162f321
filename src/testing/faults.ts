import type {
  DropFault,
  ExpiryFault,
  FaultOptions,
  ResetFault,
  StallFault,
  StatusFault,
} from '../service/faults.js';

/**
 * Creates a fault that replaces the response.
 *
 * @param fault the response to send, and the options of the fault. `status` is 200 to 599. @default { status: 503 }
 * @example
 * service.faults.add(fail({ status: 429, headers: { 'retry-after': '1' }, times: 2 }));
 * service.faults.add(fail({ status: 500, match: { method: 'POST' }, afterWrite: true })); // the write takes effect
 */
export const fail = ({
  status = 503,
  ...fault
}: Partial<StatusFault> & FaultOptions = {}): StatusFault & FaultOptions => ({
  status,
  ...fault,
});

/**
 * Creates a fault that delays requests. The service then responds as usual.
 *
 * Every other fault accepts a delay too: `fail({ status: 503, delayMs: 200 })`.
 *
 * @param delayMs delay in milliseconds of real time, even with a virtual clock.
 * @example
 * service.faults.add(delay(200, { times: 1 }));
 */
export const delay = (
  delayMs: number,
  options: Omit<FaultOptions, 'delayMs'> = {},
): { readonly delayMs: number } & FaultOptions => ({ ...options, delayMs });

/**
 * Creates a fault that resets the connection without a response. In process, `fetch` rejects with a TypeError.
 *
 * @example
 * service.faults.add(reset({ afterWrite: true, match: { method: 'POST' }, times: 1 })); // the response of a create is lost
 */
export const reset = (options: FaultOptions = {}): ResetFault & FaultOptions => ({ ...options, reset: true });

/**
 * Creates a fault that truncates the response, after the service has handled the request.
 *
 * @param bytes number of body bytes to send. The service never sends the last byte of a body.
 * @example
 * service.faults.add(dropAfterBytes(10, { times: 1 }));
 */
export const dropAfterBytes = (bytes: number, options: FaultOptions = {}): DropFault & FaultOptions => ({
  ...options,
  dropAfterBytes: bytes,
});

/**
 * Creates a fault that sends status and headers, and then nothing until the client disconnects or the service closes.
 *
 * @example
 * service.faults.add(stall({ match: { path: '/api/v1/personas/1' } }));
 */
export const stall = (options: FaultOptions = {}): StallFault & FaultOptions => ({ ...options, stall: true });

/**
 * Creates a fault that expires tokens when the next matching request arrives. Needs a service with `auth`.
 *
 * @param tokens the tokens to expire, among those issued so far. After `'access'`, clients can refresh their tokens.
 *   After `'all'`, clients must log in again. @default 'access'
 * @param options which requests the fault applies to, and how often. @default { times: 1 }, unlike other faults
 * @example
 * service.faults.add(expireTokens());
 */
export const expireTokens = (
  tokens: ExpiryFault['expireTokens'] = 'access',
  options: FaultOptions = {},
): ExpiryFault & FaultOptions => ({ times: 1, ...options, expireTokens: tokens });
