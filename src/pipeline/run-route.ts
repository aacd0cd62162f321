import type { ResponseCache } from '../cache/index.js';
import type { Call } from '../core/call.js';
import { createCacheRequest } from './cache-request.js';
import type { EncodeContext } from './encode.js';
import type { Caller, Endpoint, Route } from './endpoint.js';
import type { createLoaderFactory } from './load.js';
import { type CallResult, fromBuiltIn, toResult } from './result.js';
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
