import type { ZodMiniType } from 'zod/mini';
import type { CacheMode } from '../config/resolve-request-options.js';
import type { Call } from '../core/call.js';
import type { InvalidField, ResultSource } from '../core/events.js';
import type { CachedValue } from './cached-value.js';

/** HTTP validators. The service compares them to confirm that a response is unchanged. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** What the service allows a cache to do with a response. */
export interface CachePolicy {
  /** False if the service forbids caching the response. */
  readonly storable: boolean;
  /** Upper limit of the age. @default no limit */
  readonly maxAgeMs?: number | undefined;
  /** Age of the response when it arrived, because it came from another cache. @default 0 */
  readonly initialAgeMs?: number | undefined;
  /** Whether the cache may not serve the response once it is stale. @default false */
  readonly mustRevalidate?: boolean | undefined;
}

/** The result of a request to the service. */
export interface LoadResult<Data> extends Validators, CachePolicy {
  readonly data: Data;
  /** 304 if the service confirmed the cached entry. `data` is then absent. */
  readonly status: number;
  /** Request id of the response, or of the call if the response has none. */
  readonly requestId: string;
  readonly attempts: number;
  /** Body of the response, if the data is exactly what `responseSchema` parses from it. */
  readonly text?: string;
  /** Set if the response was lost and reconciliation found the result. */
  readonly reconciled?: true;
  /** The fields that the data lacks, if the response broke the contract. */
  readonly invalidFields?: readonly InvalidField[] | undefined;
}

/** The result that a caller receives: the data, and its source. */
export interface CacheResult<Data>
  extends Omit<LoadResult<Data>, keyof Validators | keyof CachePolicy | 'text'> {
  readonly source: ResultSource;
  readonly ageMs: number;
}

/** The result of an individual read that arrived as part of another response, such as a list. */
export interface PrimedEntry {
  /** Name of the read, such as `personas.get`. */
  readonly name: string;
  /** Parses the text if `data` is the whole response. */
  readonly responseSchema?: ZodMiniType | undefined;
  readonly path: string;
  readonly tags: readonly string[];
  readonly data: unknown;
}

/** How a call uses the cache. */
export interface CacheRequest<Data> {
  readonly mode: CacheMode;
  /** The call's own TTL. Undefined uses the TTL of the client options. */
  readonly ttlMs: number | undefined;
  /** Tags of the resources that the call reads or writes. A write invalidates all entries with one of its tags. */
  readonly tags: readonly string[];
  readonly responseSchema?: ZodMiniType<Data, unknown> | undefined;
  /** Throws if the circuit is open. The cache calls this before it starts a read that other calls can join. */
  assertSendable(call: Call): void;
  /** Sends the request through the layers below the cache. */
  load(call: Call): Promise<LoadResult<Data>>;
  /** Returns the results of individual reads that `data` contains. */
  findPrimedEntries(data: Data): readonly PrimedEntry[];
}

/** Versions in the shared store, by tag. A write gives its tags new versions. */
export type TagVersions = Readonly<Record<string, string>>;

/** A cached response. */
export interface Entry extends Validators, Omit<CachePolicy, 'storable'> {
  readonly value: CachedValue;
  readonly invalidFields?: readonly InvalidField[] | undefined;
  readonly status: number;
  readonly requestId: string;
  /** Start order of the requests. Of two responses, the one with the higher number is kept. */
  readonly sequence: number;
  /** When the response arrived, by `sleepAwareNow()`. */
  readonly storedAt: number;
  readonly ttlMs: number;
  readonly tags: readonly string[];
  /** Versions of the tags when the request started. Undefined without a shared store, or if its versions were unknown. */
  readonly versions?: TagVersions | undefined;
}

/** The cache of a client, as its pipeline uses it. */
export interface CallCache {
  /**
   * Serves a read from the cache, or sends the read. Returns synchronously when the entry is in memory and no shared store
   * is configured.
   */
  read<Data>(call: Call, request: CacheRequest<Data>): Promise<CacheResult<Data>> | CacheResult<Data>;
  /**
   * Sends a write, then invalidates its tags, even if the write fails. A write that was never sent invalidates its tags only
   * after a conflict.
   */
  write<Data>(call: Call, request: CacheRequest<Data>): Promise<CacheResult<Data>>;
  /**
   * Records the creation time of a persona. SQLite gives the id of a deleted persona to the next one, so another
   * `created_at` means another persona. The cache then deletes all entries of the deleted persona, and all pages of the list.
   *
   * @param createdAt undefined if no persona has the id.
   */
  recordPersona(id: number, createdAt: string | undefined, mode: CacheMode): void;
  /** Removes everything that an identity has read, here and in the shared store. */
  clear(identity: string): Promise<void>;
  readonly stats: CacheStats;
  /** Aborts background revalidations and drops all entries in memory. */
  close(): void;
}

/** Counters and size of the cache. */
export interface CacheStats {
  /** Reads served from a fresh entry. */
  readonly hits: number;
  /** Reads without a usable entry, including those that failed because of `only-if-cached`. */
  readonly misses: number;
  /** Reads served from an entry past its TTL. */
  readonly stale: number;
  /** Reads that shared the request of an identical read in flight. */
  readonly deduplicated: number;
  /** Reads for which the service confirmed the cached entry. */
  readonly revalidated: number;
  /** Entries removed because the cache was full. */
  readonly evictions: number;
  /** Entries in this process. */
  readonly entries: number;
  /** Size of these entries, at two bytes per character. */
  readonly bytes: number;
}

/** Statistics and control of the cache: `client.cache`. */
export interface ClientCache {
  /** Counters of the client and its views together. */
  stats(): CacheStats;
  /**
   * Removes everything that this identity has read. With a shared store, other processes lose it, too.
   *
   * Resolves when other processes see the change, or after the store's timeout. Never rejects.
   */
  clear(): Promise<void>;
}

/** The cache level that several processes share. It never throws: a store failure is a miss. */
export interface SharedCache {
  /**
   * Reads the versions of the tags and, in the same round trip, the entry under `key`. Ignores an entry with other versions.
   *
   * @returns undefined if the store is unavailable.
   */
  lookup(tags: readonly string[], key?: string): Promise<SharedLookupResult | undefined>;
  /** Stores an entry in the background. */
  set(key: string, entry: Entry, versions: TagVersions, lifetimeMs: number): void;
  /** Deletes an entry in the background. */
  delete(key: string): void;
  /**
   * Publishes new versions of the tags. Unless `lateWriteWindowMs` is 0, publishes newer ones after that time.
   *
   * Resolves when other processes see the first new versions, or after the store's timeout.
   */
  invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void>;
  close(): void;
}

/** The result of a lookup in the shared store. */
export interface SharedLookupResult {
  /** Versions of all tags of the lookup. */
  readonly versions: TagVersions;
  /** False if the versions may be outdated: serve no entry, and store none under these versions. */
  readonly isConsistent: boolean;
  readonly entry?: (Omit<Entry, 'sequence' | 'value' | 'tags'> & { readonly text: string }) | undefined;
}
