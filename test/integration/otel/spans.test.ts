import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { StackContextManager } from '@opentelemetry/sdk-trace';
import { PersonaNotFoundError, PersonaServerError } from 'persona-client';
import type { ObservedClient } from 'persona-client/otel';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import {
  enableAsyncContext,
  parentSpanId,
  setupGlobalTelemetry,
  setupTelemetry,
  spanId,
} from '../../support/otel.js';

setupGlobalTelemetry();

it('creates a span per call, and a child span per request that follows the HTTP conventions', async () => {
  const { client, url, spans } = await setupTelemetry();
  await client.personas.get(1);
  const [request, call] = spans();
  expect(call).toMatchObject({
    name: 'personas.get',
    kind: 0,
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'persona_client.call': 'personas.get',
      'persona_client.cache.outcome': 'miss',
      'persona_client.source': 'network',
      'persona_client.attempts': 1,
    },
  });
  expect(request).toMatchObject({
    name: 'GET /api/v1/personas/{id}',
    kind: 2,
    status: { code: SpanStatusCode.UNSET },
  });
  expect(request?.attributes).toEqual({
    'persona_client.call': 'personas.get',
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(url).port),
    'url.scheme': 'http',
    'url.full': `${url}/api/v1/personas/1`,
    'url.template': '/api/v1/personas/{id}',
  });
  expect(parentSpanId(request)).toBe(spanId(call));
  expect(parentSpanId(call)).toBeUndefined();
});

it('creates a request span with a resend count for each retry, and a retry event on the call span', async () => {
  const { client, service, callSpans, requestSpans } = await setupTelemetry();
  service.faults.add({ status: 503, times: 1 });
  service.faults.add({ reset: true, times: 1 });
  await client.personas.list();
  expect(requestSpans().map(({ attributes, status }) => [attributes, status.code])).toMatchObject([
    [{ 'http.response.status_code': 503, 'error.type': '503' }, SpanStatusCode.ERROR],
    [{ 'error.type': 'connection_failed', 'http.request.resend_count': 1 }, SpanStatusCode.ERROR],
    [{ 'http.response.status_code': 200, 'http.request.resend_count': 2 }, SpanStatusCode.UNSET],
  ]);
  const [call] = callSpans();
  expect(call?.attributes['persona_client.attempts']).toBe(3);
  expect(call?.events.map(({ name, attributes }) => [name, attributes])).toMatchObject([
    ['retry', { 'error.type': 'server_error', 'persona_client.retry.delay_ms': expect.any(Number) }],
    ['retry', { 'error.type': 'connection_failed' }],
  ]);
});

it('creates no request span for a cache hit', async () => {
  const { client, callSpans, requestSpans } = await setupTelemetry();
  await client.personas.get(1);
  await client.personas.get(1);
  expect(requestSpans()).toHaveLength(1);
  expect(callSpans()[1]?.attributes).toMatchObject({
    'persona_client.cache.outcome': 'hit',
    'persona_client.source': 'cache',
    'persona_client.attempts': 0,
  });
});

it('sets error.type on the span of a failed call', async () => {
  const { client, service, callSpans, requestSpans } = await setupTelemetry({ breaker: { failMax: 1 } });
  await expectRejection(PersonaNotFoundError, client.personas.get(99));
  expect(callSpans()[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'not_found' },
  });
  expect(requestSpans()[0]?.attributes['error.type']).toBe('404');
  service.faults.add({ status: 500 });
  await expectRejection(PersonaServerError, client.personas.get(1));
  await client.personas.get(1).catch(() => {});
  expect(callSpans()[2]).toMatchObject({
    attributes: { 'error.type': 'circuit_open' },
    events: [{ name: 'circuit_rejected', attributes: { 'persona_client.circuit_breaker.state': 'open' } }],
  });
  await client.personas.get(1, { fallback: () => Promise.reject(new RangeError('mine')) }).catch(() => {});
  expect(callSpans()[3]?.attributes['error.type']).toBe('_OTHER');
});

it('ends the request span when the call times out during the request', async () => {
  const { client, service, requestSpans, callSpans } = await setupTelemetry();
  service.faults.add({ stall: true });
  await client.personas.get(1, { deadlineMs: 30 }).catch(() => {});
  expect(requestSpans()[0]?.attributes['error.type']).toBe('timeout');
  expect(callSpans()[0]?.attributes['error.type']).toBe('timeout');
});

it('creates request spans for a login, and for the retry after a rejected token', async () => {
  const users = { admin: 'secret' };
  const { client, callSpans, requestSpans, service } = await setupTelemetry(
    { auth: { username: 'admin', password: 'secret' } },
    { auth: { users } },
  );
  await client.personas.get(1);
  expect(callSpans().map(({ name }) => name)).toEqual(['auth.login', 'personas.get']);
  expect(requestSpans().map(({ name }) => name)).toEqual([
    'POST /api/v1/auth/login',
    'GET /api/v1/personas/{id}',
  ]);
  service.faults.add({ status: 401, times: 1, match: { path: /personas/ } });
  await client.personas.get(2);
  const resent = requestSpans().filter(({ attributes }) => String(attributes['url.full']).endsWith('/2'));
  expect(resent.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1]);
});

it('sends the traceparent of the request span, in the trace of the caller', async () => {
  const { client, service, tracer, spans, requestSpans, callSpans } = await setupTelemetry();
  service.faults.add({ status: 503, times: 5, match: { method: 'GET' } });
  const ids = Array.from({ length: 8 }, (_, i) => i + 1);
  await Promise.all(
    ids.map((id) =>
      tracer.startActiveSpan(`request ${id}`, async (span) => {
        // an application may send the same request id for all calls
        await client.personas.get(id, { headers: { 'x-request-id': 'shared' } }).catch(() => {});
        span.end();
      }),
    ),
  );
  const callers = spans().filter(({ name }) => name.startsWith('request'));
  expect(callers).toHaveLength(8);
  for (const caller of callers) {
    const id = caller.name.slice('request '.length);
    const [call, ...others] = callSpans().filter((span) => parentSpanId(span) === spanId(caller));
    expect(others).toEqual([]);
    const requests = requestSpans().filter((span) => parentSpanId(span) === spanId(call));
    const sent = service.requests.filter(({ path }) => path === `/api/v1/personas/${id}`);
    expect(sent.length).toBeGreaterThan(0);
    const { traceId } = caller.spanContext();
    expect(sent.map(({ headers }) => headers.traceparent)).toEqual(
      requests.map((span) => `00-${traceId}-${spanId(span)}-01`),
    );
    expect(requests.every(({ attributes }) => String(attributes['url.full']).endsWith(`/${id}`))).toBe(true);
  }
});

it('uses the span that is active when the call is made, even if the context does not follow promises', async () => {
  const { client, service, tracer, callSpans, requestSpans } = await setupTelemetry();
  service.faults.add({ status: 503, times: 1 });
  context.disable();
  context.setGlobalContextManager(new StackContextManager().enable()); // as in a browser
  const click = tracer.startSpan('click', {}, ROOT_CONTEXT);
  await context
    .with(trace.setSpan(ROOT_CONTEXT, click), () => client.personas.get(1))
    .finally(enableAsyncContext);
  const [call] = callSpans();
  expect(call?.name).toBe('personas.get');
  expect(parentSpanId(call)).toBe(click.spanContext().spanId);
  expect(requestSpans().map(parentSpanId)).toEqual([spanId(call), spanId(call)]);
  expect(service.requests.map(({ headers }) => headers.traceparent?.split('-')[2])).toEqual(
    requestSpans().map(spanId),
  );
});

it('observes views, and records nothing after it stops', async () => {
  const { client, stop, callSpans, spans, service } = await setupTelemetry();
  await client.as({ token: 'a-token' }).personas.get(1);
  expect(callSpans()).toHaveLength(1);
  service.faults.add({ delayMs: 20 });
  const pendingRead = client.personas.get(2);
  stop();
  await pendingRead;
  await client.personas.get(3);
  expect(callSpans()).toHaveLength(2);
  const count = spans().length;
  await client.personas.get(4);
  expect(spans()).toHaveLength(count);
});

it('records no secrets and no personal data', async () => {
  const users = { 'ada@example.com': 'hunter2' };
  const { client, spans, points } = await setupTelemetry(
    { auth: { username: 'ada@example.com', password: 'hunter2' }, headers: { 'x-api-key': 'k-123' } },
    { auth: { users } },
  );
  await client.personas.create({ name: 'Grace Hopper', demographic: { city: 'Arlington' } });
  await client.personas.list({ page: 1, perPage: 5 });
  await client.personas.update(1, { name: 'Grace Hopper' });
  await client.personas.get(1).catch(() => {});
  const recorded = JSON.stringify([
    spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    await points('http.client.request.duration'),
    await points('persona_client.call.duration'),
  ]);
  expect(recorded).toContain('?page=1&per_page=5');
  expect(recorded).not.toMatch(/hunter2|ada@|k-123|Grace|Arlington|eyJ|Bearer/);
});

it('redacts query values other than page and per_page', async () => {
  const { telemetry, requestSpans } = await setupTelemetry();
  const listeners = new Map<string, (event: object) => void>();
  const on = (name: string, listener: never) => {
    listeners.set(name, listener);
    return () => {};
  };
  telemetry.observe({ on, circuit: 'closed' } as ObservedClient);
  const event = { callId: 1, requestId: 'request-1', call: 'personas.search', attempt: 1 };
  const url = 'https://personas.test/api/v1/personas?email=ada%40example.com&page=2';
  listeners.get('request')?.({ ...event, method: 'GET', url });
  listeners.get('response')?.({ ...event, durationMs: 1, status: 200 });
  expect(requestSpans()[0]?.attributes).toMatchObject({
    'url.full': 'https://personas.test/api/v1/personas?email=REDACTED&page=2',
    'server.port': 443,
  });
});
