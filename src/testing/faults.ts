import { checkFault } from '../service/fault-rules.js';
import type {
  DropFault,
  ExpiryFault,
  FaultOptions,
  ResetFault,
  StallFault,
  StatusFault,
} from '../service/fault-types.js';

/**
 * Creates a fault that replaces the response.
 *
 * @param fault the response to send, and the options of the fault. `status` is 200 to 599. @default { status: 503 }
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(fail({ status: 429, headers: { 'retry-after': '1' }, times: 2 }));
 * service.faults.add(fail({ status: 500, match: { method: 'POST' }, afterWrite: true })); // the write takes effect
 */
export function fail(fault: Partial<StatusFault> & FaultOptions = {}): StatusFault & FaultOptions {
  checkFault('fail', fault, ['status']);
  const { status = 503, ...options } = fault;
  return { status, ...options };
}

/**
 * Creates a fault that delays requests. The service then responds as usual.
 *
 * Every other fault accepts a delay too: `fail({ status: 503, delayMs: 200 })`.
 *
 * @param delayMs delay in milliseconds of real time, even with a virtual clock.
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(delay(200, { times: 1 }));
 */
export function delay(
  delayMs: number,
  options: Omit<FaultOptions, 'delayMs'> = {},
): { readonly delayMs: number } & FaultOptions {
  checkFault('delay', options, []);
  return { ...options, delayMs };
}

/**
 * Creates a fault that resets the connection without a response. In process, `fetch` rejects with a TypeError.
 *
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(reset({ afterWrite: true, match: { method: 'POST' }, times: 1 })); // the response of a create is lost
 */
export function reset(options: FaultOptions = {}): ResetFault & FaultOptions {
  checkFault('reset', options, []);
  return { ...options, reset: true };
}

/**
 * Creates a fault that truncates the response, after the service has handled the request.
 *
 * @param bytes number of body bytes to send. The service never sends the last byte of a body.
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(dropAfterBytes(10, { times: 1 }));
 */
export function dropAfterBytes(bytes: number, options: FaultOptions = {}): DropFault & FaultOptions {
  checkFault('dropAfterBytes', options, []);
  return { ...options, dropAfterBytes: bytes };
}

/**
 * Creates a fault that sends status and headers, and then nothing until the client disconnects or the service closes.
 *
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(stall({ match: { path: '/api/v1/personas/1' } }));
 */
export function stall(options: FaultOptions = {}): StallFault & FaultOptions {
  checkFault('stall', options, []);
  return { ...options, stall: true };
}

/**
 * Creates a fault that expires tokens when the next matching request arrives. Needs a service with `auth`.
 *
 * @param tokens the tokens to expire, among those issued so far. After `'access'`, clients can refresh their tokens.
 *   After `'all'`, clients must log in again. @default 'access'
 * @param options which requests the fault applies to, and how often. @default { times: 1 }, unlike other faults
 * @throws {TypeError} for an unknown property or an invalid value.
 * @example
 * service.faults.add(expireTokens());
 */
export function expireTokens(
  tokens: ExpiryFault['expireTokens'] = 'access',
  options: FaultOptions = {},
): ExpiryFault & FaultOptions {
  checkFault('expireTokens', options, []);
  return { times: 1, ...options, expireTokens: tokens };
}
