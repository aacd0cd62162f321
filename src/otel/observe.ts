import { type Attributes, context, type ObservableResult, SpanKind, type Tracer } from '@opentelemetry/api';
import type { PersonaClientLike, PersonaEvents } from '../index.js';
import {
  buildRequestAttributes,
  buildResponseAttributes,
  createSpanScope,
  endSpan,
  type SpanScope,
} from './attributes.js';
import type { Instruments } from './instruments.js';

/** A `PersonaClient` to observe, together with its views. */
export type ObservedClient = Pick<PersonaClientLike, 'on' | 'circuit'>;

/** A request in flight. */
export interface ExchangeScope extends SpanScope {
  readonly url: string;
  readonly metricAttributes: Attributes;
  /** Whether an instrumentation records the duration of the request. */
  isMeasured: boolean;
}

interface Telemetry {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** Added to every span and every metric. */
  readonly attributes: Attributes;
  /**
   * Requests in flight, by request id and by URL. `fetch` looks them up to propagate the trace, by URL if the application omits
   * the request id. The client calls `fetch` right after the event that adds a request, so the last one with a key is the right
   * one.
   */
  readonly requests: Map<string, ExchangeScope>;
}

const CIRCUIT_STATES: readonly PersonaEvents['circuit']['state'][] = ['closed', 'open', 'half-open'];

/** Records a client's events as spans and metrics. Returns a function that stops the recording and ends open spans. */
export function observe(
  client: ObservedClient,
  { tracer, instruments, attributes, requests: requestsByKey }: Telemetry,
): () => void {
  const calls = new Map<number, SpanScope & { requestCount: number }>();
  /** By call id, because a call has at most one request in flight. */
  const requests = new Map<number, ExchangeScope>();
  const callAttributes = ({ call }: { readonly call: string }) => ({
    ...attributes,
    'persona_client.call': call,
  });

  const observeCircuit = (result: ObservableResult) => {
    for (const state of CIRCUIT_STATES)
      result.observe(client.circuit === state ? 1 : 0, {
        ...attributes,
        'persona_client.circuit_breaker.state': state,
      });
  };
  instruments.circuitState.addCallback(observeCircuit);

  const unsubscribers = [
    client.on('callStart', (event) => {
      const parent = context.active(); // the caller's context, since events are synchronous
      const span = tracer.startSpan(
        event.call,
        { kind: SpanKind.INTERNAL, attributes: callAttributes(event) },
        parent,
      );
      calls.set(event.callId, { ...createSpanScope(span, parent), requestCount: 0 });
    }),
    client.on('request', ({ callId, requestId, attempt, method, url, ...event }) => {
      const call = calls.get(callId);
      const parent = call?.context ?? context.active(); // a background read can outlive its call
      const { metricAttributes, spanAttributes } = buildRequestAttributes(method, url);
      const resendCount = call ? call.requestCount++ : attempt - 1;
      const span = tracer.startSpan(
        `${method} ${metricAttributes['url.template']}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            ...callAttributes(event),
            ...spanAttributes,
            ...(resendCount > 0 && { 'http.request.resend_count': resendCount }),
          },
        },
        parent,
      );
      const request: ExchangeScope = {
        ...createSpanScope(span, parent),
        url,
        metricAttributes: { ...attributes, ...metricAttributes },
        isMeasured: false,
      };
      requests.set(callId, request);
      for (const key of [requestId, url]) requestsByKey.set(key, request);
    }),
    client.on('response', ({ callId, requestId, durationMs, status, error }) => {
      const request = requests.get(callId);
      if (!request) return;
      requests.delete(callId);
      for (const key of [requestId, request.url])
        if (requestsByKey.get(key) === request) requestsByKey.delete(key);
      const result = buildResponseAttributes(status, error);
      endSpan(request.span, result);
      if (request.isMeasured) return;
      instruments.requestDuration.record(
        durationMs / 1000,
        { ...request.metricAttributes, ...result },
        request.context,
      );
    }),
    client.on('retry', ({ callId, delayMs, error, ...event }) => {
      const errorType = { 'error.type': error };
      calls.get(callId)?.span.addEvent('retry', { ...errorType, 'persona_client.retry.delay_ms': delayMs });
      instruments.retries.add(1, { ...callAttributes(event), ...errorType });
    }),
    client.on('retrySkipped', ({ callId, blockedBy }) => {
      calls.get(callId)?.span.addEvent('retry_skipped', { 'persona_client.retry.blocked_by': blockedBy });
    }),
    client.on('invalidField', ({ callId, path, rule }) => {
      calls.get(callId)?.span.addEvent('invalid_field', {
        'persona_client.field.path': path.join('.'),
        'persona_client.field.rule': rule,
      });
    }),
    client.on('unknownField', ({ callId, path, rule }) => {
      calls.get(callId)?.span.addEvent('unknown_field', {
        'persona_client.field.path': path.join('.'),
        'persona_client.field.rule': rule,
      });
    }),
    client.on('cache', ({ callId, outcome, ...event }) => {
      const cacheOutcome = { 'persona_client.cache.outcome': outcome };
      calls.get(callId)?.span.setAttributes(cacheOutcome);
      instruments.cacheReads.add(1, { ...callAttributes(event), ...cacheOutcome });
    }),
    client.on('circuitRejected', ({ callId, state, ...event }) => {
      const circuitState = { 'persona_client.circuit_breaker.state': state };
      calls.get(callId)?.span.addEvent('circuit_rejected', circuitState);
      instruments.circuitRejections.add(1, { ...callAttributes(event), ...circuitState });
    }),
    client.on('callEnd', ({ callId, durationMs, attempts, source, error, ...event }) => {
      const call = calls.get(callId);
      if (!call) return;
      calls.delete(callId);
      const result = source ? { 'persona_client.source': source } : { 'error.type': error ?? '_OTHER' };
      endSpan(call.span, { ...result, 'persona_client.attempts': attempts });
      instruments.callDuration.record(
        durationMs / 1000,
        { ...callAttributes(event), ...result },
        call.context,
      );
    }),
    () => instruments.circuitState.removeCallback(observeCircuit),
  ];

  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
    for (const { span } of [...requests.values(), ...calls.values()]) span.end();
    calls.clear();
    requests.clear();
  };
}
