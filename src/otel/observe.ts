import {
  type Attributes,
  type Context,
  context,
  type ObservableResult,
  SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import type { PersonaClientLike, PersonaEvents } from '../index.js';
import { addressOf, finish, resultOf, type Scope, scopeOf } from './attributes.js';
import type { Instruments } from './instruments.js';

/** What is observed: a `PersonaClient`, together with all its views. */
export type ObservedClient = Pick<PersonaClientLike, 'on' | 'circuit'>;

interface Parts {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** On every span and every metric. */
  readonly attributes: Attributes;
  /** The exchanges under way, by request id, for whoever sends them. */
  readonly sending: Map<string, Context>;
}

const STATES: readonly PersonaEvents['circuit']['state'][] = ['closed', 'open', 'half-open'];

/** Turns a client's events into spans and metrics, until what it answers is called. */
export function observe(
  client: ObservedClient,
  { tracer, instruments, attributes, sending }: Parts,
): () => void {
  const calls = new Map<number, Scope & { exchanges: number }>();
  const exchanges = new Map<number, Scope & { readonly metric: Attributes }>();
  const of = ({ call }: { readonly call: string }) => ({ ...attributes, 'persona_client.call': call });

  const circuit = (result: ObservableResult) => {
    for (const state of STATES)
      result.observe(client.circuit === state ? 1 : 0, {
        ...attributes,
        'persona_client.circuit.state': state,
      });
  };
  instruments.circuit.addCallback(circuit);

  const stops = [
    client.on('callStart', (event) => {
      const parent = context.active(); // whoever makes the call: the event comes in the same turn
      const span = tracer.startSpan(event.call, { kind: SpanKind.INTERNAL, attributes: of(event) }, parent);
      calls.set(event.callId, { ...scopeOf(span, parent), exchanges: 0 });
    }),
    client.on('request', ({ callId, requestId, attempt, method, url, ...event }) => {
      const owner = calls.get(callId);
      const parent = owner?.context ?? context.active(); // a read that nobody waits for may outlive its call
      const { metric, span: address } = addressOf(method, url);
      const resent = owner ? owner.exchanges++ : attempt - 1;
      const span = tracer.startSpan(
        `${method} ${metric['url.template']}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            ...of(event),
            ...address,
            ...(resent > 0 && { 'http.request.resend_count': resent }),
          },
        },
        parent,
      );
      const scope = scopeOf(span, parent);
      exchanges.set(callId, { ...scope, metric: { ...attributes, ...metric } });
      sending.set(requestId, scope.context);
    }),
    client.on('response', ({ callId, requestId, durationMs, status, error }) => {
      const exchange = exchanges.get(callId);
      if (!exchange) return;
      exchanges.delete(callId);
      if (sending.get(requestId) === exchange.context) sending.delete(requestId);
      const result = resultOf(status, error);
      finish(exchange.span, result);
      instruments.exchanges.record(durationMs / 1000, { ...exchange.metric, ...result }, exchange.context);
    }),
    client.on('retry', ({ callId, delayMs: waitMs, error: reason, ...event }) => {
      const why = { 'persona_client.retry.reason': reason };
      calls.get(callId)?.span.addEvent('retry', { ...why, 'persona_client.retry.wait_ms': waitMs });
      instruments.retries.add(1, { ...of(event), ...why });
    }),
    client.on('retrySkipped', ({ callId, blockedBy }) => {
      calls.get(callId)?.span.addEvent('give_up', { 'persona_client.give_up.blockedBy': blockedBy });
    }),
    client.on('cache', ({ callId, outcome, ...event }) => {
      const decided = { 'persona_client.cache.outcome': outcome };
      calls.get(callId)?.span.setAttributes(decided);
      instruments.cached.add(1, { ...of(event), ...decided });
    }),
    client.on('circuitRejected', ({ callId, state, ...event }) => {
      const circuit = { 'persona_client.circuit.state': state };
      calls.get(callId)?.span.addEvent('refused', circuit);
      instruments.refused.add(1, { ...of(event), ...circuit });
    }),
    client.on('callEnd', ({ callId, durationMs, attempts, source, error, ...event }) => {
      const call = calls.get(callId);
      if (!call) return;
      calls.delete(callId);
      const result = source ? { 'persona_client.source': source } : { 'error.type': error ?? '_OTHER' };
      finish(call.span, { ...result, 'persona_client.attempts': attempts });
      instruments.calls.record(durationMs / 1000, { ...of(event), ...result }, call.context);
    }),
    () => instruments.circuit.removeCallback(circuit),
  ];

  return () => {
    for (const stop of stops) stop();
    for (const { span } of [...exchanges.values(), ...calls.values()]) span.end();
    calls.clear();
    exchanges.clear();
  };
}
