import type { ZodMiniType } from 'zod/mini';
import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { Call } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import { cacheKey } from './cache-key.js';
import { CachedValue } from './cached-value.js';
import type { Entries } from './entries.js';
import type { LookupResult } from './entry-lookup.js';
import { tooDeepError } from './errors.js';
import type { PendingRead, ReadResult } from './pending-read.js';
import { confirmedResult } from './revalidation.js';
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
      const primedEntries = request.findPrimedEntries(loadResult.data);
      const current = this.selectCurrent(call, request, primedEntries, ticket);
      this.storePrimed(call, miss.ttlMs, current, loadResult, ticket, versions);
      if (fence.mayStore(ticket, tags)) {
        const draft = { name: call.name, value, loadResult, tags, versions };
        const entry = this.#store(key, draft, miss.ttlMs, ticket);
        if (versions) sharedCache?.set(key, entry, versions, entries.remainingLifetimeMs(entry));
      }
    } else this.delete(key);
    return { loadResult, value, source: confirmedEntry ? 'revalidated' : 'network' };
  }

  /** Returns the individual reads in a response that are still current. */
  selectCurrent(
    call: Call,
    { mode }: Pick<CacheRequest<unknown>, 'mode'>,
    primedEntries: readonly PrimedEntry[],
    ticket: FenceTicket,
  ): readonly PrimedEntry[] {
    if (mode === 'no-store') return [];
    const { fence } = this.#deps;
    return primedEntries.filter((primed) => fence.mayStore(ticket, tagsWithIdentity(call, primed)));
  }

  /** Stores individual reads that arrived as part of a response. Stores them in memory only. */
  storePrimed<Data>(
    call: Call,
    ttlMs: number,
    primedEntries: readonly PrimedEntry[],
    loadResult: LoadResult<Data>,
    ticket: FenceTicket,
    versions?: TagVersions,
  ): void {
    if (primedEntries.length === 0) return;
    const { data, text, invalidFields: allInvalidFields } = loadResult;
    for (const primed of primedEntries) {
      const isWholeResponse = primed.data === data;
      const value = toCachedValue(primed.responseSchema, primed.data, isWholeResponse ? text : undefined);
      if (!value) continue;
      const invalidFields = isWholeResponse
        ? allInvalidFields
        : allInvalidFields?.filter(({ personaId }) => personaId === Object(primed.data).id);
      const { name } = primed;
      const tags = tagsWithIdentity(call, primed);
      // A validator belongs to the URL of the response, not to that of the single read.
      const ownResult = { ...loadResult, invalidFields, etag: undefined, lastModified: undefined };
      this.#store(
        cacheKey(call.identity, primed),
        { name, value, loadResult: ownResult, tags, versions },
        ttlMs,
        ticket,
      );
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
    const { etag, lastModified, maxAgeMs, initialAgeMs, mustRevalidate, status, requestId, invalidFields } =
      loadResult;
    const entry: Entry = {
      etag,
      lastModified,
      maxAgeMs,
      initialAgeMs,
      mustRevalidate,
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
  primedEntries: readonly PrimedEntry[],
): readonly string[] => [...new Set([...tags, ...primedEntries.flatMap((primed) => primed.tags)])];

/** Uses the response text if there is one. Otherwise serializes the data, which is slower. */
const toCachedValue = (schema: ZodMiniType | undefined, data: unknown, text: string | undefined) =>
  text === undefined ? CachedValue.fromData(data) : new CachedValue(text, schema);
