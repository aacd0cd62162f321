import type { SchemaDrift } from '../schemas/diff-field-configs.js';
import type { Dialect } from './dialect.js';
import type { PersonaErrorCode } from './error-codes.js';

/** Fields that identify the call of an event. */
export interface CallEvent {
  /** Sequence number, unique within a client and its views. Calls may share a request id, but never this number. */
  readonly callId: number;
  /** Request id of the call, sent as `X-Request-Id`. */
  readonly requestId: string;
  /**
   * Name of the called method, such as `personas.get`. Requests for tokens are calls, too: `auth.login`,
   * `auth.refresh`.
   */
  readonly call: string;
}

/**
 * All events of a client, by name. Subscribe with `client.on`. `docs/reference/events.md` lists them.
 *
 * Listeners run synchronously. Events never contain tokens, headers or bodies.
 *
 * @example
 * ```ts
 * client.on('callEnd', ({ call, durationMs, error }) => console.log(call, error ?? 'ok', durationMs));
 * ```
 */
export interface PersonaEvents {
  /**
   * A call started: its input and options are valid. Emitted before a method such as `personas.get` returns its
   * promise.
   */
  callStart: CallEvent;
  /**
   * A call ended.
   *
   * Has `source` if the call succeeded, and `error` if it failed with a `PersonaError`.
   * Has neither if a function from your options threw another error.
   */
  callEnd: CallEvent & {
    /** Duration of the whole call, in milliseconds. */
    readonly durationMs: number;
    /** Number of attempts that this call sent. `0` for a cache hit, or if it shared the response of another call. */
    readonly attempts: number;
    /** Where the result came from. */
    readonly source?: CallMeta['source'];
    /** Code of the error. */
    readonly error?: PersonaErrorCode;
  };
  /**
   * The client is about to send a request.
   *
   * After replacing a rejected token, the client sends the request again with the same `attempt`.
   */
  request: CallEvent & {
    /** Number of the attempt, starting at 1. */
    readonly attempt: number;
    /** HTTP method. */
    readonly method: string;
    /** URL of the request. */
    readonly url: string;
  };
  /** The client received the complete response (`status`), or the request failed (`error`). */
  response: CallEvent & {
    /** Number of the attempt, starting at 1. */
    readonly attempt: number;
    /** Time since the `request` event, in milliseconds. */
    readonly durationMs: number;
    /** HTTP status of the response. */
    readonly status?: number;
    /** Code of the error that prevented a complete response. */
    readonly error?: PersonaErrorCode;
  };
  /** An attempt failed, and the client will retry. */
  retry: CallEvent & {
    /** Number of the next attempt. */
    readonly attempt: number;
    /** Delay before the next attempt, in milliseconds. */
    readonly delayMs: number;
    /** Error code of the failed attempt. */
    readonly error: PersonaErrorCode;
    /** Status of the failed attempt, if it had a response. */
    readonly status?: number;
  };
  /** An attempt failed with a retryable error below the retry limit, but the client does not retry. */
  retrySkipped: CallEvent & {
    /**
     * Reason for not retrying.
     *
     * - `deadline`: the delay would end after the deadline.
     * - `circuit`: the circuit breaker is open.
     * - `budget`: the retry budget is used up.
     */
    readonly blockedBy: 'deadline' | 'circuit' | 'budget';
    /** Error code of the failed attempt. */
    readonly error: PersonaErrorCode;
  };
  /**
   * The client searched for a persona after the response to its create was lost.
   *
   * Emitted once per search, and only with `onUnknownOutcome: 'reconcile'`.
   */
  reconcile: CallEvent & {
    /** Whether the search found the persona. */
    readonly found: boolean;
    /** Delay before the next search, in milliseconds. `0` if this search settled the outcome. */
    readonly delayMs: number;
  };
  /**
   * A response contains a value that breaks the contract, so the client left out the field or the whole row.
   *
   * Emitted once per response and value, at most 20 times per response. `meta.invalidFields` has the value.
   */
  invalidField: CallEvent & Omit<InvalidField, 'value'>;
  /**
   * A write contains a field that the client does not know, probably because its name is misspelled. The client sends it anyway.
   *
   * Emitted once per client and field, for at most 1,000 fields. See the client option `unknownFields`.
   */
  unknownField: CallEvent & {
    /** The category and the name of the field, such as `['psychographic', 'interest']`. */
    readonly path: readonly string[];
    /** The violated rule, with the most similar known field or all known fields. */
    readonly rule: string;
  };
  /** The circuit breaker rejected an attempt before it was sent. */
  circuitRejected: CallEvent & {
    /** State of the circuit. */
    readonly state: CircuitState;
  };
  /**
   * Result of a cache lookup.
   *
   * - `hit`: the entry is fresh.
   * - `miss`: no entry may be served now. If the service is unavailable, `stale` may follow.
   * - `deduplicated`: an identical read is in flight, and this call shares its response.
   * - `stale`: the entry has exceeded its TTL but is served.
   * - `revalidated`: after a miss or in the background, the service confirmed the stored entry (304).
   */
  cache: CallEvent & {
    /** The result. */
    readonly outcome: 'hit' | 'miss' | 'deduplicated' | 'stale' | 'revalidated';
  };
  /** The shared cache store became unavailable (`ok: false`), or available again. */
  cacheStore: {
    /** Whether the store is available. */
    readonly ok: boolean;
  };
  /** The circuit breaker changed its state. */
  circuit: {
    /** The new state. */
    readonly state: CircuitState;
    /** Consecutive failed attempts. `0` if the circuit is closed. */
    readonly failures: number;
  };
  /** A login, refresh or logout ended, or the client failed to store tokens. */
  token: {
    /**
     * `refresh` includes calls of your `getToken`. `store` is emitted when writes to the token store start to fail. It is
     * not repeated until a write has succeeded.
     */
    readonly action: 'login' | 'refresh' | 'logout' | 'store';
    /** Whether the action succeeded. */
    readonly ok: boolean;
  };
  /**
   * `allowInsecureAuth` permits credentials over plain HTTP to this origin.
   *
   * Emitted once per client, in a microtask after the constructor, so add the listener immediately.
   */
  insecureAuth: {
    /** Origin of the service. */
    readonly origin: string;
  };
  /** The client detected the dialect of the service, or detected that the dialect has changed. */
  dialect: {
    /** The detected dialect. */
    readonly dialect: Dialect;
  };
  /** The service's field config changed since the client last read it. */
  schemaDrift: SchemaDrift;
}

/** A field of a persona that the client left out of a result, because its value breaks the contract. */
export interface InvalidField {
  /** Id of the persona. Absent if the service returned no usable id. */
  readonly personaId?: number;
  /** Path in the persona, such as `['demographic', 'age']`. Empty if the service returned no object. */
  readonly path: readonly string[];
  /** The violated rule. It does not contain the value. */
  readonly rule: string;
  /** What the result lacks: the field, or the whole persona because its id, name or timestamps are unusable. */
  readonly omitted: 'field' | 'row';
  /**
   * The value in the response. If the value contains `NaN`, `Infinity`, an integer beyond 2^53 or deep nesting, this is its
   * JSON text, such as `'9007199254740993'` or `'[NaN]'`. Absent if the response has no value.
   */
  readonly value?: unknown;
}

/**
 * State of the circuit breaker.
 *
 * - `closed`: requests are sent.
 * - `open`: requests are rejected without being sent.
 * - `half-open`: one request is sent as a probe, and all others are rejected.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Listener for the event `K`. */
export type PersonaListener<K extends keyof PersonaEvents> = (event: PersonaEvents[K]) => void;

/** Names of the events that a timeline contains. */
type TimelineEventName =
  | 'request'
  | 'response'
  | 'retry'
  | 'retrySkipped'
  | 'reconcile'
  | 'circuitRejected'
  | 'cache';

/**
 * An entry of a call's timeline: the name of an event, the event's fields, and two times in milliseconds.
 *
 * `elapsedMs` is the time since the call started. `remainingMs` is the time until its deadline.
 */
export type TimelineEntry = {
  [K in TimelineEventName]: {
    /** Name of the event. */
    readonly event: K;
    /** Time since the call started, in milliseconds. */
    readonly elapsedMs: number;
    /** Time until the deadline of the call, in milliseconds. */
    readonly remainingMs: number;
  } & Omit<PersonaEvents[K], keyof CallEvent>;
}[TimelineEventName];

/** Where a result came from. See {@link CallMeta.source}. */
export type ResultSource = 'network' | 'deduplicated' | 'cache' | 'stale' | 'revalidated' | 'reconciled';

/** Metadata of a result, returned by the methods of `client.withMeta`. */
export interface CallMeta {
  /** HTTP status of the response that contained the data, cached or not. Absent for `fallback` and `built-in`. */
  readonly status?: number;
  /** Id of the request that returned the data. Search for it in the service's logs. */
  readonly requestId: string;
  /** Number of attempts for this result. `0` for a cache hit. */
  readonly attempts: number;
  /**
   * Where the data came from.
   *
   * - `network`: a response to this call.
   * - `deduplicated`: the response to an identical read that was in flight.
   * - `cache`: a fresh cache entry.
   * - `stale`: a cache entry past its TTL.
   * - `revalidated`: a cache entry that the service confirmed (304).
   * - `reconciled`: a search that found the persona after the response to its create was lost.
   * - `fallback`: your `fallback` option.
   * - `built-in`: the client itself, because the service has no route for the data, or because an update changes nothing.
   */
  readonly source: ResultSource | 'fallback' | 'built-in';
  /** Age of the data in milliseconds. Greater than 0 only for `cache` and `stale`. */
  readonly ageMs: number;
  /** Events of the call in order. At most 100 entries. */
  readonly timeline: readonly TimelineEntry[];
  /** The fields that the result lacks, because their values break the contract. At most 20 entries. */
  readonly invalidFields: readonly InvalidField[];
}
