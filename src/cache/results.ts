import type { Call } from '../core/call.js';
import type { CacheResult, Entry, LoadResult } from './types.js';

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
