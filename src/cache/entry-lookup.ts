import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { CacheMode } from '../config/resolve-request-options.js';
import { sleepAwareNow } from '../core/clock.js';
import { CachedValue } from './cached-value.js';
import type { Entries } from './entries.js';
import { mayServeOnError } from './read-policy.js';
import { areVersionsUnchanged } from './tag-versions.js';
import type { Entry, SharedCache, TagVersions } from './types.js';
import type { WriteFence } from './write-fence.js';

/** The result of a lookup in memory or in the shared store. */
export interface LookupResult {
  readonly entry?: Entry | undefined;
  /** Tag versions to store a new response under. Undefined without a shared store, or if it is unavailable. */
  readonly versions?: TagVersions | undefined;
  /** True if the versions may be outdated: serve no entry, and keep the response out of the shared store. */
  readonly bypassCache?: boolean | undefined;
}

/** Finds entries in memory and in the shared store. */
export class EntryLookup {
  readonly #entries: Entries;
  readonly #fence: WriteFence;

  constructor(entries: Entries, fence: WriteFence) {
    this.#entries = entries;
    this.#fence = fence;
  }

  findLocal(key: string, mode: CacheMode, now: number): LookupResult {
    return { entry: mode === 'reload' ? undefined : this.#entries.get(key, now) };
  }

  /**
   * Looks up an entry in memory, then in the shared store.
   *
   * Usually takes one round trip: for an entry in memory, reads only the versions.
   */
  async findShared(
    sharedCache: SharedCache,
    key: string,
    tags: readonly string[],
    mode: CacheMode,
  ): Promise<LookupResult> {
    const ticket = this.#fence.issue();
    const { entry: localEntry } = this.findLocal(key, mode, sleepAwareNow());
    if (localEntry?.versions) {
      const result = await sharedCache.lookup([...new Set([...tags, ...Object.keys(localEntry.versions)])]);
      if (!result) return {};
      const { versions, isConsistent } = result;
      if (!isConsistent) return { versions, bypassCache: true };
      if (areVersionsUnchanged(localEntry.versions, versions)) return { entry: localEntry, versions };
      if (this.#entries.peek(key) === localEntry) this.#entries.delete(key);
    }
    const result = await sharedCache.lookup(tags, mode === 'reload' ? undefined : key);
    if (!result) return {};
    const { versions, isConsistent, entry: storedEntry } = result;
    if (!isConsistent) return { versions, bypassCache: true };
    // some stores return values whose TTL has passed
    if (!storedEntry || this.#entries.remainingLifetimeMs(storedEntry) <= 0) return { versions };
    const { text, ...rest } = storedEntry;
    const entry = { ...rest, value: new CachedValue(text), tags, versions, sequence: ticket.sequence };
    if (this.#fence.mayStore(ticket, tags)) this.#entries.set(key, entry);
    return { entry, versions };
  }

  /**
   * Returns an entry in memory, even if the entry is stale.
   *
   * Returns undefined if the store's versions differ or may be outdated. Does not check the entry if these versions are unknown.
   */
  findStale(key: string, { versions, bypassCache }: Omit<LookupResult, 'entry'>): Entry | undefined {
    const entry = bypassCache ? undefined : this.#entries.peek(key);
    return entry && (!versions || areVersionsUnchanged(entry.versions, versions)) ? entry : undefined;
  }

  /** Returns the entry that a read may serve instead of an error. */
  findOnError(
    miss: Omit<LookupResult, 'entry'> & {
      readonly key: string;
      readonly request: { readonly mode: CacheMode };
    },
    options: Pick<ResolvedCacheOptions, 'staleIfErrorMs' | 'staleWhileRevalidateMs'>,
  ): Entry | undefined {
    const entry = miss.request.mode === 'default' ? this.findStale(miss.key, miss) : undefined;
    return entry && mayServeOnError(entry, options, sleepAwareNow()) ? entry : undefined;
  }
}
