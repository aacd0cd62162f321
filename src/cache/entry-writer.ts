import type { ZodMiniType } from 'zod/mini';
import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { Call } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import { cacheKey } from './cache-key.js';
import { CachedValue } from './cached-value.js';
import type { Entries } from './entries.js';
import type { LookupResult } from './entry-lookup.js';
import { tooDeepError } from './errors.js';
import type { PendingRead, ReadResult } from './inflight-reads.js';
import { confirmedResult, pickLimits, pickValidators } from './revalidation.js';
import type {
  CachePolicy,
  CacheRequest,
  Entry,
  LoadResult,
  PrimedEntry,
  SharedCache,
  TagVersions,
  Validators,
} from './types.js';
import type { FenceTicket, WriteFence } from './write-fence.js';

/** A read that the cache does not serve with a fresh entry. */
export interface CacheMiss<Data> extends PendingRead, Pick<LookupResult, 'bypassCache'> {
  readonly request: CacheRequest<Data>;
}

/** An entry before its TTL, age and order are known. */
interface EntryDraft extends Pick<Entry, 'value' | 'tags' | 'versions'> {
  /** Name of the read that the entry serves. */
  readonly name: string;
  readonly loadResult: Pick<
    LoadResult<unknown>,
    'status' | 'requestId' | 'invalidFields' | keyof Validators | keyof CachePolicy
  >;
}

interface EntryWriterDeps {
  readonly options: ResolvedCacheOptions;
  readonly entries: Entries;
  readonly fence: WriteFence;
  readonly sharedCache: SharedCache | undefined;
}

/** Stores responses, unless the service forbids caching or a write has made them outdated. */
export class EntryWriter {
  readonly #deps: EntryWriterDeps;

  constructor(deps: EntryWriterDeps) {
    this.#deps = deps;
  }

  /**
   * Stores the response to a read, in memory and in the shared store.
   *
   * @param confirmedEntry the entry that a 304 response confirms.
   */
  storeRead<Data>(
    miss: CacheMiss<Data>,
    response: LoadResult<Data>,
    confirmedEntry: Entry | undefined,
    ticket: FenceTicket,
  ): ReadResult {
    const { key, call, request, tags, bypassCache } = miss;
    const versions = bypassCache ? undefined : miss.versions;
    const loadResult = confirmedEntry ? confirmedResult(response, confirmedEntry) : response;
    const value =
      confirmedEntry?.value ?? toCachedValue(request.responseSchema, loadResult.data, loadResult.text);
    if (!value) throw tooDeepError(call, loadResult.status);
    if (loadResult.storable) {
      const { entries, fence, sharedCache } = this.#deps;
      const primes = this.selectPrimes(call, request, request.primes(loadResult.data), ticket);
      this.storePrimes(call, miss.ttlMs, primes, loadResult, ticket, versions);
      if (fence.mayStore(ticket, tags)) {
        const entry = this.#store(
          key,
          { name: call.name, value, loadResult, tags, versions },
          miss.ttlMs,
          ticket,
        );
        if (versions) sharedCache?.set(key, entry, versions, entries.remainingLifetimeMs(entry));
      }
    } else this.delete(key);
    return { loadResult, value, source: confirmedEntry ? 'revalidated' : 'network' };
  }

  /** Returns the individual reads in a response that are still current. */
  selectPrimes(
    call: Call,
    { mode }: Pick<CacheRequest<unknown>, 'mode'>,
    primes: readonly PrimedEntry[],
    ticket: FenceTicket,
  ): readonly PrimedEntry[] {
    if (mode === 'no-store') return [];
    const { fence } = this.#deps;
    return primes.filter((prime) => fence.mayStore(ticket, tagsWithIdentity(call, prime)));
  }

  /** Stores individual reads that arrived as part of a response. Stores them in memory only. */
  storePrimes<Data>(
    call: Call,
    ttlMs: number,
    primes: readonly PrimedEntry[],
    loadResult: LoadResult<Data>,
    ticket: FenceTicket,
    versions?: TagVersions,
  ): void {
    if (primes.length === 0) return;
    const {
      data,
      text,
      etag: _etag,
      lastModified: _lastModified,
      invalidFields: allInvalidFields,
      ...rest
    } = loadResult; // the validators belong to the whole response
    for (const prime of primes) {
      const invalidFields =
        prime.data === data
          ? allInvalidFields
          : allInvalidFields?.filter(({ personaId }) => personaId === Object(prime.data).id);
      const value = toCachedValue(prime.responseSchema, prime.data, prime.data === data ? text : undefined);
      const tags = tagsWithIdentity(call, prime);
      const draft = value && {
        name: prime.name,
        value,
        loadResult: { ...rest, invalidFields },
        tags,
        versions,
      };
      if (draft) this.#store(cacheKey(call.identity, prime), draft, ttlMs, ticket);
    }
  }

  delete(key: string): void {
    this.#deps.entries.delete(key);
    this.#deps.sharedCache?.delete(key);
  }

  #store(
    key: string,
    { name, value, loadResult, tags, versions }: EntryDraft,
    ttlMs: number,
    ticket: FenceTicket,
  ): Entry {
    const { options, entries } = this.#deps;
    const { status, requestId, invalidFields } = loadResult;
    const entry: Entry = {
      ...pickValidators(loadResult),
      ...pickLimits(loadResult),
      value,
      invalidFields,
      status,
      requestId,
      tags,
      versions,
      sequence: ticket.sequence,
      storedAt: sleepAwareNow(),
      ttlMs: Math.max(ttlMs, options.ttlMsFor[name] ?? options.ttlMs), // a shorter TTL applies to its call only
    };
    entries.set(key, entry);
    return entry;
  }
}

/** Adds the identity as a tag, so that a logout invalidates all entries of the identity. */
export const tagsWithIdentity = ({ identity }: Call, { tags }: { readonly tags: readonly string[] }) => [
  ...tags,
  identity,
];

/** The tags that a write invalidates. They include the tag of a created persona, which can have the id of a deleted one. */
export const collectTags = (
  { tags }: Pick<CacheRequest<unknown>, 'tags'>,
  primes: readonly PrimedEntry[],
): readonly string[] => [...new Set([...tags, ...primes.flatMap((prime) => prime.tags)])];

/** Uses the response text if there is one. Otherwise serializes the data, which is slower. */
const toCachedValue = (schema: ZodMiniType | undefined, data: unknown, text: string | undefined) =>
  text === undefined ? CachedValue.fromData(data) : new CachedValue(text, schema);
