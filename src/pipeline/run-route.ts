import { notCachedError } from '../cache/errors.js';
import type { CacheRequest, CallCache, PrimedEntry } from '../cache/types.js';
import type { Call } from '../core/call.js';
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

/**
 * Creates the function that runs an encoded call through the cache. A cache hit in memory returns synchronously.
 *
 * The function throws a `PersonaNotCachedError` for `only-if-cached` reads of an endpoint that is never cached.
 */
export const createRouteRunner =
  (context: RunRouteContext, getLoader: () => Load) =>
  <Input, Wire, Result>(
    endpoint: Endpoint<Input, Wire, Result>,
    pending: PendingCall<Input>,
    route: Route<Input>,
  ): CallData<Wire> | Promise<CallData<Wire>> => {
    if (route.builtIn) return route.builtIn().then((data) => fromBuiltIn(endpoint, pending, data as Wire));
    const { call, options } = pending;
    if (!endpoint.cacheTags && !call.isWrite && options.cache.mode === 'only-if-cached')
      throw notCachedError(call);
    const request = new RouteRequest(context, getLoader, endpoint, pending, route);
    return endpoint.cacheTags ? context.cache.read(call, request) : context.cache.write(call, request);
  };

/** The request that a call makes to the cache. A class, because a cache hit then creates no closures and no tags. */
class RouteRequest<Input, Wire, Result> implements CacheRequest<Wire> {
  readonly #context: RunRouteContext;
  readonly #getLoader: () => Load;
  readonly #endpoint: Endpoint<Input, Wire, Result>;
  readonly #pending: PendingCall<Input>;
  readonly #route: Route<Input>;

  constructor(
    context: RunRouteContext,
    getLoader: () => Load,
    endpoint: Endpoint<Input, Wire, Result>,
    pending: PendingCall<Input>,
    route: Route<Input>,
  ) {
    this.#context = context;
    this.#getLoader = getLoader;
    this.#endpoint = endpoint;
    this.#pending = pending;
    this.#route = route;
  }

  get mode() {
    return this.#pending.options.cache.mode;
  }

  get ttlMs() {
    return this.#pending.options.cache.ttlMs;
  }

  get tags() {
    const { cacheTags, invalidates } = this.#endpoint;
    return (cacheTags ?? invalidates)?.(this.#pending.input) ?? [];
  }

  get responseSchema() {
    return this.#endpoint.responseSchema;
  }

  assertSendable(call: Call): void {
    this.#context.breaker.assertAdmits(call);
  }

  load(call: Call) {
    return this.#getLoader()(this.#endpoint, this.#pending, this.#route, call);
  }

  findPrimedEntries(wire: Wire): readonly PrimedEntry[] {
    const entries: PrimedEntry[] = [];
    this.#endpoint.primes?.(wire, this.#pending.input, (read, readInput, data) => {
      const path = resolvePath(this.#context, read, readInput);
      if (path === undefined) return;
      const { name, responseSchema } = read;
      entries.push({ name, responseSchema, path, tags: read.cacheTags?.(readInput) ?? [], data });
    });
    return entries;
  }
}

/** Redacts data that needs no request: the package contains the data, or the update changes nothing. */
const fromBuiltIn = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { caller }: PendingCall<Input>,
  data: Wire,
): CallData<Wire> => ({ ...BUILT_IN_ORIGIN, data: redact(caller.policy, endpoint, data) });
