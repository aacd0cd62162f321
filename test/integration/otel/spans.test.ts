import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { StackContextManager } from '@opentelemetry/sdk-trace';
import { PersonaNotFoundError, PersonaServerError } from 'persona-client';
import type { ObservedClient } from 'persona-client/otel';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { alsContexts, globals, idOf, parentOf, telemetered } from '../../support/otel.js';

globals();

it('a call has a span, and each exchange one below it by the HTTP conventions', async () => {
  const { client, url, spans } = await telemetered();
  await client.personas.get(1);
  const [exchange, call] = spans();
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
  expect(exchange).toMatchObject({
    name: 'GET /api/v1/personas/{id}',
    kind: 2,
    status: { code: SpanStatusCode.UNSET },
  });
  expect(exchange?.attributes).toEqual({
    'persona_client.call': 'personas.get',
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(url).port),
    'url.scheme': 'http',
    'url.full': `${url}/api/v1/personas/1`,
    'url.template': '/api/v1/personas/{id}',
  });
  expect(parentOf(exchange)).toBe(idOf(call));
  expect(parentOf(call)).toBeUndefined();
});

it('retries are counted, timed and told apart', async () => {
  const { client, service, calls, exchanges } = await telemetered();
  service.faults.add({ status: 503, times: 1 });
  service.faults.add({ reset: true, times: 1 });
  await client.personas.list();
  expect(exchanges().map(({ attributes, status }) => [attributes, status.code])).toMatchObject([
    [{ 'http.response.status_code': 503, 'error.type': '503' }, SpanStatusCode.ERROR],
    [{ 'error.type': 'connection_failed', 'http.request.resend_count': 1 }, SpanStatusCode.ERROR],
    [{ 'http.response.status_code': 200, 'http.request.resend_count': 2 }, SpanStatusCode.UNSET],
  ]);
  const [call] = calls();
  expect(call?.attributes['persona_client.attempts']).toBe(3);
  expect(call?.events.map(({ name, attributes }) => [name, attributes])).toMatchObject([
    ['retry', { 'persona_client.retry.reason': 'server_error' }],
    ['retry', { 'persona_client.retry.reason': 'connection_failed' }],
  ]);
});

it('a hit is a call without an exchange', async () => {
  const { client, calls, exchanges } = await telemetered();
  await client.personas.get(1);
  await client.personas.get(1);
  expect(exchanges()).toHaveLength(1);
  expect(calls()[1]?.attributes).toMatchObject({
    'persona_client.cache.outcome': 'hit',
    'persona_client.source': 'cache',
    'persona_client.attempts': 0,
  });
});

it('a call that fails says with what', async () => {
  const { client, service, calls, exchanges } = await telemetered({ breaker: { failMax: 1 } });
  await failureOf(PersonaNotFoundError, client.personas.get(99));
  expect(calls()[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'not_found' },
  });
  expect(exchanges()[0]?.attributes['error.type']).toBe('404');
  service.faults.add({ status: 500 });
  await failureOf(PersonaServerError, client.personas.get(1));
  await client.personas.get(1).catch(() => {});
  expect(calls()[2]).toMatchObject({
    attributes: { 'error.type': 'circuit_open' },
    events: [{ name: 'refused', attributes: { 'persona_client.circuit.state': 'open' } }],
  });
  await client.personas.get(1, { fallback: () => Promise.reject(new RangeError('mine')) }).catch(() => {});
  expect(calls()[3]?.attributes['error.type']).toBe('_OTHER');
});

it('a call that ends in mid-exchange ends that as well', async () => {
  const { client, service, exchanges, calls } = await telemetered();
  service.faults.add({ stall: true });
  await client.personas.get(1, { deadlineMs: 30 }).catch(() => {});
  expect(exchanges()[0]?.attributes['error.type']).toBe('timeout');
  expect(calls()[0]?.attributes['error.type']).toBe('timeout');
});

it('a token that is replaced on the way has exchanges of its own', async () => {
  const users = { admin: 'secret' };
  const { client, calls, exchanges, service } = await telemetered(
    { auth: { username: 'admin', password: 'secret' } },
    { auth: { users } },
  );
  await client.personas.get(1);
  expect(calls().map(({ name }) => name)).toEqual(['auth.login', 'personas.get']);
  expect(exchanges().map(({ name }) => name)).toEqual([
    'POST /api/v1/auth/login',
    'GET /api/v1/personas/{id}',
  ]);
  service.faults.add({ status: 401, times: 1, match: { path: /personas/ } });
  await client.personas.get(2);
  const again = exchanges().filter(({ attributes }) => String(attributes['url.full']).endsWith('/2'));
  expect(again.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1]);
});

it('each exchange sends its own traceparent, in the trace of whoever makes the call', async () => {
  const { client, service, tracer, spans, exchanges, calls } = await telemetered();
  service.faults.add({ status: 503, times: 5, match: { method: 'GET' } });
  const ids = Array.from({ length: 8 }, (_, i) => i + 1);
  await Promise.all(
    ids.map((id) =>
      tracer.startActiveSpan(`request ${id}`, async (span) => {
        // the request id of the application's own client, the same for all of them
        await client.personas.get(id, { headers: { 'x-request-id': 'shared' } }).catch(() => {});
        span.end();
      }),
    ),
  );
  const owners = spans().filter(({ name }) => name.startsWith('request'));
  expect(owners).toHaveLength(8);
  for (const owner of owners) {
    const id = owner.name.slice('request '.length);
    const [call, ...others] = calls().filter((span) => parentOf(span) === idOf(owner));
    expect(others).toEqual([]);
    const own = exchanges().filter((span) => parentOf(span) === idOf(call));
    const sent = service.requests.filter(({ path }) => path === `/api/v1/personas/${id}`);
    expect(sent.length).toBeGreaterThan(0);
    const { traceId } = owner.spanContext();
    expect(sent.map(({ headers }) => headers.traceparent)).toEqual(
      own.map((span) => `00-${traceId}-${idOf(span)}-01`),
    );
    expect(own.every(({ attributes }) => String(attributes['url.full']).endsWith(`/${id}`))).toBe(true);
  }
});

it('the parent is what is current when the call is made, even where contexts do not follow promises', async () => {
  const { client, service, tracer, calls, exchanges } = await telemetered();
  service.faults.add({ status: 503, times: 1 });
  context.disable();
  context.setGlobalContextManager(new StackContextManager().enable()); // as in a browser
  const click = tracer.startSpan('click', {}, ROOT_CONTEXT);
  await context.with(trace.setSpan(ROOT_CONTEXT, click), () => client.personas.get(1)).finally(alsContexts);
  const [call] = calls();
  expect(call?.name).toBe('personas.get');
  expect(parentOf(call)).toBe(click.spanContext().spanId);
  expect(exchanges().map(parentOf)).toEqual([idOf(call), idOf(call)]);
  expect(service.requests.map(({ headers }) => headers.traceparent?.split('-')[2])).toEqual(
    exchanges().map(idOf),
  );
});

it('views are seen too, and nothing after the end of the observation', async () => {
  const { client, stop, calls, spans, service } = await telemetered();
  await client.as({ token: 'a-token' }).personas.get(1);
  expect(calls()).toHaveLength(1);
  service.faults.add({ delayMs: 20 });
  const late = client.personas.get(2);
  stop();
  await late;
  await client.personas.get(3);
  expect(calls()).toHaveLength(2);
  const count = spans().length;
  await client.personas.get(4);
  expect(spans()).toHaveLength(count);
});

it('holds no secret and nothing personal', async () => {
  const users = { 'ada@example.com': 'hunter2' };
  const { client, spans, points } = await telemetered(
    { auth: { username: 'ada@example.com', password: 'hunter2' }, headers: { 'x-api-key': 'k-123' } },
    { auth: { users } },
  );
  await client.personas.create({ name: 'Grace Hopper', demographic: { city: 'Arlington' } });
  await client.personas.list({ page: 1, perPage: 5 });
  await client.personas.update(1, { name: 'Grace Hopper' });
  await client.personas.get(1).catch(() => {});
  const said = JSON.stringify([
    spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    await points('http.client.request.duration'),
    await points('persona_client.call.duration'),
  ]);
  expect(said).toContain('?page=1&per_page=5');
  expect(said).not.toMatch(/hunter2|ada@|k-123|Grace|Arlington|eyJ|Bearer/);
});

it('hides query values other than the list’s, should there ever be any', async () => {
  const { telemetry, exchanges } = await telemetered();
  const listeners = new Map<string, (event: object) => void>();
  const on = (name: string, listener: never) => {
    listeners.set(name, listener);
    return () => {};
  };
  telemetry.observe({ on, circuit: 'closed' } as ObservedClient);
  const event = { callId: 1, requestId: 'one', call: 'personas.search', attempt: 1 };
  const url = 'https://personas.test/api/v1/personas?email=ada%40example.com&page=2';
  listeners.get('request')?.({ ...event, method: 'GET', url });
  listeners.get('response')?.({ ...event, durationMs: 1, status: 200 });
  expect(exchanges()[0]?.attributes).toMatchObject({
    'url.full': 'https://personas.test/api/v1/personas?email=REDACTED&page=2',
    'server.port': 443,
  });
});
