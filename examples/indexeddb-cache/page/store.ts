import { createStore, del, delMany, entries, get, getMany, set } from 'idb-keyval';
import type { CacheStore } from 'persona-client';

interface Kept {
  readonly value: string;
  /** When its time is over, by the clock on the wall: the next page has another `performance.now()`. */
  readonly until: number;
}

const aliveIn = (kept: Kept | undefined) => (kept && kept.until > Date.now() ? kept.value : undefined);

/** A store for the cache that outlives the page, in IndexedDB. All tabs of the origin share it. */
export function indexedDbStore(database = 'persona-cache'): CacheStore {
  const place = createStore(database, 'kept');
  sweep(place).catch(() => {}); // where there is no database, the cache finds that out by itself
  return {
    get: async (key) => aliveIn(await get<Kept>(key, place)),
    getMany: async (keys) => (await getMany<Kept | undefined>(keys, place)).map(aliveIn),
    set: (key, value, ttlMs = Number.POSITIVE_INFINITY) =>
      set(key, { value, until: Date.now() + ttlMs } satisfies Kept, place),
    delete: (key) => del(key, place),
  };
}

/** IndexedDB lets go of nothing by itself. */
async function sweep(place: ReturnType<typeof createStore>): Promise<void> {
  const all = await entries<string, Kept>(place);
  const over = all.filter(([, kept]) => aliveIn(kept) === undefined).map(([key]) => key);
  await delMany(over, place);
}
