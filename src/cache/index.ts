/** Caches and deduplicates reads; a write invalidates the entries that it may have changed. */
import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { CacheMode } from '../config/resolve-request-options.js';
import { raceAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { sleepAwareNow, toMonotonic } from '../core/clock.js';
import { isUnavailable, PersonaConflictError, PersonaNotFoundError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { andThen } from '../core/is-promise.js';
import { cacheKey } from './cache-key.js';
import { CreationTimes } from './creation-times.js';
import { Entries } from './entries.js';
import { EntryLookup, type LookupResult } from './entry-lookup.js';
import { type CacheMiss, collectTags, EntryWriter, tagsWithIdentity } from './entry-writer.js';
import { notCachedError } from './errors.js';
import { type InflightRead, InflightReads } from './inflight-reads.js';
import { Outcomes } from './outcomes.js';
import type { ReadResult } from './pending-read.js';
import { mayServeWhileRevalidating, stalenessMs } from './read-policy.js';
import { toCachedResult, toNetworkResult } from './results.js';
import { toRevalidation } from './revalidation.js';
import type { CacheRequest, CacheResult, CallCache, Entry, LoadResult, SharedCache } from './types.js';
import { type FenceTicket, WriteFence } from './write-fence.js';

export { disabledCache } from './disabled-cache.js';

/** The cache of a client and its views: in memory, and optionally in a shared store. */
export class ResponseCache implements CallCache {
  readonly #options: ResolvedCacheOptions;
  readonly #sharedCache: SharedCache | undefined;
  readonly #entries: Entries;
  readonly #fence = new WriteFence();
  readonly #inflight: InflightReads<CacheMiss<unknown>>;
  readonly #lookup: EntryLookup;
  readonly #writer: EntryWriter;
  readonly #creationTimes = new CreationTimes();
  readonly #outcomes: Outcomes;

  constructor(options: ResolvedCacheOptions, events: EventEmitter, sharedCache?: SharedCache) {
    this.#options = options;
    this.#outcomes = new Outcomes(events);
    this.#sharedCache = sharedCache;
    this.#entries = new Entries(options);
    this.#inflight = new InflightReads(this.#fence, options.revalidationLimits, (miss, call, ticket) =>
      this.#fetch(miss, call, ticket),
    );
    this.#lookup = new EntryLookup(this.#entries, this.#fence);
    this.#writer = new EntryWriter({ options, entries: this.#entries, fence: this.#fence, sharedCache });
  }

  read<Data>(call: Call, request: CacheRequest<Data>): Promise<CacheResult<Data>> | CacheResult<Data> {
    const { mode } = request;
    if (mode === 'no-store') return request.load(call).then(toNetworkResult);
    const key = cacheKey(call.identity, call);
    if (!this.#sharedCache) {
      const now = sleepAwareNow();
      return this.#serveOrLoad(key, call, request, this.#lookup.findLocal(key, mode, now), now);
    }
    const lookup = this.#lookup.findShared(this.#sharedCache, key, tagsWithIdentity(call, request), mode);
    return raceAbort(lookup, call.signal).then((lookupResult) =>
      this.#serveOrLoad(key, call, request, lookupResult, sleepAwareNow()),
    );
  }

  #serveOrLoad<Data>(
    key: string,
    call: Call,
    request: CacheRequest<Data>,
    lookupResult: LookupResult,
    now: number,
  ): Promise<CacheResult<Data>> | CacheResult<Data> {
    const { entry, versions, bypassCache } = lookupResult;
    const staleMs = entry ? stalenessMs(entry, request.ttlMs, now) : 0;
    if (entry && staleMs < 0) return this.#serve(call, entry, 'cache', now);
    if (request.mode === 'only-if-cached') {
      const staleEntry = entry ?? this.#lookup.findStale(key, lookupResult);
      if (staleEntry && !staleEntry.mustRevalidate) return this.#serve(call, staleEntry, 'stale', now);
      this.#outcomes.record(call, 'miss');
      return Promise.reject(notCachedError(call));
    }
    const tags = tagsWithIdentity(call, request);
    const miss = { key, call, request, tags, versions, bypassCache, ttlMs: request.ttlMs ?? 0 };
    const isServed =
      entry && mayServeWhileRevalidating(entry, this.#options, staleMs) && this.#inflight.revalidate(miss);
    return isServed ? this.#serve(call, entry, 'stale', now) : this.#load(miss);
  }

  /** Joins an identical read, or loads from the service. Throws synchronously if the circuit is open and no entry may be served. */
  #load<Data>(miss: CacheMiss<Data>): Promise<CacheResult<Data>> | CacheResult<Data> {
    const { key, call, request, versions } = miss;
    const otherRead = request.mode === 'reload' ? undefined : this.#inflight.find(key, versions);
    this.#outcomes.record(call, otherRead ? 'deduplicated' : 'miss');
    try {
      if (!otherRead) request.assertSendable(call);
    } catch (error) {
      return this.#serveOnError(miss, error);
    }
    return otherRead ? this.#join(miss, otherRead) : this.#send(miss);
  }

  #join<Data>(miss: CacheMiss<Data>, otherRead: InflightRead): Promise<CacheResult<Data>> {
    return this.#inflight.join(otherRead, miss).then(
      (shared) =>
        shared
          ? { ...shared.loadResult, data: shared.value.copy() as Data, source: 'deduplicated', ageMs: 0 }
          : this.#load(miss),
      (error: unknown) => this.#serveOnError(miss, error),
    );
  }

  #send<Data>(miss: CacheMiss<Data>): Promise<CacheResult<Data>> {
    return this.#inflight.wait(this.#inflight.start(miss), miss.call).then(
      ({ loadResult, source }) => ({ ...(loadResult as LoadResult<Data>), source, ageMs: 0 }),
      (error: unknown) => this.#serveOnError(miss, error),
    );
  }

  /** Serves a stale entry if the service is unavailable. Otherwise throws the error. */
  #serveOnError<Data>(miss: CacheMiss<Data>, error: unknown): CacheResult<Data> {
    const entry = isUnavailable(error) ? this.#lookup.findOnError(miss, this.#options) : undefined;
    if (!entry) throw error;
    return this.#serve(miss.call, entry, 'stale', sleepAwareNow());
  }

  /** Sends one request for all waiting callers, conditional if the cached entry has a validator. */
  #fetch(miss: CacheMiss<unknown>, call: Call, ticket: FenceTicket): Promise<ReadResult> {
    const { key, request } = miss;
    const cachedEntry = request.mode === 'reload' ? undefined : this.#entries.peek(key);
    return request.load(toRevalidation(call, cachedEntry)).then(
      (loadResult) => {
        const confirmedEntry = loadResult.status === 304 ? cachedEntry : undefined;
        if (confirmedEntry) this.#outcomes.record(miss.call, 'revalidated');
        return this.#writer.storeRead(miss, loadResult, confirmedEntry, ticket);
      },
      (error: unknown) => {
        if (error instanceof PersonaNotFoundError) this.#writer.delete(key);
        throw error;
      },
    );
  }

  write<Data>(call: Call, request: CacheRequest<Data>): Promise<CacheResult<Data>> {
    const ticket = this.#fence.issue();
    const { lateWriteWindowMs } = this.#options;
    return request.load(call).then(
      (loadResult) => {
        const mayApplyLate = call.progress.hasUncertainAttempt; // an earlier attempt may take effect after this response
        const primedEntries = request.findPrimedEntries(loadResult.data);
        // With a shared store, concurrent writers cannot tell which response is newer.
        const canStore = loadResult.storable && !this.#sharedCache && !mayApplyLate;
        const stored = canStore ? this.#writer.selectCurrent(call, request, primedEntries, ticket) : [];
        const windowMs = mayApplyLate ? lateWriteWindowMs : 0;
        const invalidation = this.#invalidate(collectTags(request, primedEntries), windowMs);
        this.#writer.storePrimed(call, request.ttlMs ?? 0, stored, loadResult, this.#fence.issue());
        return andThen(invalidation, () => toNetworkResult(loadResult));
      },
      async (error: unknown) => {
        // After a conflict, a cached persona is older than the stored one, even if nothing was sent.
        if (call.progress.attempts > 0 || error instanceof PersonaConflictError)
          await this.#invalidate(request.tags, call.progress.maybeApplied ? lateWriteWindowMs : 0);
        throw error;
      },
    );
  }

  recordPersona(id: number, createdAt: string | undefined, mode: CacheMode): void {
    const outdatedTags = this.#creationTimes.update(id, createdAt, mode);
    if (outdatedTags.length > 0) void this.#invalidate(outdatedTags, 0);
  }

  async clear(identity: string): Promise<void> {
    await this.#invalidate([identity], 0);
  }

  get stats(): CallCache['stats'] {
    return { ...this.#outcomes.stats, ...this.#entries.stats };
  }

  close(): void {
    this.#inflight.close();
    this.#entries.clear();
    this.#sharedCache?.close();
  }

  /**
   * Deletes entries with these tags. Later callers do not join reads in flight with these tags. The cache stores no responses
   * to these reads, or to reads that start within `lateWriteWindowMs`.
   */
  #invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void> | undefined {
    this.#fence.invalidate(tags, lateWriteWindowMs);
    this.#entries.invalidate(tags);
    return this.#sharedCache?.invalidate(tags, lateWriteWindowMs);
  }

  #serve<Data>(call: Call, entry: Entry, source: 'cache' | 'stale', now: number): CacheResult<Data> {
    this.#outcomes.record(call, source === 'cache' ? 'hit' : 'stale', toMonotonic(now));
    return toCachedResult(call, entry, source, now);
  }
}
