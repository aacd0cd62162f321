import type { ResponseCache } from '../cache/index.js';
import { notCached } from '../cache/not-cached.js';
import type { Brought, Fetched, Loaded, Plan } from '../cache/types.js';
import type { CacheMode, CallOptions } from '../config/resolve-options.js';
import { type RequestSettings, type Settings, standardSettings } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import { end } from '../core/call-log.js';
import { meansUnavailable, PersonaError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import type { Answer } from '../core/response.js';
import type { Deployment, Dialect } from '../core/service-profile.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { authorize } from './authorize.js';
import type { Breaker } from './circuit-breaker/index.js';
import { decode } from './decode.js';
import { type Begun, begin, encode, encodeAtOnce, pathOf } from './encode.js';
import type { Caller, Endpoint, Route } from './endpoint.js';
import { exchange, observe } from './exchange.js';
import { layers, type Send, type Transport } from './layer.js';
import { limit } from './limit.js';
import { type Resolve, resolver } from './reconcile/index.js';
import { redacted } from './redact.js';
import { type Arrived, BUILT_IN, loadedOf } from './result.js';
import { retry } from './retry.js';
import { RetryBudget } from './retry-budget.js';
import { FollowUps } from './sub-calls.js';

export type Execute = <Input, Wire, Result, Taken>(
  caller: Caller,
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
  options: CallOptions<Result> | undefined,
  /** What the caller gets of it. */
  take: (arrived: Arrived<Result>) => Taken,
) => Promise<Taken>;

export interface Parts {
  readonly options: Settings;
  readonly deployment: Deployment;
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
export const createWire = (
  { maxResponseBytes }: Settings,
  transport: Transport,
  deployment: Deployment,
  events: Events,
): Send => layers(observe(events, deployment))(exchange(transport, maxResponseBytes));

/**
 * The whole path of a request:
 *
 *   once per call       encode -> cache -> resolve -> retry -> decode
 *   once per attempt    limit -> breaker -> authorize -> observe -> exchange
 */
export function createPipeline(parts: Parts): Execute {
  const { options, breaker, events } = parts;
  const attempt = layers(limit(options.concurrency, parts.transport), breaker.layer, authorize)(parts.wire);
  const line: Line = {
    ...parts,
    standard: standardSettings(options),
    resolve: resolver(options.landsWithinMs, events),
    send: retry(attempt, { events, breaker, budget: budgetOf(options) }),
  };

  return async function execute<Input, Wire, Result, Taken>(
    caller: Caller,
    endpoint: Endpoint<Input, Wire, Result>,
    given: Input,
    requestOptions: CallOptions<Result> | undefined,
    take: (arrived: Arrived<Result>) => Taken,
  ) {
    const execution = new Execution(line, caller, endpoint, given, requestOptions);
    let arrived: Arrived<Result>;
    try {
      arrived = await execution.firstWay();
    } catch (error) {
      arrived = await execution.otherWays(error);
    }
    execution.end({ source: arrived.from.source });
    return take(arrived);
  };
}

const budgetOf = ({ retry }: Settings) =>
  retry.budget === undefined ? undefined : new RetryBudget(retry.budget);

/** What all calls of a client pass along. */
interface Line extends Parts {
  /** The settings of a call that is told nothing else. */
  readonly standard: RequestSettings;
  readonly resolve: Resolve;
  readonly send: (call: Call) => Promise<Answer>;
}

/** One call on its way. To the cache, it is the plan. */
class Execution<Input, Wire, Result> implements Plan<Wire> {
  readonly #line: Line;
  readonly #caller: Caller;
  readonly #endpoint: Endpoint<Input, Wire, Result>;
  readonly #options: CallOptions<Result> | undefined;
  readonly #begun: Begun<Input>;
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
    this.#begun = begin(line, caller, endpoint, given, options);
  }

  /** encode -> cache, which has it or loads it */
  firstWay(): Promise<Arrived<Result>> | Arrived<Result> {
    const route = encodeAtOnce(this.#line, this.#endpoint, this.#begun);
    if (route) return this.#along(route);
    return encode(this.#line, this.#endpoint, this.#begun, this.#followUps()).then((it) => this.#along(it));
  }

  #along({ answer, unwrap }: Route<Input>): Promise<Arrived<Result>> | Arrived<Result> {
    const { call } = this.#begun;
    const { reads } = this.#endpoint;
    if (answer) return answer().then((builtIn) => this.#finished(builtIn as Wire));
    if (!reads && !call.write && this.mode === 'only-if-cached') throw notCached(call);
    this.#unwrap = unwrap;
    const { cache } = this.#line;
    const fetched = reads ? cache.read(call, this) : cache.write(call, this);
    return fetched instanceof Promise
      ? fetched.then((it) => this.#finished(it.data, it))
      : this.#finished(fetched.data, fetched);
  }

  #finished(wire: Wire, fetched?: Fetched<Wire>): Arrived<Result> {
    const { call, input } = this.#begun;
    const shown = fetched ? this.#shown(wire) : wire;
    const data = this.#endpoint.finish(shown, input, this.#caller.run);
    return { data, call, from: fetched ?? BUILT_IN };
  }

  #followUps(): FollowUps {
    return new FollowUps(this.#line, this.#caller, this.#begun.call, this.#options);
  }

  get mode(): CacheMode {
    return this.#begun.settings.cache.mode;
  }

  get ttlMs(): number | undefined {
    return this.#begun.settings.cache.ttlMs;
  }

  get tags(): readonly string[] {
    const { reads, writes } = this.#endpoint;
    return (reads ?? writes)?.(this.#begun.input) ?? [];
  }

  get wire(): Plan<Wire>['wire'] {
    return this.#endpoint.wire;
  }

  brings(wire: Wire): Brought[] {
    const all: Brought[] = [];
    this.#endpoint.brings?.(wire, this.#begun.input, (read, its, data) => {
      const path = pathOf(this.#line, read, its);
      const { name, wire, reads } = read;
      if (path !== undefined) all.push({ name, wire, path, tags: reads?.(its) ?? [], data });
    });
    return all;
  }

  /** resolve -> retry -> decode */
  load(call: Call): Promise<Loaded<Wire>> {
    const { effect } = this.#endpoint;
    if (!effect) return this.#ask(call);
    return this.#line.resolve((own) => this.#ask(own), this.#begun, effect, this.#followUps().run)(call);
  }

  async #ask(call: Call): Promise<Loaded<Wire>> {
    const { wire, teaches } = this.#endpoint;
    const answer = await this.#line.send(call);
    if (answer.status === 304) return loadedOf(call, answer, undefined as never);
    const data = decode(call, answer, wire, this.#unwrap);
    teaches?.(this.#line.deployment, data);
    const loaded = loadedOf(call, answer, this.#shown(data));
    const isWhole = wire && this.#unwrap === undefined && this.#caller.policy.hidden.length === 0;
    return isWhole ? { ...loaded, text: answer.text } : loaded;
  }

  #shown(data: Wire): Wire {
    return redacted(this.#caller.policy, this.#endpoint, data);
  }

  /** When the first has failed: what the endpoint knows, or the caller, in its place; or the error that ends the call. */
  async otherWays(error: unknown): Promise<Arrived<Result>> {
    const { call } = this.#begun;
    const { otherwise } = this.#endpoint;
    let last = error;
    try {
      if (otherwise && last instanceof PersonaError)
        return { data: await otherwise(last, this.#followUps().run), call, from: BUILT_IN };
    } catch (failed) {
      last = failed;
    }
    try {
      if (this.#options?.fallback && meansUnavailable(last)) {
        const data = await this.#options.fallback(last);
        return { data, call, from: { source: 'fallback', ageMs: 0, attempts: call.progress.attempts } };
      }
    } catch (failed) {
      last = failed;
    }
    this.end({ thrown: last });
    throw last;
  }

  end(how: Parameters<typeof end>[2]): void {
    const { call, lifetime } = this.#begun;
    lifetime.end();
    end(this.#line.events, call, how);
  }
}
