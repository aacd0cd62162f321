import { createStore, del, delMany, entries, get, getMany, set } from 'idb-keyval';
import type { CacheStore } from 'persona-client';

interface StoredEntry {
  readonly value: string;
  /** Wall-clock time, because `performance.now()` starts again with every page. */
  readonly expiresAt: number;
}

const getFresh = (entry: StoredEntry | undefined) =>
  entry && entry.expiresAt > Date.now() ? entry.value : undefined;

/** A cache store in IndexedDB. It survives a reload, and all tabs of the origin share it. */
export function indexedDbStore(database = 'persona-cache'): CacheStore {
  const store = createStore(database, 'entries');
  deleteExpired(store).catch(() => {}); // if there is no IndexedDB, the cache handles the failed reads
  return {
    get: async (key) => getFresh(await get<StoredEntry>(key, store)),
    getMany: async (keys) => (await getMany<StoredEntry | undefined>(keys, store)).map(getFresh),
    set: (key, value, ttlMs = Number.POSITIVE_INFINITY) =>
      set(key, { value, expiresAt: Date.now() + ttlMs } satisfies StoredEntry, store),
    delete: (key) => del(key, store),
  };
}

/** IndexedDB has no expiry of its own. */
async function deleteExpired(store: ReturnType<typeof createStore>): Promise<void> {
  const all = await entries<string, StoredEntry>(store);
  const expiredKeys = all.filter(([, entry]) => getFresh(entry) === undefined).map(([key]) => key);
  await delMany(expiredKeys, store);
}
