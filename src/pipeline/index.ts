import type { Deployment, Dialect } from '../dialect.js';
import { meansUnavailable, PersonaError } from '../errors.js';
import type { Events, TimelineEntry } from '../events.js';
import type { RequestOptions, Resolved } from '../options.js';
import type { FieldConfig } from '../schemas/field-config.js';
import type { Abortable } from './abort.js';
import { textOf } from './answer.js';
import { authorize, type Tokens } from './authorize.js';
import type { Breaker } from './breaker.js';
import { RetryBudget } from './budget.js';
import type { Loaded, ResponseCache, Source } from './cache.js';
import { decode } from './decode.js';
import { begin, encode, type Questions } from './encode.js';
import { exchange, fetchTransport, observe } from './exchange.js';
import { limit } from './limit.js';
import { Resolver } from './resolve.js';
import { retry } from './retry.js';
import { type Answer, type Call, type Endpoint, layers, type Run, type Send } from './types.js';

/** How a result came about. */
export interface CallMeta {
  /** The status of the answer; absent where no request was needed. */
  readonly status?: number;
  /** The id to find the request by in the service's logs. */
  readonly requestId: string;
  /** Attempts made for this result. 0 for one from the cache. */
  readonly attempts: number;
  readonly source: Source | 'fallback' | 'built-in';
  /** How old the data is. More than 0 only for `cache` and `stale`. */
  readonly ageMs: number;
  /** What happened, in order, with the milliseconds since the call began. */
  readonly timeline: readonly TimelineEntry[];
}

export interface Outcome<Result> {
  readonly data: Result;
  readonly meta: CallMeta;
}

export type Execute = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
  options?: RequestOptions<Result>,
) => Promise<Outcome<Result>>;

export interface Parts {
  readonly options: Resolved;
  readonly deployment: Deployment;
  readonly closing: Abortable;
  readonly cache: Pick<ResponseCache, 'read' | 'write'>;
  readonly breaker: Breaker;
  readonly tokens: Tokens;
  /** The last two layers, which login and refresh use alone. */
  readonly wire: Send;
  readonly events: Events;
  /** Asks the service which dialect it speaks. */
  readonly probe: Endpoint<object, object, Dialect>;
  /** Asks it for its fields. */
  readonly fieldConfig: Endpoint<object, FieldConfig, FieldConfig>;
}

/** observe -> exchange */
export const createWire = (options: Resolved, deployment: Deployment, events: Events): Send =>
  layers(observe(events, (answer) => deployment.learn(() => parsed(answer))))(
    exchange(fetchTransport(options.fetch), options.maxResponseBytes),
  );

/**
 * The whole path of a request:
 *
 *   once per call       encode -> cache -> resolve -> retry -> decode
 *   once per attempt    limit -> breaker -> authorize -> observe -> exchange
 */
export function createPipeline(parts: Parts): Execute {
  const { options, cache, deployment, events } = parts;
  const { layer: breaker } = parts.breaker;
  const attempt = layers(limit(options.concurrency), breaker, authorize(parts.tokens))(parts.wire);
  const send = retry(attempt, {
    events,
    budget: options.retry.budget === undefined ? undefined : new RetryBudget(options.retry.budget),
    circuitIsOpen: () => parts.breaker.state === 'open',
  });
  const resolver = new Resolver(options.landsWithinMs);
  const run: Run = async (endpoint, input, given) => (await execute(endpoint, input, given)).data;

  async function execute<Input, Wire, Result>(
    endpoint: Endpoint<Input, Wire, Result>,
    given: Input,
    requestOptions: RequestOptions<Result> = {},
  ): Promise<Outcome<Result>> {
    const begun = begin(parts, endpoint, given, requestOptions);
    const { input, settings } = begun;
    const { effect } = endpoint;

    /** How the caller wants to be served; not for how long, and not what to do instead. */
    const { fallback: _, signal: __, ...manner } = requestOptions;
    const inTime = () => ({ ...manner, signal: begun.call.signal, deadlineMs: remaining(begun.call) });
    const questions: Questions = {
      dialect: () => run(parts.probe, {}, { ...manner, deadlineMs: options.deadlineMs }), // others may wait for it too
      fieldConfig: () => run(parts.fieldConfig, {}, inTime()).catch(() => {}),
    };

    async function firstWay(): Promise<Outcome<Result>> {
      const { call, route } = await encode(parts, endpoint, begun, questions);
      const ask = async (own: Call): Promise<Loaded<Wire>> => {
        const answer = await send(own);
        const data = decode(own, answer, endpoint.wire, route.unwrap);
        endpoint.teaches?.(deployment, data);
        return { data, ...aboutAnswer(own, answer) };
      };
      const load =
        effect && settings.onAmbiguous === 'resolve' && settings.retry.limit > 0
          ? (own: Call) => resolver.write(own, input, effect, ask, run)
          : ask;

      if (route.answer) return outcome(call, endpoint.finish(route.answer() as Wire, input, run), BUILT_IN);
      const fetched = endpoint.reads
        ? await cache.read(call, { ...settings.cache, tags: endpoint.reads(input) }, load)
        : await cache.write(call, endpoint.writes?.(input) ?? [], load);
      return outcome(call, endpoint.finish(fetched.data, input, run), fetched);
    }

    async function otherwise(error: unknown): Promise<Outcome<Result>> {
      if (!endpoint.otherwise || !(error instanceof PersonaError)) throw error;
      const data = await endpoint.otherwise(error, (other, its) => run(other, its, inTime()));
      return outcome(begun.call, data, BUILT_IN);
    }

    async function fallback(error: unknown): Promise<Outcome<Result>> {
      if (!requestOptions.fallback || !meansUnavailable(error)) throw error;
      const data = await requestOptions.fallback(error);
      return outcome(begun.call, data, { ...BUILT_IN, source: 'fallback' });
    }

    return firstWay().catch(otherwise).catch(fallback).finally(begun.lifetime.end);
  }
  return execute;
}

type Came = Pick<CallMeta, 'source' | 'ageMs' | 'attempts'> & Partial<Pick<CallMeta, 'status' | 'requestId'>>;

const BUILT_IN: Came = { source: 'built-in', ageMs: 0, attempts: 0 };

const outcome = <Result>(call: Call, data: Result, came: Came): Outcome<Result> => ({
  data,
  meta: {
    ...(came.status === undefined ? {} : { status: came.status }),
    requestId: came.requestId ?? call.id,
    attempts: came.attempts,
    source: came.source,
    ageMs: came.ageMs,
    timeline: [...call.progress.timeline],
  },
});

const aboutAnswer = (call: Call, { status, headers }: Answer): Omit<Loaded<unknown>, 'data'> => ({
  status,
  requestId: headers.get('x-request-id') ?? call.id,
  attempts: call.progress.attempts,
  storable: !/\bno-store\b/i.test(headers.get('cache-control') ?? ''),
});

const remaining = (call: Call): number => Math.max(1, Math.floor(call.deadline.at - performance.now()));

function parsed(answer: Answer): unknown {
  try {
    return JSON.parse(textOf(answer));
  } catch {
    return undefined;
  }
}
