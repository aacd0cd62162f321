import { LRUCache } from 'lru-cache';
import { meansUnavailable, PersonaNotFoundError, PersonaResponseError } from '../errors.js';
import type { Events } from '../events.js';
import { abortable } from './abort.js';
import { about, named, record } from './call.js';
import type { Call } from './types.js';

export interface CacheRules {
  readonly ttlMs: number;
  readonly maxEntries: number;
  readonly staleIfErrorMs: number;
  readonly staleWhileRevalidateMs: number;
}

/** What a load brings. */
export interface Loaded<Data> {
  readonly data: Data;
  readonly status: number;
  /** The id under which the service knows the request. */
  readonly requestId: string;
  readonly attempts: number;
  /** The service did not forbid keeping it. */
  readonly storable: boolean;
  /** The answer was lost; this was found by looking. */
  readonly resolved?: true;
}

/** Where a result came from; `joined` shares the answer to an equal read, `resolved` was found after the answer was lost. */
export type Source = 'network' | 'joined' | 'cache' | 'stale' | 'resolved';

/** What a caller gets: an object of its own, and where it comes from. */
export interface Fetched<Data> extends Loaded<Data> {
  readonly source: Source;
  readonly ageMs: number;
}

export interface ReadPlan {
  readonly mode: 'default' | 'reload' | 'no-store';
  readonly ttlMs: number | undefined;
  /** What the result is about: a write to any of these ends its life. */
  readonly tags: readonly string[];
}

type Load<Data> = (call: Call) => Promise<Loaded<Data>>;

/** Serialised, so that every hit is a new object. */
interface Entry {
  readonly text: string;
  readonly status: number;
  readonly requestId: string;
  readonly storedAt: number;
  readonly ttlMs: number;
  readonly tags: readonly string[];
}

/** A read under way, shared by all who want the same. */
interface Flight {
  readonly result: Promise<{ loaded: Loaded<unknown>; text: string }>;
  readonly controller: AbortController;
  readonly deadline: { at: number };
  readonly tags: readonly string[];
  waiters: number;
  /** A write came in between: the result is for those who wait, and not to be kept. */
  overtaken: boolean;
}

/** TTL cache and coalescing for reads; writes end what they touch. */
export class ResponseCache {
  readonly #rules: CacheRules;
  readonly #events: Events;
  readonly #flights = new Map<string, Flight>();
  /** Flights that no caller waits for, or need wait for. */
  readonly #renewals = new Set<Flight>();
  readonly #keysByTag = new Map<string, Set<string>>();
  #entries: LRUCache<string, Entry> | undefined;

  constructor(rules: CacheRules, events: Events) {
    this.#rules = rules;
    this.#events = events;
  }

  async read<Data>(call: Call, plan: ReadPlan, load: Load<Data>): Promise<Fetched<Data>> {
    if (plan.mode === 'no-store') return fresh(await load(call));
    const key = JSON.stringify([call.identity, call.name, call.url]);
    plan = { ...plan, tags: [...plan.tags, identityTag(call.identity)] };
    const entry = plan.mode === 'default' ? this.#entries?.get(key) : undefined;
    const ageMs = entry === undefined ? 0 : performance.now() - entry.storedAt;
    const ttlMs = plan.ttlMs ?? entry?.ttlMs ?? 0;
    if (entry && ageMs < ttlMs) return this.#serve(call, entry, 'cache', ageMs);
    if (entry && ageMs < ttlMs + this.#rules.staleWhileRevalidateMs) {
      if (!this.#flights.has(key)) this.#revalidate(key, call, plan, load);
      return this.#serve(call, entry, 'stale', ageMs);
    }
    try {
      return await this.#join(key, call, plan, load);
    } catch (error) {
      const kept = entry && this.#entries?.peek(key);
      const keptMs = kept === undefined ? 0 : performance.now() - kept.storedAt;
      if (kept && keptMs < kept.ttlMs + this.#rules.staleIfErrorMs && meansUnavailable(error))
        return this.#serve(call, kept, 'stale', keptMs);
      throw error;
    }
  }

  /** Success or not: a write without an answer may have happened. One that never left has not. */
  async write<Data>(call: Call, tags: readonly string[], load: Load<Data>): Promise<Fetched<Data>> {
    try {
      return fresh(await load(call));
    } finally {
      if (call.progress.attempts > 0) this.#invalidate(tags);
    }
  }

  /** This identity is gone: nothing that it has read is served again. */
  forget(identity: string): void {
    this.#invalidate([identityTag(identity)]);
  }

  clear(): void {
    for (const flight of this.#flights.values()) flight.overtaken = true;
    this.#flights.clear();
    this.#entries?.clear();
  }

  /** End what runs for nobody in particular. */
  close(): void {
    for (const { controller } of this.#renewals) controller.abort();
    this.clear();
  }

  #serve<Data>(call: Call, entry: Entry, source: 'cache' | 'stale', ageMs: number): Fetched<Data> {
    record(this.#events, call, 'cache', { outcome: source === 'cache' ? 'hit' : 'stale' });
    const { text, status, requestId } = entry;
    const { attempts } = call.progress; // those that failed before something stale had to do
    return { data: JSON.parse(text) as Data, status, requestId, attempts, storable: true, source, ageMs };
  }

  async #join<Data>(key: string, call: Call, plan: ReadPlan, load: Load<Data>): Promise<Fetched<Data>> {
    const current = plan.mode === 'reload' ? undefined : this.#flights.get(key);
    record(this.#events, call, 'cache', { outcome: current ? 'joined' : 'miss' });
    const flight = current ?? this.#start(key, call, plan, load);
    flight.waiters++;
    flight.deadline.at = Math.max(flight.deadline.at, call.deadline.at);
    try {
      const { loaded, text } = await abortable(flight.result, call.signal);
      if (!current) return { ...(loaded as Loaded<Data>), source: 'network', ageMs: 0 };
      return { ...loaded, data: JSON.parse(text) as Data, source: 'joined', ageMs: 0 };
    } finally {
      if (--flight.waiters === 0 && call.signal.aborted) {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        flight.controller.abort(call.signal.reason);
      }
    }
  }

  #start<Data>(key: string, call: Call, plan: ReadPlan, load: Load<Data>): Flight {
    const controller = new AbortController();
    const deadline = { at: call.deadline.at };
    const landed = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    const result = load({ ...call, signal: controller.signal, deadline }).then(
      (loaded) => {
        landed();
        const text = serialised(call, loaded);
        if (loaded.storable && !flight.overtaken) this.#store(key, plan, loaded, text);
        return { loaded, text };
      },
      (error: unknown) => {
        landed();
        if (error instanceof PersonaNotFoundError) this.#entries?.delete(key);
        throw error;
      },
    );
    result.catch(() => {}); // all who waited may have left
    const flight: Flight = { result, controller, deadline, tags: plan.tags, waiters: 0, overtaken: false };
    const replaced = this.#flights.get(key);
    if (replaced) replaced.overtaken = true;
    this.#flights.set(key, flight);
    return flight;
  }

  #revalidate<Data>(key: string, call: Call, plan: ReadPlan, load: Load<Data>): void {
    const progress = { ...call.progress, timeline: [] };
    const renewal = this.#start(key, { ...call, progress }, plan, load);
    this.#renewals.add(renewal);
    renewal.result.catch(() => {}).finally(() => this.#renewals.delete(renewal));
  }

  #store(key: string, plan: ReadPlan, loaded: Loaded<unknown>, text: string): void {
    const { maxEntries, staleIfErrorMs, staleWhileRevalidateMs } = this.#rules;
    const ttlMs = plan.ttlMs ?? this.#rules.ttlMs;
    this.#entries ??= new LRUCache({
      max: maxEntries,
      dispose: (entry, disposed) => {
        for (const tag of entry.tags) this.#untag(tag, disposed);
      },
    });
    const { status, requestId } = loaded;
    const lifeMs = ttlMs + Math.max(staleIfErrorMs, staleWhileRevalidateMs);
    if (lifeMs === 0) return;
    const entry = { text, status, requestId, storedAt: performance.now(), ttlMs, tags: plan.tags };
    this.#entries.set(key, entry, { ttl: lifeMs });
    for (const tag of plan.tags) {
      const keys = this.#keysByTag.get(tag) ?? new Set();
      this.#keysByTag.set(tag, keys.add(key));
    }
  }

  #untag(tag: string, key: string): void {
    const keys = this.#keysByTag.get(tag);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByTag.delete(tag);
  }

  #invalidate(tags: readonly string[]): void {
    for (const tag of tags)
      for (const key of [...(this.#keysByTag.get(tag) ?? [])]) this.#entries?.delete(key);
    for (const [key, flight] of this.#flights)
      if (flight.tags.some((tag) => tags.includes(tag))) {
        flight.overtaken = true;
        this.#flights.delete(key);
      }
  }
}

/** Signing out is to an identity's entries what a write is to those of a persona. */
const identityTag = (identity: string) => `identity:${identity}`;

/** What can be parsed can still be nested too deeply to be written. */
function serialised(call: Call, { data, status }: Loaded<unknown>): string {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    const message = `${named(call)} was answered ${status} with data nested too deeply to be kept.`;
    throw new PersonaResponseError(message, { ...about(call), status, cause });
  }
}

const fresh = <Data>(loaded: Loaded<Data>): Fetched<Data> => ({
  ...loaded,
  source: loaded.resolved ? 'resolved' : 'network',
  ageMs: 0,
});

/** No cache: every read is a load of its own. */
export const noCache: Pick<ResponseCache, 'read' | 'write' | 'forget' | 'clear' | 'close'> = {
  read: async (call, _plan, load) => fresh(await load(call)),
  write: async (call, _tags, load) => fresh(await load(call)),
  forget: () => {},
  clear: () => {},
  close: () => {},
};
