import type { SchemaDrift } from '../schemas/drift.js';
import type { PersonaErrorCode } from './error-codes.js';

/** Which call an event belongs to. */
export interface CallEvent {
  /** Counts the calls of a client with its views, and tells apart those that were given the same `X-Request-Id`. */
  readonly callId: number;
  /** The call's id, sent as `X-Request-Id`. */
  readonly requestId: string;
  /** The method called, such as `personas.get`. */
  readonly call: string;
}

/** Every event by name, with what its listeners are given. No event holds a token, a header or a body. */
export interface PersonaEvents {
  /** A call begins: its input is in order. Told in the turn of whoever makes the call. */
  callStart: CallEvent;
  /**
   * That call ended: with a result, which says where it came from, or with the error it rejects with. With neither, a
   * function that you gave has thrown something of its own.
   */
  callEnd: CallEvent & {
    readonly durationMs: number;
    /** Made by this very call: none where it shared the answer to another. */
    readonly attempts: number;
    readonly source?: CallMeta['source'];
    readonly error?: PersonaErrorCode;
  };
  /** An exchange begins: bytes are about to leave. */
  request: CallEvent & { readonly attempt: number; readonly method: string; readonly url: string };
  /** That exchange ended: with a status, or with the error that cut it short. */
  response: CallEvent & {
    readonly attempt: number;
    readonly durationMs: number;
    readonly status?: number;
    readonly error?: PersonaErrorCode;
  };
  /** An attempt failed and another will follow after `delayMs`. */
  retry: CallEvent & {
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: PersonaErrorCode;
    readonly status?: number;
  };
  /** An attempt failed and none will follow, though its kind is repeated as a rule and the limit is not reached. */
  retrySkipped: CallEvent & {
    /** The next one would come after the deadline; the circuit opened; the client's calls have spent their retries. */
    readonly blockedBy: 'deadline' | 'circuit' | 'budget';
    readonly error: PersonaErrorCode;
  };
  /** A create is in doubt: the client looked for it, and will look again after `delayMs` (0: it knows). */
  reconcile: CallEvent & { readonly found: boolean; readonly delayMs: number };
  /** The circuit did not let an attempt through. */
  circuitRejected: CallEvent & { readonly state: CircuitState };
  /**
   * What the cache decided for a read: fresh, absent, shared with a read in flight, or past its TTL and used all the same;
   * `revalidated`: after a miss, the service confirmed what was kept.
   */
  cache: CallEvent & { readonly outcome: 'hit' | 'miss' | 'deduplicated' | 'stale' | 'revalidated' };
  /** The shared store of the cache failed, or did not answer in time, and is done without (`ok: false`); or is back. */
  cacheStore: { readonly ok: boolean };
  /** The circuit changed. `failures` counts the consecutive failed attempts that led here. */
  circuit: { readonly state: CircuitState; readonly failures: number };
  /** Tokens were obtained, replaced or given up; or (`store`) could not be put into the token store. */
  token: { readonly action: 'login' | 'refresh' | 'logout' | 'store'; readonly ok: boolean };
  /** `allowInsecureAuth` lets credentials go in the clear to this origin. Told once, just after the client was made. */
  insecureAuth: { readonly origin: string };
  /** It became known which dialect the service speaks. */
  dialect: { readonly dialect: 'subresource' | 'attributes' };
  /** The deployment's field-config is another than when it was read last. */
  schemaDrift: SchemaDrift;
}

/** `closed`: requests pass. `open`: they are refused here. `half-open`: one is let through to try. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export type PersonaListener<K extends keyof PersonaEvents> = (event: PersonaEvents[K]) => void;

/** The events of a single call. */
type CallEventName =
  | 'request'
  | 'response'
  | 'retry'
  | 'retrySkipped'
  | 'reconcile'
  | 'circuitRejected'
  | 'cache';

/** An entry of a call's timeline: one of its events, with the milliseconds since it began and until its deadline. */
export type TimelineEntry = {
  [K in CallEventName]: {
    readonly event: K;
    readonly elapsedMs: number;
    readonly remainingMs: number;
  } & Omit<PersonaEvents[K], keyof CallEvent>;
}[CallEventName];

/**
 * Where a result came from; `joined` shares the answer to an equal read, `revalidated` was kept and the service says that
 * it has not changed, `resolved` was found after the answer was lost.
 */
export type ResultSource = 'network' | 'deduplicated' | 'cache' | 'stale' | 'revalidated' | 'reconciled';

/** How a result came about. */
export interface CallMeta {
  /** The status of the answer; absent where no request was needed. */
  readonly status?: number;
  /** The id to find the request by in the service's logs. */
  readonly requestId: string;
  /** Attempts made for this result. 0 for one from the cache. */
  readonly attempts: number;
  /** Where the data comes from: the network, a shared read, the cache, or a look after a lost answer; your `fallback`; or what is built in, where the service has no such route. */
  readonly source: ResultSource | 'fallback' | 'built-in';
  /** How old the data is. More than 0 only for `cache` and `stale`. */
  readonly ageMs: number;
  /** What happened, in order, with the milliseconds since the call began and until its deadline. */
  readonly timeline: readonly TimelineEntry[];
}

type AnyListener = <K extends keyof PersonaEvents>(name: K, event: PersonaEvents[K]) => unknown;

/** Listeners look on and never take part: one that throws is reported on the console and changes nothing. */
export class Events {
  #calls = 0;
  readonly #listeners = new Map<keyof PersonaEvents, Set<(event: never) => void>>();
  #watcher: AnyListener | undefined;

  newCallId(): number {
    return ++this.#calls;
  }

  on<K extends keyof PersonaEvents>(name: K, listener: PersonaListener<K>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    const own: PersonaListener<K> = (event) => listener(event); // so that each `on` has an end of its own
    this.#listeners.set(name, listeners.add(own));
    return () => void listeners.delete(own);
  }

  /** Whether there is anybody to tell. */
  hasListeners(name: keyof PersonaEvents): boolean {
    return this.#watcher !== undefined || (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** One who is told of everything. */
  onAny(watcher: AnyListener): void {
    this.#watcher = watcher;
  }

  emit<K extends keyof PersonaEvents>(name: K, event: PersonaEvents[K]): void {
    const watcher = this.#watcher;
    for (const listener of this.#listeners.get(name) ?? [])
      notify(name, () => (listener as (event: PersonaEvents[K]) => unknown)(event));
    if (watcher) notify(name, () => watcher(name, event));
  }
}

function notify(name: string, listen: () => unknown): void {
  const report = (error: unknown) =>
    queueMicrotask(() => console.error(`persona-client: a listener of '${name}' threw`, error));
  try {
    const result = listen();
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
