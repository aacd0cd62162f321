import type { ResponseCache } from '../cache/index.js';
import type { Brought } from '../cache/types.js';
import type { Deployment, Dialect } from '../dialect.js';
import { meansUnavailable, PersonaError } from '../errors.js';
import type { Events } from '../events.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { requestSettingsOf, type Settings } from '../settings.js';
import { authorize } from './authorize.js';
import type { Breaker } from './breaker.js';
import { RetryBudget } from './budget.js';
import { decode } from './decode.js';
import { addressOf, begin, encode } from './encode.js';
import { exchange, observe } from './exchange.js';
import { notCached } from './failure.js';
import { followUps } from './follow-ups.js';
import { limit } from './limit.js';
import { aboutAnswer, type Outcome, outcome, standIn } from './outcome.js';
import { redacted } from './redact.js';
import { resolver } from './resolve.js';
import { retry } from './retry.js';
import { transportOf } from './transport.js';
import {
  type Call,
  type Caller,
  type CallOptions,
  type Endpoint,
  layers,
  type Run,
  type Send,
} from './types.js';

export type Execute = <Input, Wire, Result>(
  caller: Caller,
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
  options?: CallOptions<Result>,
) => Promise<Outcome<Result>>;

export interface Parts {
  readonly options: Settings;
  readonly deployment: Deployment;
  readonly cache: Pick<ResponseCache, 'read' | 'write'>;
  readonly breaker: Breaker;
  /** The last two layers, which login and refresh use alone. */
  readonly wire: Send;
  readonly events: Events;
  /** Asks the service which dialect it speaks. */
  readonly probe: Endpoint<object, object, Dialect>;
  /** Asks it for its fields. */
  readonly fieldConfig: Endpoint<object, FieldConfig, FieldConfig>;
}

/** observe -> exchange */
export const createWire = (options: Settings, deployment: Deployment, events: Events): Send =>
  layers(observe(events, deployment))(exchange(transportOf(options.fetch), options.maxResponseBytes));

/**
 * The whole path of a request:
 *
 *   once per call       encode -> cache -> resolve -> retry -> decode
 *   once per attempt    limit -> breaker -> authorize -> observe -> exchange
 */
export function createPipeline(parts: Parts): Execute {
  const { options, breaker, cache, deployment, events } = parts;
  const standard = requestSettingsOf(options, {}, 'PersonaClient');
  const attempt = layers(limit(options.concurrency), breaker.layer, authorize)(parts.wire);
  const send = retry(attempt, { events, breaker, budget: budgetOf(options) });
  const resolve = resolver(options.landsWithinMs, events);

  const broughtBy = <I, W, R>({ brings }: Endpoint<I, W, R>, wire: W, input: I): Brought[] => {
    const all: Brought[] = [];
    brings?.(wire, input, (read, its, data) => {
      const url = addressOf(parts, read, its);
      if (url !== undefined) all.push({ name: read.name, url, tags: read.reads?.(its) ?? [], data });
    });
    return all;
  };

  return async function execute<Input, Wire, Result>(
    caller: Caller,
    endpoint: Endpoint<Input, Wire, Result>,
    given: Input,
    requestOptions?: CallOptions<Result>,
  ) {
    const begun = begin({ options, events, standard }, caller, endpoint, given, requestOptions);
    const run: Run = (...call) => execute(caller, ...call).then(({ data }) => data);
    const { input, settings } = begun;
    const further = followUps(parts, begun, requestOptions, run);
    const shown = redacted(caller.policy, endpoint);

    const firstWay = async () => {
      const encoded = encode(parts, endpoint, begun, further);
      const { call, route } = encoded instanceof Promise ? await encoded : encoded;
      if (route.answer) return outcome(call, endpoint.finish((await route.answer()) as never, input, run));
      const isKept = endpoint.reads !== undefined || call.write;
      if (!isKept && settings.cache.mode === 'only-if-cached') throw notCached(call);

      const ask = async (own: Call) => {
        const answer = await send(own);
        if (answer.status === 304) return { data: undefined as never, ...aboutAnswer(own, answer) };
        const data = decode(own, answer, endpoint.wire, route.unwrap);
        endpoint.teaches?.(deployment, data);
        return { data, ...aboutAnswer(own, answer) };
      };

      const sure = resolve(ask, begun, endpoint.effect, further.run);
      const load = (own: Call) => sure(own).then(shown);
      const tags = (endpoint.reads ?? endpoint.writes)?.(input) ?? [];
      const plan = { ...settings.cache, tags, brings: (wire: Wire) => broughtBy(endpoint, wire, input) };
      const fetched = await (endpoint.reads ? cache.read(call, plan, load) : cache.write(call, plan, load));
      return outcome(call, endpoint.finish(shown(fetched).data, input, run), fetched);
    };

    const otherWays = async (error: unknown): Promise<Outcome<Result>> => {
      try {
        if (!endpoint.otherwise || !(error instanceof PersonaError)) throw error;
        return outcome(begun.call, await endpoint.otherwise(error, further.run));
      } catch (last) {
        if (!requestOptions?.fallback || !meansUnavailable(last)) throw last;
        return standIn(begun.call, await requestOptions.fallback(last));
      }
    };

    let result: Outcome<Result>;
    try {
      result = await firstWay();
    } catch (error) {
      if (!endpoint.otherwise && !requestOptions?.fallback) return begun.failed(error);
      result = await otherWays(error).catch(begun.failed);
    }
    return begun.succeeded(result);
  };
}

const budgetOf = ({ retry }: Settings) =>
  retry.budget === undefined ? undefined : new RetryBudget(retry.budget);
