import { notCachedError } from '../cache/errors.js';
import type { CacheRequest, LoadResult, PrimedEntry } from '../cache/types.js';
import type { Call } from '../core/call.js';
import { type EncodeContext, resolvePath } from './encode.js';
import type { Endpoint } from './endpoint.js';
import type { PendingCall } from './start.js';

/**
 * Creates the request that a call makes to the cache: mode, tags, loader and entries to prime.
 *
 * @throws {PersonaNotCachedError} for `only-if-cached` reads of an endpoint that is never cached.
 */
export function createCacheRequest<Input, Wire, Result>(
  context: EncodeContext,
  endpoint: Endpoint<Input, Wire, Result>,
  { call, input, options }: PendingCall<Input>,
  load: (call: Call) => Promise<LoadResult<Wire>>,
): CacheRequest<Wire> {
  const { mode, ttlMs } = options.cache;
  const { cacheTags, invalidates } = endpoint;
  if (!cacheTags && !call.isWrite && mode === 'only-if-cached') throw notCachedError(call);
  return {
    mode,
    ttlMs,
    responseSchema: endpoint.responseSchema,
    load,
    tags: (cacheTags ?? invalidates)?.(input) ?? [],
    primes: (wire) => {
      const entries: PrimedEntry[] = [];
      endpoint.primes?.(wire, input, (read, readInput, data) => {
        const path = resolvePath(context, read, readInput);
        if (path === undefined) return;
        const tags = read.cacheTags?.(readInput) ?? [];
        const { name, responseSchema } = read;
        entries.push({ name, responseSchema, path, tags, data });
      });
      return entries;
    },
  };
}
