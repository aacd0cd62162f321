import { notCachedError } from './errors.js';
import { toNetworkResult } from './results.js';
import type { CallCache } from './types.js';

/** Used with `cache: false`: sends every read. */
export const disabledCache: CallCache = {
  read: async (call, request) => {
    if (request.mode === 'only-if-cached') throw notCachedError(call);
    return toNetworkResult(await request.load(call));
  },
  write: async (call, request) => toNetworkResult(await request.load(call)),
  recordPersona: () => {},
  clear: async () => {},
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
