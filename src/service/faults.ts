import { checkFault, FAULT_KINDS } from './fault-rules.js';
import type { Fault, StatusFault } from './fault-types.js';
import { jsonResponse, type ResponseOutcome, type ServiceRequest, type ServiceResponse } from './http.js';

/** The active faults of a service, in the order in which they were added. */
export interface Faults {
  /**
   * Adds a fault.
   *
   * @returns a function that removes the fault.
   * @throws {TypeError} if the fault has no kind, two kinds, an unknown property, or a value that is out of range.
   *   Also if `expireTokens` is set and the service has no `auth`.
   */
  add(fault: Fault): () => void;
  /** Removes all faults. */
  clear(): void;
}

function validateFault(fault: Fault, hasAuth: boolean): void {
  const kinds = FAULT_KINDS.filter((name) => name in Object(fault));
  checkFault('faults.add', fault, kinds.length === 1 ? kinds : FAULT_KINDS);
  if (kinds.length > 1)
    throw new TypeError(`A fault can have only one kind, but it has ${kinds.join(' and ')}`);
  const [kind = 'delayMs'] = kinds;
  if (fault[kind as keyof Fault] === undefined)
    throw new TypeError(`A fault needs one of ${FAULT_KINDS.join(', ')}, or delayMs`);
  if ('expireTokens' in fault && !hasAuth)
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
