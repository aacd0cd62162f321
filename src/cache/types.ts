import type { ZodMiniType } from 'zod/mini';
import type { CacheMode } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import type { ResultSource } from '../core/events.js';
import type { CachedValue } from './cached-value.js';

/** By what the service tells whether an answer has changed. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What a load brings. */
export interface LoadResult<Data> extends Validators {
  readonly data: Data;
  /** 304: what is kept is still right, and `data` is absent. */
  readonly status: number;
  /** The id under which the service knows the request. */
  readonly requestId: string;
  readonly attempts: number;
  /** The service did not forbid keeping it. */
  readonly storable: boolean;
  /** The data as it came, where there is nothing else in it: to be read by the plan's `wire`. */
  readonly text?: string;
  /** The answer was lost; this was found by looking. */
  readonly resolved?: true;
}

/** What a caller gets: an object of its own, and where it comes from. */
export interface CacheResult<Data> extends Omit<LoadResult<Data>, keyof Validators | 'storable' | 'text'> {
  readonly source: ResultSource;
  readonly ageMs: number;
}

/** The answer to a single read that came as part of another answer. */
export interface PrimedEntry {
  readonly name: string;
  /** Reads its text. */
  readonly wire?: ZodMiniType | undefined;
  readonly path: string;
  readonly tags: readonly string[];
  readonly data: unknown;
}

/** How a call deals with the cache. */
export interface CacheRequest<Data> {
  readonly mode: CacheMode;
  readonly ttlMs: number | undefined;
  /** What the call is about: a write to any of these ends the life of what a read kept. */
  readonly tags: readonly string[];
  readonly wire?: ZodMiniType<Data, unknown> | undefined;
  load(call: Call): Promise<LoadResult<Data>>;
  brings(data: Data): readonly PrimedEntry[];
}

/** The versions of an answer's tags when its request began, in a store that others write to. */
export type Versions = Readonly<Record<string, string>>;

/** An answer that is kept. */
export interface Entry extends Validators {
  readonly kept: CachedValue;
  readonly status: number;
  readonly requestId: string;
  /** Of two answers, the one whose request began later. */
  readonly order: number;
  /** When the answer was there, by `performance.now()`. */
  readonly storedAt: number;
  readonly ttlMs: number;
  readonly tags: readonly string[];
  /** Only with a shared store; absent when it could not be asked. */
  readonly versions?: Versions | undefined;
}

/** What the cache has done so far, and what it holds. */
export interface CacheStats {
  /** Reads answered with what was fresh. */
  readonly hits: number;
  /** Reads that needed a request, and those that `only-if-cached` ended without one. */
  readonly misses: number;
  /** Reads answered with what was past its TTL. */
  readonly stale: number;
  /** Reads that shared the request of an equal one. */
  readonly deduplicated: number;
  /** Reads for which the service confirmed what was kept. */
  readonly revalidated: number;
  /** Answers that had to go for lack of room. */
  readonly evictions: number;
  /** Answers held in this process. */
  readonly entries: number;
  /** Their size, by two bytes a character. */
  readonly bytes: number;
}

/** What can be known of the cache and done to it: `client.cache`. */
export interface ClientCache {
  /** What the client and its views have done so far. */
  stats(): CacheStats;
  /**
   * Nothing that this identity has read so far is served again. With a shared store, nor by others; resolves when they
   * see it, or after the store's timeout, and never rejects.
   */
  clear(): Promise<void>;
}

/** A second level, which other processes read and write, too. It never throws: what cannot be had is a miss. */
export interface SharedCache {
  /**
   * The versions of the tags as they are now and, in the same round trip, what is kept under the key in just these
   * versions. Nothing if the store cannot be asked.
   */
  lookup(tags: readonly string[], key?: string): Promise<Seen | undefined>;
  set(key: string, entry: Entry, versions: Versions, lifeMs: number): void;
  delete(key: string): void;
  /** Give the tags new versions; once more after `lateWriteWindowMs`. Resolves when others see it, or after the store's timeout. */
  invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void>;
  close(): void;
}

export interface Seen {
  /** Those that the store shows. */
  readonly versions: Versions;
  /** Not if some are from before what was written here, or while that may still take effect: nothing can be kept in them. */
  readonly isConsistent: boolean;
  readonly entry?: (Omit<Entry, 'order' | 'kept' | 'tags'> & { readonly text: string }) | undefined;
}
