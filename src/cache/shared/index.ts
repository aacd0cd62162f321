/** Shares entries between processes through a store. The code is imported on first use. */
import { DEFAULT_LEASE_MS, SharedWork } from '../../core/shared-work.js';
import type { SharedCache } from '../types.js';

/**
 * Creates a shared cache that opens at the first call. Calls keep their order.
 *
 * @param onError runs if the code cannot be imported. Every lookup is then a miss.
 */
export function lazySharedCache(open: () => Promise<SharedCache>, onError: () => void): SharedCache {
  const opening = new SharedWork<SharedCache | undefined>(DEFAULT_LEASE_MS);
  let opened: { readonly cache: SharedCache | undefined } | undefined;
  let isClosed = false;
  const start = async () => {
    const cache = await open().catch(() => void onError());
    opened ??= { cache };
    if (isClosed) cache?.close();
    return opened.cache;
  };
  const getCache = async () => (opened ? opened.cache : opening.run(start));
  return {
    lookup: async (...args) => (await getCache())?.lookup(...args),
    set: (...args) => void getCache().then((cache) => cache?.set(...args)),
    delete: (key) => void getCache().then((cache) => cache?.delete(key)),
    invalidate: async (...args) => (await getCache())?.invalidate(...args),
    close: () => {
      isClosed = true;
      opened?.cache?.close();
    },
  };
}
