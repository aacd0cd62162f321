import type { Call } from '../core/call.js';
import { notCachedError } from './errors.js';
import type { CacheResult, CallCache, Entry, LoadResult } from './types.js';

/** Returns the result of a call that was sent to the service. */
export const toNetworkResult = <Data>(loadResult: LoadResult<Data>): CacheResult<Data> => ({
  ...loadResult,
  source: loadResult.reconciled ? 'reconciled' : 'network',
  ageMs: 0,
});

/** Returns the result of a call that an entry serves. */
export const toCachedResult = <Data>(
  call: Call,
  { value, status, requestId, storedAt, invalidFields }: Entry,
  source: 'cache' | 'stale',
  now: number,
): CacheResult<Data> => ({
  data: value.copy() as Data,
  invalidFields,
  status,
  requestId,
  attempts: call.progress.attempts, // failed attempts before a stale entry was served
  source,
  ageMs: now - storedAt,
});

/** Used with `cache: false`: sends every read. */
export const noCache: CallCache = {
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
