import { notCachedError } from '../cache/errors.js';
import type { ResponseCache } from '../cache/index.js';
import type { CacheRequest, CacheResult, LoadResult, PrimedEntry } from '../cache/types.js';
import type { Call } from '../core/call.js';
import { callSafely } from '../core/call-safely.js';
import { type EncodeContext, resolvePath } from './encode.js';
import type { Caller, Endpoint, Route } from './endpoint.js';
import { invalidFieldsError } from './invalid-fields.js';
import type { createLoaderFactory } from './load.js';
import { redact } from './redact.js';
import { BUILT_IN_ORIGIN, type CallResult, copyInvalidFields } from './result.js';
import type { PendingCall } from './start.js';
import type { SubCalls } from './sub-calls.js';

interface RunRouteContext extends EncodeContext {
  readonly cache: Pick<ResponseCache, 'read' | 'write'>;
}

/** Creates the function that runs an encoded call through the cache. A cache hit in memory returns synchronously. */
export const createRouteRunner =
  (context: RunRouteContext, createLoader: ReturnType<typeof createLoaderFactory>) =>
  <Input, Wire, Result>(
    endpoint: Endpoint<Input, Wire, Result>,
    pending: PendingCall<Input>,
    caller: Caller,
    route: Route<Input>,
    createSubCalls: (call: Call) => SubCalls,
  ): CallResult<Result> | Promise<CallResult<Result>> => {
    const { call } = pending;
    if (route.builtIn) return route.builtIn().then((data) => fromBuiltIn(endpoint, pending, caller, data));
    const load = createLoader(endpoint, pending, caller, route, createSubCalls);
    const request = createCacheRequest(context, endpoint, pending, load);
    const cached = endpoint.cacheTags
      ? context.cache.read(call, request)
      : context.cache.write(call, request);
    return cached instanceof Promise
      ? cached.then((result) => toResult(endpoint, pending, caller, result))
      : toResult(endpoint, pending, caller, cached);
  };

/**
 * Creates the request that a call makes to the cache: mode, tags, loader and entries to prime.
 *
 * @throws {PersonaNotCachedError} for `only-if-cached` reads of an endpoint that is never cached.
 */
function createCacheRequest<Input, Wire, Result>(
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

/**
 * Transforms the data that the cache returned. The loader has redacted it.
 *
 * @throws {PersonaResponseError} with `reads: 'strict'`, if the data lacks invalid fields.
 */
function toResult<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, input, options }: PendingCall<Input>,
  { run }: Caller,
  cached: CacheResult<Wire>,
): CallResult<Result> {
  const { invalidFields } = cached;
  if (invalidFields?.length && !endpoint.internal) {
    if (options.reads === 'strict') throw invalidFieldsError(call, cached.status, invalidFields);
    callSafely('onInvalidFields', () => options.onInvalidFields?.(copyInvalidFields(invalidFields)));
  }
  const data = endpoint.transform(cached.data, input, run);
  return { data, call, origin: cached };
}

/** Redacts and transforms data that needs no request: this package contains it, or the update changes nothing. */
const fromBuiltIn = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, input }: PendingCall<Input>,
  { policy, run }: Caller,
  data: unknown,
): CallResult<Result> => ({
  data: endpoint.transform(redact(policy, endpoint, data as Wire), input, run),
  call,
  origin: BUILT_IN_ORIGIN,
});
