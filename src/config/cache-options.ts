import type { CallLimits } from '../core/call-limits.js';

/** The public `CacheOptions`, generic in the names of cached reads. */
export interface NamedCacheOptions<Read extends string = string> {
  /** Time that a response stays fresh, in milliseconds. @default 300_000 */
  ttlMs?: number;
  /**
   * TTL of individual operations, in milliseconds, such as `{ 'fieldConfig.get': 3_600_000 }`.
   *
   * Also applies if the same data arrives as part of another response, such as a list. A call's own `cache: { ttlMs }` takes
   * precedence.
   *
   * @default `ttlMs` for all operations
   */
  ttlMsFor?: { readonly [Name in Read]?: number };
  /** Maximum number of entries. A full cache evicts the least recently used entry. @default 1_000 */
  maxEntries?: number;
  /**
   * Maximum size of all entries, in bytes. A character counts as two bytes.
   *
   * @default 33_554_432 (32 MiB)
   */
  maxBytes?: number;
  /**
   * Time after the TTL in which the client serves an entry if the service is unavailable: no connection, timeout, 429, 5xx
   * or open circuit. In milliseconds. `0` disables this.
   *
   * @default 3_600_000
   */
  staleIfErrorMs?: number;
  /**
   * Time after the TTL in which the client serves an entry immediately and revalidates it in the background, in
   * milliseconds. `0` disables this.
   *
   * The revalidation uses the `timeoutMs`, `deadlineMs` and `retry` of the client, not those of the call.
   *
   * @default 0
   */
  staleWhileRevalidateMs?: number;
  /**
   * Store for a cache that several processes share: Keyv, or an object with the same methods. Requires `keySecret`.
   *
   * A write in one process invalidates the affected entries in all processes. Keys are HMACs, and values are encrypted.
   *
   * @default none: the cache is in memory only
   */
  store?: CacheStore;
  /**
   * Secret for the keys and the encryption in `store`: at least 16 characters, the same in all processes. Required with
   * `store`.
   */
  keySecret?: string;
  /** Prefix of all keys in `store`: letters, digits and `_ . : -`. Requires `store`. @default 'persona-client' */
  namespace?: string;
  /**
   * Timeout of each call of `store`, in milliseconds. Requires `store`.
   *
   * After a timeout or an error, the client works without the store and tests it once per second.
   *
   * @default 100
   */
  storeTimeoutMs?: number;
}

/**
 * Key-value store for a shared cache: Keyv, one of its adapters, or any object with these methods.
 *
 * After `set` has resolved, `get` must return the new value in every process. The client ignores a value that is not a
 * string, and a string with more characters than the option `maxBytes`.
 */
export interface CacheStore {
  /** Returns the value, or a promise of it. Returns `undefined` or `null` if there is none. */
  get(key: string): unknown;
  /**
   * Reads several keys in one round trip, and returns the values in the same order. Without this method, the client calls
   * `get` for each key.
   */
  getMany?(keys: string[]): Promise<readonly unknown[]>;
  /** Stores a value. The store may delete it after `ttlMs` milliseconds. */
  set(key: string, value: string, ttlMs?: number): unknown;
  /** Deletes a value. */
  delete(key: string): unknown;
}

/** Options of the shared store, with defaults. */
export interface ResolvedStoreOptions {
  readonly store: CacheStore;
  readonly keySecret: string;
  readonly namespace: string;
  readonly storeTimeoutMs: number;
  /** Maximum length of a stored value, in characters. The cache neither stores nor decrypts a longer one. */
  readonly maxValueLength: number;
}

/** Cache options with defaults. */
export interface ResolvedCacheOptions {
  readonly ttlMs: number;
  /** TTL of individual operations, by name. */
  readonly ttlMsFor: Readonly<Partial<Record<string, number>>>;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly staleIfErrorMs: number;
  readonly staleWhileRevalidateMs: number;
  /** Time after the end of a failed write in which it may still take effect. */
  readonly lateWriteWindowMs: number;
  /** The limits of background revalidations: those of the client. */
  readonly revalidationLimits: CallLimits;
  /** `undefined` for a cache in memory only. */
  readonly sharedStore?: ResolvedStoreOptions | undefined;
}

export function resolveCacheOptions(
  options: NamedCacheOptions | false | undefined,
  lateWriteWindowMs: number,
  revalidationLimits: CallLimits,
): ResolvedCacheOptions | false {
  if (options === false) return false;
  const {
    store,
    keySecret = '',
    namespace = 'persona-client',
    storeTimeoutMs = 100,
    maxBytes = 33_554_432,
    ...localOptions
  } = options ?? {};
  return {
    ttlMs: 300_000,
    ttlMsFor: {},
    maxEntries: 1_000,
    maxBytes,
    staleIfErrorMs: 3_600_000,
    staleWhileRevalidateMs: 0,
    ...localOptions,
    lateWriteWindowMs,
    revalidationLimits,
    ...(store && { sharedStore: { store, keySecret, namespace, storeTimeoutMs, maxValueLength: maxBytes } }),
  };
}
