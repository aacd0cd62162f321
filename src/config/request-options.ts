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
   * Priority in the queue, if the client already has `concurrency` requests in flight.
   *
   * - `'interactive'`: the call goes before waiting background calls.
   * - `'background'`: the call waits for interactive calls, also for later ones. For imports, exports and other work that is
   *   not urgent. While calls of both kinds wait, every fourth free slot goes to a background call.
   *
   * The time in the queue counts towards `deadlineMs`. Bulk operations of `persona-client/collections` are background work.
   * An interactive read that is identical to a waiting background read makes that read interactive, and shares its response.
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
   * - `{ ttlMs }`: a stored entry is fresh for this time, in milliseconds. A response that this call stores stays fresh for
   *   this time or for the client's TTL, whichever is longer.
   *
   * @default the client's `cache`
   */
  cache?:
    | false
    | 'no-store'
    | 'reload'
    | 'only-if-cached'
    | {
        /** TTL of the response, in milliseconds. */
        ttlMs: number;
      };
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
   * If the function throws, the call fails with that error. The function must finish within the deadline of the call, or
   * within one second if less than that remains. Otherwise, the call fails with a `PersonaTimeoutError`.
   *
   * @default none
   * @example
   * ```ts
   * const { interests } = await client.psychographic.get(1, { fallback: () => ({}) });
   * ```
   */
  fallback?: (error: PersonaError) => Result | Promise<Result>;
}

/** Options of an update: the last argument of `personas.update` and of the `update` methods of the categories. */
export interface UpdateOptions<Result = unknown> extends RequestOptions<Result> {
  /**
   * The `updated_at` of the persona that your data is based on. If the persona has changed since then, the update fails with
   * a `PersonaConflictError`.
   *
   * The client reads the persona before each attempt, without the cache. A change by another client between this read and
   * the update is still overwritten, unless the service sends an `ETag`. See `docs/guides/lost-updates.md`.
   *
   * @default none
   * @example
   * ```ts
   * const persona = await client.personas.get(1);
   * await client.personas.update(1, { name: 'Renamed' }, { ifUnmodifiedSince: persona.updated_at });
   * ```
   */
  ifUnmodifiedSince?: string;
}

/** Request options whose signal need not be a native `AbortSignal`. */
export type CallOptions<Result> = Omit<RequestOptions<Result>, 'signal'> & {
  readonly signal?: AbortSignalLike | undefined;
};
