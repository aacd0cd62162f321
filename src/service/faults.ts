import { type Answer, jsonAnswer, type Outcome, type Received } from './exchange.js';

/** Which requests a fault meets, and how often. */
export interface FaultScope {
  /** All that is given must fit. Default: every request but CORS preflights. */
  readonly match?: {
    readonly method?: string;
    /** A string is the whole path without the query; a RegExp is tested against the path with the query. */
    readonly path?: string | RegExp;
  };
  /** How many requests it meets before it is spent. Default: all, until it is removed or cleared. */
  readonly times?: number;
  /** Waits so many milliseconds before anything happens. Alone, the request is handled as usual after it. */
  readonly delayMs?: number;
  /** The request is handled first, and what it wrote stays; only then comes the fault. Default `false`. */
  readonly afterWrite?: boolean;
}

/** An answer in place of the real one, as of a proxy in front; CORS headers are added as to any other. */
export interface StatusFault {
  /** 200 to 599. */
  readonly status: number;
  /** Default: empty. */
  readonly body?: string | Uint8Array;
  /** Default `'text/html; charset=utf-8'` when there is a body. */
  readonly contentType?: string;
  /** For example `{ 'retry-after': '2' }`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The connection is cut without an answer; in process, `fetch` rejects with a TypeError. */
export interface ResetFault {
  readonly reset: true;
}

/** The request is handled; its status, headers and so many bytes of its body are sent, then the connection is cut. */
export interface DropFault {
  /** At most all but the last byte, so that the body is never whole. */
  readonly dropAfterBytes: number;
}

/** Status and headers are sent, then nothing, until the client goes away or the service closes. */
export interface StallFault {
  readonly stall: true;
}

/** All tokens issued so far are past their time, then the request is handled. Needs a service with `auth`. */
export interface ExpiryFault {
  /** `'access'`: a client can refresh. `'all'`: it must sign in again. */
  readonly expireTokens: 'access' | 'all';
}

/**
 * Something that goes wrong, as data: made by `fail`, `delay`, `reset`, `dropAfterBytes`, `stall` and `expireTokens`, or read from
 * a file. The first fault added that fits a request is the one it meets.
 *
 * @example
 * const troubles: readonly Fault[] = [fail({ status: 503, times: 2 }), delay(200)];
 * for (const trouble of troubles) service.faults.add(trouble);
 */
export type Fault = FaultScope &
  (StatusFault | ResetFault | DropFault | StallFault | ExpiryFault | { readonly delayMs: number });

/** The faults of a service, in the order in which they were added. */
export interface Faults {
  /**
   * Returns what removes it again.
   *
   * @throws TypeError for what is no fault: none or two outcomes, a status or a number out of range, tokens without `auth`.
   */
  add(fault: Fault): () => void;
  clear(): void;
}

const OUTCOMES = ['status', 'reset', 'dropAfterBytes', 'stall', 'expireTokens'];

function check(fault: Fault, hasTokens: boolean): void {
  const given = OUTCOMES.filter((name) => name in fault);
  if (given.length > 1) throw new TypeError(`A fault has one outcome, not ${given.join(' and ')}`);
  if (given.length === 0 && fault.delayMs === undefined) {
    throw new TypeError(`A fault needs one of ${OUTCOMES.join(', ')}, or delayMs`);
  }
  for (const name of ['times', 'delayMs', 'dropAfterBytes'] as const) {
    const { [name]: value = 0 }: { readonly [Name in typeof name]?: number } = fault;
    if (!(value >= 0)) throw new TypeError(`A fault's ${name} is a number from 0 on, not ${value}`);
  }
  if ('status' in fault && !(fault.status >= 200 && fault.status <= 599)) {
    throw new TypeError(`A fault's status is from 200 to 599, not ${fault.status}`);
  }
  if (!('expireTokens' in fault)) return;
  if (!['access', 'all'].includes(fault.expireTokens)) {
    throw new TypeError(`A fault's expireTokens is 'access' or 'all', not ${fault.expireTokens}`);
  }
  if (!hasTokens) throw new TypeError('There are no tokens to expire: create the service with auth');
}

function fits({ match = {} }: Fault, { method, path, query }: Received): boolean {
  if (match.method === undefined ? method === 'OPTIONS' : match.method.toUpperCase() !== method) return false;
  if (match.path === undefined || match.path === path) return true;
  // A RegExp with the flag g keeps its place between tests, so it is asked through search.
  return typeof match.path === 'object' && `${path}${query && `?${query}`}`.search(match.path) >= 0;
}

export interface FaultQueue extends Faults {
  /** The fault that this request meets; counts it. */
  take(received: Received): Fault | undefined;
}

export function createFaults(expire: ((which: 'access' | 'all') => void) | undefined): FaultQueue {
  let active: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => {
      check(fault, expire !== undefined);
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      active.push(entry);
      return () => {
        active = active.filter((other) => other !== entry);
      };
    },
    clear: () => {
      active = [];
    },
    take: (received) => {
      const entry = active.find(({ fault, left }) => left > 0 && fits(fault, received));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if ('expireTokens' in entry.fault) expire?.(entry.fault.expireTokens);
      return entry.fault;
    },
  };
}

function standIn({ status, body = '', contentType, headers }: StatusFault): Answer {
  const type = contentType ?? (body.length > 0 ? 'text/html; charset=utf-8' : undefined);
  return { status, headers: { ...(type !== undefined && { 'content-type': type }), ...headers }, body };
}

/** Where a fault shows nothing of the real answer, the handler runs only when asked to. */
const runsHandler = (fault: Fault): boolean =>
  fault.afterWrite === true || !('status' in fault || 'reset' in fault || 'stall' in fault);

/** What the client sees of a request that meets a fault; `handle` runs the handler. */
export async function outcomeOf(fault: Fault | undefined, handle: () => Promise<Answer>): Promise<Outcome> {
  if (fault === undefined) return { kind: 'answer', answer: await handle() };
  const real = runsHandler(fault) ? await handle() : undefined;
  if ('reset' in fault) return { kind: 'reset' };
  if ('status' in fault) return { kind: 'answer', answer: standIn(fault) };
  const answer = real ?? jsonAnswer(200, {});
  if ('stall' in fault) return { kind: 'stall', answer };
  if ('dropAfterBytes' in fault) return { kind: 'cut', answer, bytes: fault.dropAfterBytes };
  return { kind: 'answer', answer };
}
