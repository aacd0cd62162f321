import type { AbortSignalLike } from '../core/abort.js';
import type { PersonaError } from '../core/errors/index.js';
import type { InvalidField } from '../core/events.js';
import type { RetryOptions } from './retry-options.js';

/** Headers by name. `null` omits a header that the client would send. */
export type HeaderOptions = Readonly<Record<string, string | null>>;

/**
 * Options of a single call: the last argument of every method that reads or writes data. They override the client options.
 *
 * @example
 * ```ts
 * const page = await client.personas.list({ page: 1 }, { timeoutMs: 2_000, retry: { limit: 1 }, cache: 'reload' });
 * ```
 */
export interface RequestOptions<Result = unknown> {
  /** Aborts the call with a `PersonaAbortError`. Its `cause` is the signal's reason. @default none */
  signal?: AbortSignal;
  /** Timeout of each attempt, in milliseconds. @default the client's `timeoutMs` */
  timeoutMs?: number;
  /** Time limit of the whole call including retries and delays, in milliseconds. @default the client's `deadlineMs` */
  deadlineMs?: number;
  /** Retry options. `false` disables retries; a rejected token is still replaced once. @default the client's `retry` */
  retry?: RetryOptions | false;
  /**
   * What `personas.create` does if its response is lost: see `ClientOptions`.
   *
   * @default the client's `onUnknownOutcome`
   */
  onUnknownOutcome?: 'throw' | 'reconcile';
  /**
   * What this call does with data that breaks the contract: see `ClientOptions`.
   *
   * @default the client's `reads`
   */
  reads?: 'lenient' | 'strict';
  /**
   * Receives what the result lacks because its stored value breaks the contract. At most 20 fields per request.
   *
   * An iteration calls the function for each page with such data. If the function throws, its error goes to the console.
   *
   * @default none
   */
  onInvalidFields?: (fields: readonly InvalidField[]) => void;
  /**
   * Which calls this call waits for if the client already has `concurrency` requests in flight.
   *
   * - `'interactive'`: only interactive calls that came before.
   * - `'background'`: also later interactive calls. For imports, exports and other work without a hurry. While
   *   calls of both kinds wait, every fourth free place goes to a background call, so none waits for ever. Time that a call
   *   waits counts towards its `deadlineMs`.
   *
   * Bulk operations of `persona-client/collections` are background work. An interactive read that is identical to a waiting
   * background read makes that read interactive, and shares its response.
   *
   * @default 'interactive'
   * @example
   * ```ts
   * for await (const persona of client.personas.iterate({}, { priority: 'background' })) console.log(persona.name);
   * ```
   */
  priority?: 'interactive' | 'background';
  /**
   * How this call uses the cache.
   *
   * - `'no-store'` or `false`: neither reads nor stores an entry.
   * - `'reload'`: sends a request even if there is an entry, and stores the response.
   * - `'only-if-cached'`: sends nothing. Serves an entry, even a stale one, or throws `PersonaNotCachedError`.
   * - `{ ttlMs }`: uses this TTL, in milliseconds, for a stored entry. If it is longer than the client's, it is also the TTL
   *   of the response that this call stores.
   *
   * @default the client's `cache`
   */
  cache?: false | 'no-store' | 'reload' | 'only-if-cached' | { ttlMs: number };
  /**
   * Headers in addition to the client's `headers`, whose values they override. `null` omits a header. Calls with headers bypass
   * the cache. Headers that the platform sets or omits are invalid, as in the client options.
   *
   * @default none
   */
  headers?: HeaderOptions;
  /**
   * Returns a substitute result if the service is unavailable: failed connection, timeout, 429, 5xx, or open circuit.
   *
   * If the function throws, the call fails with that error. The function must finish within the deadline of the call, or within one
   * second if the deadline is nearer. Otherwise, the call fails with a `PersonaTimeoutError`.
   *
   * @default none
   */
  fallback?: (error: PersonaError) => Result | Promise<Result>;
}

/** Options of an update: the last argument of `personas.update` and of the `update` methods of the categories. */
export interface UpdateOptions<Result = unknown> extends RequestOptions<Result> {
  /**
   * Updates the persona only if it is unchanged: the `updated_at` of the persona that your data are based on. Otherwise, the update
   * fails with a `PersonaConflictError`.
   *
   * The client reads the persona before each attempt, without the cache. A change by another client between this read and the update is
   * still overwritten, unless the service sends an `ETag`.
   *
   * @default none
   */
  ifUnmodifiedSince?: string;
}

/** Request options whose signal need not be a native `AbortSignal`. */
export type CallOptions<Result> = Omit<RequestOptions<Result>, 'signal'> & {
  readonly signal?: AbortSignalLike | undefined;
};
