import type { ResponseCache } from '../cache/index.js';
import { notCached } from '../cache/not-cached.js';
import type { CacheRequest, CacheResult, LoadResult, PrimedEntry } from '../cache/types.js';
import type { CacheMode, CallOptions } from '../config/resolve-options.js';
import {
  defaultRequestOptions,
  type ResolvedOptions,
  type ResolvedRequestOptions,
} from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import { emitCallEnd } from '../core/call-log.js';
import { isUnavailable, PersonaError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';
import type { Dialect, ServiceProfile } from '../core/service-profile.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { authorize } from './authorize.js';
import type { Breaker } from './circuit-breaker/index.js';
import { decode } from './decode.js';
import { encode, encodeSync, type PendingCall, pathOf, startCall } from './encode.js';
import type { Caller, Endpoint, Route } from './endpoint.js';
import { exchange, observe } from './exchange.js';
import { composeLayers, type Send, type Transport } from './layer.js';
import { limit } from './limit.js';
import { type Reconcile, reconciler } from './reconcile/index.js';
import { redacted } from './redact.js';
import { BUILT_IN, type CallResult, toLoadResult } from './result.js';
import { retry } from './retry.js';
import { RetryBudget } from './retry-budget.js';
import { SubCalls } from './sub-calls.js';

export type Execute = <Input, Wire, Result, Taken>(
  caller: Caller,
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
  options: CallOptions<Result> | undefined,
  /** What the caller gets of it. */
  take: (arrived: CallResult<Result>) => Taken,
) => Promise<Taken>;

export interface Parts {
  readonly options: ResolvedOptions;
  readonly deployment: ServiceProfile;
  readonly cache: Pick<ResponseCache, 'read' | 'write'>;
  readonly breaker: Breaker;
  readonly transport: Transport;
  /** The last two layers, which login and refresh use alone. */
  readonly wire: Send;
  readonly events: Events;
  /** Asks the service which dialect it speaks. */
  readonly probe: () => Endpoint<object, object, Dialect>;
  /** Asks it for its fields. */
  readonly fieldConfig: () => Endpoint<object, FieldConfig, FieldConfig>;
}

/** observe -> exchange */
export const createTransportStack = (
  { maxResponseBytes }: ResolvedOptions,
  transport: Transport,
  deployment: ServiceProfile,
  events: Events,
): Send => composeLayers(observe(events, deployment))(exchange(transport, maxResponseBytes));

/**
 * The whole path of a request:
 *
 *   once per call       encode -> cache -> resolve -> retry -> decode
 *   once per attempt    limit -> breaker -> authorize -> observe -> exchange
 */
export function createPipeline(parts: Parts): Execute {
  const { options, breaker, events } = parts;
  const attempt = composeLayers(
    limit(options.concurrency, parts.transport),
    breaker.layer,
    authorize,
  )(parts.wire);
  const line: Line = {
    ...parts,
    standard: defaultRequestOptions(options),
    resolve: reconciler(options.lateWriteWindowMs, events),
    send: retry(attempt, { events, breaker, budget: budgetOf(options) }),
  };

  return async function execute<Input, Wire, Result, Taken>(
    caller: Caller,
    endpoint: Endpoint<Input, Wire, Result>,
    given: Input,
    requestOptions: CallOptions<Result> | undefined,
    take: (arrived: CallResult<Result>) => Taken,
  ) {
    const execution = new Execution(line, caller, endpoint, given, requestOptions);
    let arrived: CallResult<Result>;
    try {
      arrived = await execution.firstWay();
    } catch (error) {
      arrived = await execution.otherWays(error);
    }
    execution.end({ source: arrived.from.source });
    return take(arrived);
  };
}

const budgetOf = ({ retry }: ResolvedOptions) =>
  retry.budget === undefined ? undefined : new RetryBudget(retry.budget);

/** What all calls of a client pass along. */
interface Line extends Parts {
  /** The settings of a call that is told nothing else. */
  readonly standard: ResolvedRequestOptions;
  readonly resolve: Reconcile;
  readonly send: (call: Call) => Promise<HttpResponse>;
}

/** One call on its way. To the cache, it is the plan. */
class Execution<Input, Wire, Result> implements CacheRequest<Wire> {
  readonly #line: Line;
  readonly #caller: Caller;
  readonly #endpoint: Endpoint<Input, Wire, Result>;
  readonly #options: CallOptions<Result> | undefined;
  readonly #begun: PendingCall<Input>;
  #unwrap: string | undefined;

  /** @throws for what may not be done: then nothing has begun. */
  constructor(
    line: Line,
    caller: Caller,
    endpoint: Endpoint<Input, Wire, Result>,
    given: Input,
    options: CallOptions<Result> | undefined,
  ) {
    this.#line = line;
    this.#caller = caller;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#begun = startCall(line, caller, endpoint, given, options);
  }

  /** encode -> cache, which has it or loads it */
  firstWay(): Promise<CallResult<Result>> | CallResult<Result> {
    const route = encodeSync(this.#line, this.#endpoint, this.#begun);
    if (route) return this.#along(route);
    return encode(this.#line, this.#endpoint, this.#begun, this.#followUps()).then((it) => this.#along(it));
  }

  #along({ builtIn: answer, unwrap }: Route<Input>): Promise<CallResult<Result>> | CallResult<Result> {
    const { call } = this.#begun;
    const { cacheTags: reads } = this.#endpoint;
    if (answer) return answer().then((builtIn) => this.#finished(builtIn as Wire));
    if (!reads && !call.isWrite && this.mode === 'only-if-cached') throw notCached(call);
    this.#unwrap = unwrap;
    const { cache } = this.#line;
    const fetched = reads ? cache.read(call, this) : cache.write(call, this);
    return fetched instanceof Promise
      ? fetched.then((it) => this.#finished(it.data, it))
      : this.#finished(fetched.data, fetched);
  }

  #finished(wire: Wire, fetched?: CacheResult<Wire>): CallResult<Result> {
    const { call, input } = this.#begun;
    const shown = fetched ? this.#shown(wire) : wire;
    const data = this.#endpoint.transform(shown, input, this.#caller.run);
    return { data, call, from: fetched ?? BUILT_IN };
  }

  #followUps(): SubCalls {
    return new SubCalls(this.#line, this.#caller, this.#begun.call, this.#options);
  }

  get mode(): CacheMode {
    return this.#begun.settings.cache.mode;
  }

  get ttlMs(): number | undefined {
    return this.#begun.settings.cache.ttlMs;
  }

  get tags(): readonly string[] {
    const { cacheTags: reads, invalidates: writes } = this.#endpoint;
    return (reads ?? writes)?.(this.#begun.input) ?? [];
  }

  get wire(): CacheRequest<Wire>['wire'] {
    return this.#endpoint.responseSchema;
  }

  brings(wire: Wire): PrimedEntry[] {
    const all: PrimedEntry[] = [];
    this.#endpoint.primes?.(wire, this.#begun.input, (read, its, data) => {
      const path = pathOf(this.#line, read, its);
      const { name, responseSchema: wire, cacheTags: reads } = read;
      if (path !== undefined) all.push({ name, wire, path, tags: reads?.(its) ?? [], data });
    });
    return all;
  }

  /** resolve -> retry -> decode */
  load(call: Call): Promise<LoadResult<Wire>> {
    const { reconciliation: effect } = this.#endpoint;
    if (!effect) return this.#ask(call);
    return this.#line.resolve((own) => this.#ask(own), this.#begun, effect, this.#followUps().run)(call);
  }

  async #ask(call: Call): Promise<LoadResult<Wire>> {
    const { responseSchema: wire, updatesProfile: teaches } = this.#endpoint;
    const answer = await this.#line.send(call);
    if (answer.status === 304) return toLoadResult(call, answer, undefined as never);
    const data = decode(call, answer, wire, this.#unwrap);
    teaches?.(this.#line.deployment, data);
    const loaded = toLoadResult(call, answer, this.#shown(data));
    const isWhole = wire && this.#unwrap === undefined && this.#caller.policy.hidden.length === 0;
    return isWhole ? { ...loaded, text: answer.text } : loaded;
  }

  #shown(data: Wire): Wire {
    return redacted(this.#caller.policy, this.#endpoint, data);
  }

  /** When the first has failed: what the endpoint knows, or the caller, in its place; or the error that ends the call. */
  async otherWays(error: unknown): Promise<CallResult<Result>> {
    const { call } = this.#begun;
    const { recover: otherwise } = this.#endpoint;
    let last = error;
    try {
      if (otherwise && last instanceof PersonaError)
        return { data: await otherwise(last, this.#followUps().run), call, from: BUILT_IN };
    } catch (failed) {
      last = failed;
    }
    try {
      if (this.#options?.fallback && isUnavailable(last)) {
        const data = await this.#options.fallback(last);
        return { data, call, from: { source: 'fallback', ageMs: 0, attempts: call.progress.attempts } };
      }
    } catch (failed) {
      last = failed;
    }
    this.end({ thrown: last });
    throw last;
  }

  end(how: Parameters<typeof emitCallEnd>[2]): void {
    const { call, lifetime } = this.#begun;
    lifetime.end();
    emitCallEnd(this.#line.events, call, how);
  }
}
