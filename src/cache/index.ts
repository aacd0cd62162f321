import type { ZodMiniType } from 'zod/mini';
import type { CacheMode, ResolvedCacheOptions } from '../config/resolve-options.js';
import { raceAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { describeCall, errorDetails } from '../core/call.js';
import { record } from '../core/call-log.js';
import { isUnavailable, PersonaNotFoundError, PersonaResponseError } from '../core/errors/index.js';
import type { Events, PersonaEvents } from '../core/events.js';
import { CachedValue } from './cached-value.js';
import { Entries } from './entries.js';
import { holds, InflightReads, type PendingRead, type ReadResult } from './inflight-reads.js';
import { notCached } from './not-cached.js';
import { asBefore, conditional, validators } from './revalidation.js';
import type {
  CacheRequest,
  CacheResult,
  CacheStats,
  Entry,
  LoadResult,
  SharedCache,
  Validators,
  Versions,
} from './types.js';
import { type FenceTicket, WriteFence } from './write-fence.js';

type Outcome = PersonaEvents['cache']['outcome'];

/** What there is for a read, and the versions that its answer would be kept in. */
interface Found {
  readonly entry?: Entry | undefined;
  readonly versions?: Versions | undefined;
  /** The service alone can say what is true: nothing that is held stands in, and its answer is not for others. */
  readonly mustAsk?: boolean | undefined;
}

/** A read on its way to the service. */
interface Asked<Data> extends PendingRead, Pick<Found, 'mustAsk'> {
  readonly plan: CacheRequest<Data>;
}

/** What is to be kept, and what it is about. */
interface Keeping extends Pick<Entry, 'kept' | 'tags' | 'versions'> {
  /** Of the read that it answers. */
  readonly name: string;
  readonly loaded: Pick<LoadResult<unknown>, 'status' | 'requestId' | keyof Validators>;
}

/**
 * Who asks, and for what: answers differ by identity, and by endpoint where two have one path. Joined, since what is put together in
 * any other way is kept in its pieces by V8, and put together anew for each look.
 */
const keyOf = (identity: string, { name, path }: { readonly name: string; readonly path: string }) =>
  [identity, name, path].join(' ');

/** Signing out is to an identity's entries what a write is to a persona's. */
const tagsOf = (call: Call, { tags }: Pick<CacheRequest<never>, 'tags'>) => [...tags, call.identity];

/** TTL cache and coalescing for reads; writes end what they touch. */
export class ResponseCache {
  readonly #rules: ResolvedCacheOptions;
  readonly #events: Events;
  readonly #shared: SharedCache | undefined;
  readonly #entries: Entries;
  readonly #watch = new WriteFence();
  readonly #flights = new InflightReads();
  readonly #counts: Record<Outcome, number> = { hit: 0, miss: 0, stale: 0, deduplicated: 0, revalidated: 0 };

  constructor(rules: ResolvedCacheOptions, events: Events, shared?: SharedCache) {
    this.#rules = rules;
    this.#events = events;
    this.#shared = shared;
    this.#entries = new Entries(rules);
  }

  /** At once, if it is held here and nobody else has to be asked. */
  read<Data>(call: Call, plan: CacheRequest<Data>): Promise<CacheResult<Data>> | CacheResult<Data> {
    const { mode } = plan;
    if (mode === 'no-store') return plan.load(call).then(fresh);
    const key = keyOf(call.identity, call);
    if (!this.#shared) {
      const now = performance.now();
      const entry = mode === 'reload' ? undefined : this.#entries.get(key, now);
      return this.#answer(key, call, plan, { entry }, now);
    }
    const looking = this.#lookFurther(this.#shared, key, tagsOf(call, plan), mode);
    return raceAbort(looking, call.signal).then((found) =>
      this.#answer(key, call, plan, found, performance.now()),
    );
  }

  #answer<Data>(
    key: string,
    call: Call,
    plan: CacheRequest<Data>,
    found: Found,
    now: number,
  ): Promise<CacheResult<Data>> | CacheResult<Data> {
    const { entry, versions, mustAsk } = found;
    const overdueMs = entry ? now - entry.storedAt - (plan.ttlMs ?? entry.ttlMs) : 0;
    if (entry && overdueMs < 0) return this.#serve(call, entry, 'cache', now);
    if (plan.mode === 'only-if-cached') {
      const held = entry ?? this.#leftOf(key, found);
      if (held) return this.#serve(call, held, 'stale', now);
      this.#record(call, 'miss');
      return Promise.reject(notCached(call));
    }
    const asked = { key, call, plan, tags: tagsOf(call, plan), versions, mustAsk };
    if (entry && overdueMs < this.#rules.staleWhileRevalidateMs) {
      this.#flights.revalidate(asked, (own) => this.#fetch(asked, own));
      return this.#serve(call, entry, 'stale', now);
    }
    return this.#ask(asked);
  }

  /** The service, alone or with others who want the same; where it cannot answer, what is left of an earlier answer. */
  async #ask<Data>(asked: Asked<Data>): Promise<CacheResult<Data>> {
    const { key, call, plan, versions } = asked;
    const underWay = plan.mode === 'reload' ? undefined : this.#flights.find(key, versions);
    this.#record(call, underWay ? 'deduplicated' : 'miss');
    const flight = underWay ?? this.#flights.start(asked, (own) => this.#fetch(asked, own));
    try {
      const { loaded, kept, source } = await this.#flights.wait(flight, call);
      if (!underWay) return { ...(loaded as LoadResult<Data>), source, ageMs: 0 };
      return { ...loaded, data: kept.copy() as Data, source: 'deduplicated', ageMs: 0 };
    } catch (error) {
      const kept = plan.mode === 'default' ? this.#leftOf(key, asked) : undefined;
      const now = performance.now();
      const mayStandIn = kept && now < kept.storedAt + kept.ttlMs + this.#rules.staleIfErrorMs;
      if (!mayStandIn || !isUnavailable(error)) throw error;
      return this.#serve(call, kept, 'stale', now);
    }
  }

  /** Success or not: a write without an answer may have happened. One that never left has not. */
  async write<Data>(call: Call, plan: CacheRequest<Data>): Promise<CacheResult<Data>> {
    const watched = this.#watch.begin();
    const over = (mayLand: boolean) => {
      this.#watch.done(watched);
      if (call.progress.attempts === 0) return undefined;
      return this.#end(plan.tags, mayLand ? this.#rules.lateWriteWindowMs : 0);
    };
    let loaded: LoadResult<Data>;
    try {
      loaded = await plan.load(call);
    } catch (error) {
      await over(call.progress.maybeApplied);
      throw error;
    }
    const seen = over(call.progress.inDoubt);
    // of two processes that write at a time, none can tell whose answer is the newer
    if (loaded.storable && !this.#shared) this.#keepBrought(call, plan, loaded, watched);
    await seen;
    return fresh(loaded);
  }

  /** Nothing that this identity has read is served again, here or by others who share the store. */
  async forget(identity: string): Promise<void> {
    await this.#end([identity], 0);
  }

  get stats(): CacheStats {
    const { hit, miss, ...counts } = this.#counts;
    return { hits: hit, misses: miss, ...counts, ...this.#entries.stats };
  }

  /** End what runs for nobody in particular. */
  close(): void {
    this.#flights.close();
    this.#entries.clear();
    this.#shared?.close();
  }

  /** One look as a rule: for an answer held here the versions are enough. */
  async #lookFurther(
    shared: SharedCache,
    key: string,
    tags: readonly string[],
    mode: CacheMode,
  ): Promise<Found> {
    const watched = this.#watch.begin();
    try {
      const held = mode === 'reload' ? undefined : this.#entries.get(key, performance.now());
      if (held?.versions) {
        const seen = await shared.lookup([...new Set([...tags, ...Object.keys(held.versions)])]);
        if (!seen) return {};
        const { versions } = seen;
        if (!seen.isConsistent) return { versions, mustAsk: true };
        if (holds(held.versions, versions)) return { entry: held, versions };
        if (this.#entries.peek(key) === held) this.#entries.delete(key);
      }
      const seen = await shared.lookup(tags, mode === 'reload' ? undefined : key);
      if (!seen) return {};
      const { versions, entry: found } = seen;
      if (!seen.isConsistent) return { versions, mustAsk: true };
      if (!found || this.#entries.lifeLeftMs(found) <= 0) return { versions }; // not every store lets go in time
      const { text, ...its } = found;
      const entry = { ...its, kept: new CachedValue(text), tags, versions, order: watched.order };
      if (this.#watch.mayStore(watched, tags)) this.#entries.put(key, entry);
      return { entry, versions };
    } finally {
      this.#watch.done(watched);
    }
  }

  /** What may stand in though it is past its time: not what others may have written over, as far as the store can say. */
  #leftOf(key: string, { versions, mustAsk }: Omit<Found, 'entry'>): Entry | undefined {
    const held = mustAsk ? undefined : this.#entries.peek(key);
    return held && (!versions || holds(held.versions, versions)) ? held : undefined;
  }

  /** One request for all who wait: conditional, if the service has named what is held. */
  async #fetch<Data>(asked: Asked<Data>, own: Call): Promise<ReadResult> {
    const { key, plan } = asked;
    const held = plan.mode === 'reload' ? undefined : this.#entries.peek(key);
    const watched = this.#watch.begin();
    let answered: LoadResult<Data>;
    try {
      answered = await plan.load(conditional(own, held));
    } catch (error) {
      if (error instanceof PersonaNotFoundError) this.#drop(key);
      throw error;
    } finally {
      this.#watch.done(watched);
    }
    return this.#land(asked, answered, answered.status === 304 ? held : undefined, watched);
  }

  #land<Data>(
    asked: Asked<Data>,
    answered: LoadResult<Data>,
    held: Entry | undefined,
    watched: FenceTicket,
  ): ReadResult {
    const { key, call, plan, tags, mustAsk } = asked;
    const versions = mustAsk ? undefined : asked.versions;
    const loaded = held ? asBefore(answered, held) : answered;
    const kept = held?.kept ?? keptOf(plan.wire, loaded.data, loaded.text);
    if (!kept) throw tooDeep(call, loaded);
    if (held) this.#record(call, 'revalidated');
    if (loaded.storable) {
      this.#keepBrought(call, plan, loaded, watched, versions);
      const { name } = call;
      const entry = this.#keep(key, { name, kept, loaded, tags, versions }, plan, watched);
      if (entry?.versions) this.#shared?.set(key, entry, entry.versions, this.#entries.lifeLeftMs(entry));
    } else this.#drop(key);
    return { loaded, kept, source: held ? 'revalidated' : 'network' };
  }

  /** The answers to single reads that came with this one. */
  #keepBrought<Data>(
    call: Call,
    plan: CacheRequest<Data>,
    { data, text, status, requestId }: LoadResult<Data>,
    watched: FenceTicket,
    versions?: Versions,
  ): void {
    if (plan.mode === 'no-store') return;
    for (const one of plan.brings(data)) {
      const tags = [...one.tags, call.identity];
      const kept = keptOf(one.wire, one.data, one.data === data ? text : undefined);
      const loaded = { status, requestId }; // its validators are not those of the parts
      const { name } = one;
      if (kept) this.#keep(keyOf(call.identity, one), { name, kept, loaded, tags, versions }, plan, watched);
    }
  }

  #keep(
    key: string,
    given: Keeping,
    plan: Pick<CacheRequest<never>, 'ttlMs'>,
    watched: FenceTicket,
  ): Entry | undefined {
    const { name, kept, loaded, tags, versions } = given;
    if (!this.#watch.mayStore(watched, tags)) return undefined;
    const ttlMs = plan.ttlMs ?? this.#rules.ttlMsFor[name] ?? this.#rules.ttlMs;
    const { status, requestId } = loaded;
    const { order } = watched;
    const storedAt = performance.now();
    const entry = { ...validators(loaded), kept, status, requestId, tags, versions, order, storedAt, ttlMs };
    this.#entries.put(key, entry);
    return entry;
  }

  #drop(key: string): void {
    this.#entries.delete(key);
    this.#shared?.delete(key);
  }

  /** What was read of these is not served again, nor what is being read, nor for so long what will be read. */
  #end(tags: readonly string[], lateWriteWindowMs: number): Promise<void> | undefined {
    this.#watch.end(tags, lateWriteWindowMs);
    this.#entries.end(tags);
    this.#flights.end(tags);
    return this.#shared?.invalidate(tags, lateWriteWindowMs);
  }

  #record(call: Call, outcome: Outcome, now?: number): void {
    this.#counts[outcome]++;
    record(this.#events, call, { event: 'cache', outcome }, now);
  }

  #serve<Data>(call: Call, entry: Entry, source: 'cache' | 'stale', now: number): CacheResult<Data> {
    this.#record(call, source === 'cache' ? 'hit' : 'stale', now);
    const { kept, status, requestId, storedAt } = entry;
    const { attempts } = call.progress; // those that failed before something stale had to do
    return { data: kept.copy() as Data, status, requestId, attempts, source, ageMs: now - storedAt };
  }
}

/** As it came, which costs nothing, or written anew. */
const keptOf = (wire: ZodMiniType | undefined, data: unknown, text: string | undefined) =>
  text === undefined ? CachedValue.of(data) : new CachedValue(text, wire);

const tooDeep = (call: Call, { status }: LoadResult<unknown>) =>
  new PersonaResponseError(
    `${describeCall(call)} was answered ${status} with data nested too deeply to be kept.`,
    {
      ...errorDetails(call),
      status,
    },
  );

const fresh = <Data>(loaded: LoadResult<Data>): CacheResult<Data> => ({
  ...loaded,
  source: loaded.resolved ? 'reconciled' : 'network',
  ageMs: 0,
});

/** No cache: every read is a load of its own. */
export const noCache: Pick<ResponseCache, 'read' | 'write' | 'forget' | 'stats' | 'close'> = {
  read: async (call, plan) => {
    if (plan.mode === 'only-if-cached') throw notCached(call);
    return fresh(await plan.load(call));
  },
  write: async (call, plan) => fresh(await plan.load(call)),
  forget: async () => {},
  stats: {
    hits: 0,
    misses: 0,
    stale: 0,
    deduplicated: 0,
    revalidated: 0,
    evictions: 0,
    entries: 0,
    bytes: 0,
  },
  close: () => {},
};
