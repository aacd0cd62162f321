/** Shares entries between processes through a store. The code is imported on first use. */
import type { SharedCache } from '../types.js';

/**
 * Creates a shared cache that opens at the first call. Calls keep their order.
 *
 * @param onError runs if the code cannot be imported. Every lookup is then a miss.
 */
export function lazySharedCache(open: () => Promise<SharedCache>, onError: () => void): SharedCache {
  let opening: Promise<SharedCache | undefined> | undefined;
  const getCache = () => {
    opening ??= open().catch(() => void onError());
    return opening;
  };
  return {
    lookup: async (...args) => (await getCache())?.lookup(...args),
    set: (...args) => void getCache().then((cache) => cache?.set(...args)),
    delete: (key) => void getCache().then((cache) => cache?.delete(key)),
    invalidate: async (...args) => (await getCache())?.invalidate(...args),
    close: () => void opening?.then((cache) => cache?.close()),
  };
}
