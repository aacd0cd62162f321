import { notCachedError } from '../cache/errors.js';
import type { CacheRequest, CallCache, PrimedEntry } from '../cache/types.js';
import type { CircuitBreaker } from './circuit-breaker/index.js';
import { type EncodeContext, resolvePath } from './encode.js';
import type { Endpoint, Route } from './endpoint.js';
import type { Load } from './load.js';
import { redact } from './redact.js';
import { BUILT_IN_ORIGIN, type CallData } from './result.js';
import type { PendingCall } from './start.js';

interface RunRouteContext extends EncodeContext {
  readonly cache: Pick<CallCache, 'read' | 'write'>;
  readonly breaker: Pick<CircuitBreaker, 'assertAdmits'>;
}

/** Creates the function that runs an encoded call through the cache. A cache hit in memory returns synchronously. */
export const createRouteRunner =
  (context: RunRouteContext, load: Load) =>
  <Input, Wire, Result>(
    endpoint: Endpoint<Input, Wire, Result>,
    pending: PendingCall<Input>,
    route: Route<Input>,
  ): CallData<Wire> | Promise<CallData<Wire>> => {
    if (route.builtIn) return route.builtIn().then((data) => fromBuiltIn(endpoint, pending, data as Wire));
    const request = createCacheRequest(context, load, endpoint, pending, route);
    return endpoint.cacheTags
      ? context.cache.read(pending.call, request)
      : context.cache.write(pending.call, request);
  };

/**
 * Creates the request that a call makes to the cache: mode, tags, loader and entries to prime.
 *
 * @throws {PersonaNotCachedError} for `only-if-cached` reads of an endpoint that is never cached.
 */
function createCacheRequest<Input, Wire, Result>(
  context: RunRouteContext,
  load: Load,
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
  route: Route<Input>,
): CacheRequest<Wire> {
  const { cacheTags, invalidates, responseSchema } = endpoint;
  const { input } = pending;
  const { mode, ttlMs } = pending.options.cache;
  if (!cacheTags && !pending.call.isWrite && mode === 'only-if-cached') throw notCachedError(pending.call);
  return {
    mode,
    ttlMs,
    tags: (cacheTags ?? invalidates)?.(input) ?? [],
    responseSchema,
    assertSendable: context.breaker.assertAdmits,
    load: (call) => load(endpoint, pending, route, call),
    findPrimedEntries: (wire) => {
      const entries: PrimedEntry[] = [];
      endpoint.primes?.(wire, input, (read, readInput, data) => {
        const path = resolvePath(context, read, readInput);
        if (path === undefined) return;
        const { name, responseSchema } = read;
        entries.push({ name, responseSchema, path, tags: read.cacheTags?.(readInput) ?? [], data });
      });
      return entries;
    },
  };
}

/** Redacts data that needs no request: the package contains the data, or the update changes nothing. */
const fromBuiltIn = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { caller }: PendingCall<Input>,
  data: Wire,
): CallData<Wire> => ({ ...BUILT_IN_ORIGIN, data: redact(caller.policy, endpoint, data) });
