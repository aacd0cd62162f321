/** Runs calls: validates input, reads the cache, sends and retries requests, and decodes responses. */
import type { CallCache } from '../cache/types.js';
import type { CallOptions } from '../config/request-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { defaultRequestOptions, validateRequestOptions } from '../config/resolve-request-options.js';
import { raceAbort } from '../core/abort.js';
import { type CallSite, type CallSiteOption, captureCallSite, findCallSite } from '../core/call-site.js';
import type { Dialect } from '../core/dialect.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { isPromise } from '../core/is-promise.js';
import type { ServiceProfile } from '../core/service-profile.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { once } from '../schemas/once.js';
import { authorize, prepareToken } from './authorize.js';
import type { CircuitBreaker } from './circuit-breaker/index.js';
import { encode, encodeSync } from './encode.js';
import type { Caller, Endpoint, Run } from './endpoint.js';
import { composeLayers, type Send, type Transport } from './layer.js';
import { limit } from './limit.js';
import { createLoader } from './load.js';
import { type EncodeAndRun, recoverCall } from './recover-call.js';
import { type CallResult, toResult } from './result.js';
import { retry } from './retry.js';
import { honorRetryAfter } from './retry-after.js';
import { createRetryBudget } from './retry-budget.js';
import { createRouteRunner } from './run-route.js';
import { endCall, failCall, startCall } from './start.js';
import { type CreateSubCalls, type DetectWithoutList, SubCalls } from './sub-calls.js';

/**
 * Creates the function that runs the calls of a caller. It rejects with a `PersonaError`, or with the error of a function that the
 * caller passed.
 *
 * @param select selects what the calls resolve with: the data, or the data with its metadata.
 */
type CreateRun = (caller: Caller, select: <Result>(result: CallResult<Result>) => unknown) => Run;

interface PipelineDeps {
  readonly options: ResolvedOptions;
  readonly profile: ServiceProfile;
  readonly cache: Pick<CallCache, 'read' | 'write' | 'recordPersona'>;
  readonly breaker: CircuitBreaker;
  readonly transport: Transport;
  /** The innermost layers: observe -> exchange. Login and refresh use only these two. */
  readonly exchangeStack: Send;
  readonly events: EventEmitter;
  /** Returns the endpoint that detects the dialect of the service with a list. */
  readonly dialectEndpoint: () => Endpoint<object, object, Dialect>;
  readonly importDetectWithoutList: () => Promise<DetectWithoutList>;
  /** Returns the endpoint that reads the field config of the service. */
  readonly fieldConfigEndpoint: () => Endpoint<object, FieldConfig, FieldConfig>;
}

/**
 * Composes the whole path of a call:
 *
 *   once per call       encode -> cache -> redact -> reconcile -> retry -> restore lists -> decode
 *   once per attempt    prepare token -> Retry-After -> limit -> circuit breaker -> authorize -> observe -> exchange
 *
 * A cache hit in memory reaches no `await`. Keep that path synchronous: an async wrapper per stage costs 1 µs per hit.
 *
 * A call that waits creates an `Error` for its call site. Create it in `run` itself, because each further function in its stack
 * takes half a microsecond.
 */
export function createPipeline(deps: PipelineDeps): CreateRun {
  const { options, transport, breaker, events, profile } = deps;
  const createSubCalls: CreateSubCalls = (pending, call = pending.call) => new SubCalls(deps, pending, call);
  const defaults = defaultRequestOptions(options);
  const context = { ...deps, defaults, createSubCalls, reportedFields: new Set<string>() };
  // Composed for the first request, because many clients never send one.
  const getLoader = once(() => {
    const limiter = limit(options.concurrency, transport);
    const attemptLayers = composeLayers(prepareToken, honorRetryAfter(limiter), breaker.layer, authorize);
    const budget = createRetryBudget(options);
    const sendWithRetries = retry(attemptLayers(deps.exchangeStack), { events, breaker, budget, profile });
    return createLoader(context, sendWithRetries);
  });
  const runRoute = createRouteRunner(context, getLoader);
  const encodeAndRun: EncodeAndRun = async (endpoint, pending) =>
    runRoute(endpoint, pending, await encode(context, endpoint, pending, createSubCalls(pending)));
  return (caller, select) =>
    async function run<Input, Wire, Result>(
      endpoint: Endpoint<Input, Wire, Result>,
      input: Input,
      rawOptions?: CallOptions<Result> & CallSiteOption,
    ): Promise<Result> {
      const requestOptions = rawOptions && validateRequestOptions(rawOptions, endpoint.name);
      const pending = startCall(context, caller, endpoint, input, requestOptions);
      let result: CallResult<Result>;
      let startSite: CallSite | undefined;
      try {
        const route = encodeSync(context, endpoint, pending);
        const running = route ? runRoute(endpoint, pending, route) : encodeAndRun(endpoint, pending);
        if (isPromise(running)) startSite = findCallSite(rawOptions) ?? new Error();
        result = toResult(endpoint, pending, isPromise(running) ? await running : running);
        if (isPromise(result.data))
          result = { ...result, data: await raceAbort(result.data, pending.signal) };
      } catch (error) {
        const sites = startSite ? [captureCallSite(run), startSite] : [new Error()];
        try {
          result = await recoverCall(endpoint, pending, createSubCalls(pending), encodeAndRun, error, sites);
        } catch (lastError) {
          failCall(events, pending, lastError, sites);
        }
      }
      endCall(events, pending, result.origin.source);
      return select(result) as Result;
    };
}
