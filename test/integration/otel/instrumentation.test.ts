import { context, ProxyTracerProvider, propagation, SpanKind, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { StackContextManager } from '@opentelemetry/sdk-trace';
import type { ClientOptions } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { enableAsyncContext, setupGlobalTelemetry, setupTelemetry } from '../../support/otel.js';
import { createTestClient } from '../../support/service.js';

setupGlobalTelemetry();

/** Starts the instrumentation that the default instrumentations of Node include. */
function startInstrumentation(): UndiciInstrumentation {
  const instrumentation = new UndiciInstrumentation();
  onTestFinished(() => instrumentation.disable());
  return instrumentation;
}

async function createPool(connections: number): Promise<typeof fetch> {
  const transport = await createPooledTransport({ connections });
  onTestFinished(() => transport.close());
  return transport.fetch;
}

const TRANSPORTS: [string, () => Promise<typeof fetch | undefined>][] = [
  ['the global fetch', async () => undefined],
  ['a pool', () => createPool(20)],
  ['a pool in which requests wait for a connection', () => createPool(2)],
];

interface SetupOptions {
  readonly createFetch?: () => Promise<typeof fetch | undefined>;
  readonly client?: ClientOptions;
  readonly service?: PersonaServiceOptions;
  readonly startsFirst?: boolean;
}

/** Starts a service, the telemetry and the instrumentation, which share the providers. */
async function setup({ createFetch, client = {}, service = {}, startsFirst = false }: SetupOptions = {}) {
  const fetch = await createFetch?.();
  const early = startsFirst ? startInstrumentation() : undefined;
  const telemetry = await setupTelemetry({ cache: false, ...client }, service, fetch && { fetch });
  const instrumentation = early ?? startInstrumentation();
  instrumentation.setTracerProvider(telemetry.tracerProvider);
  instrumentation.setMeterProvider(telemetry.meterProvider);
  return { ...telemetry, fetch };
}

/** Expects one `traceparent`, one span of kind client and one duration for every request that the service received. */
async function expectOneOfEach({ service, requestSpans, points }: Awaited<ReturnType<typeof setup>>) {
  expect(service.requests.length).toBeGreaterThan(0);
  const spanIds = requestSpans().map((span) => span.spanContext().spanId);
  const sentIds = service.requests.map(
    ({ headers: { traceparent = '' } }) => /^00-[\da-f]{32}-([\da-f]{16})-01$/.exec(traceparent)?.[1],
  );
  expect(sentIds.toSorted()).toEqual(spanIds.toSorted());
  const durations = await points('http.client.request.duration');
  const count = durations.reduce((sum, { value }) => sum + (value as Histogram).count, 0);
  expect(count).toBe(service.requests.length);
}

describe.each(TRANSPORTS)('beside the instrumentation of undici, over %s,', (_, createFetch) => {
  it.each([true, false])(
    'a retried call is recorded once, instrumentation first: %s',
    async (startsFirst) => {
      const started = await setup({ createFetch, startsFirst });
      const { service, client, tracer, callSpans } = started;
      service.faults.add({ status: 503, times: 3 });
      service.faults.add({ delayMs: 5 });
      await tracer.startActiveSpan('work', async (span) => {
        await Promise.all(Array.from({ length: 8 }, (__, index) => client.personas.get((index % 5) + 1)));
        span.end();
      });
      expect(service.requests).toHaveLength(11);
      expect(callSpans()).toHaveLength(9);
      await expectOneOfEach(started);
    },
  );

  it('a login, a refresh and a rejected token are recorded once', async () => {
    const started = await setup({
      createFetch,
      client: { auth: { username: 'admin', password: 'secret' } },
      service: { auth: { users: { admin: 'secret' } } },
    });
    await started.client.personas.get(1);
    started.service.faults.add({ expireTokens: 'access', times: 1 });
    await started.client.personas.get(2);
    const paths = started.service.requests.map(({ path }) => path.replace(/^.*\//, ''));
    expect(paths).toEqual(['login', '1', '2', 'refresh', '2']);
    await expectOneOfEach(started);
  });

  it('a request without an id, or with a traceparent of the application, is recorded once', async () => {
    const started = await setup({ createFetch });
    const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
    await started.client.personas.get(1, { headers: { 'x-request-id': null } });
    await started.client.personas.get(2, { headers: { traceparent } });
    await expectOneOfEach(started);
  });

  it('a failed connection is recorded once', async () => {
    const { client, service, requestSpans, points } = await setup({ createFetch, client: { retry: false } });
    service.faults.add({ reset: true });
    await expect(client.personas.get(1)).rejects.toThrow();
    expect(requestSpans()).toHaveLength(1);
    expect(await points('http.client.request.duration')).toMatchObject([{ value: { count: 1 } }]);
  });

  it('a client without telemetry is left to the instrumentation', async () => {
    const started = await setup({ createFetch });
    const { tracer, fetch, url } = started;
    const client = createTestClient({
      baseUrl: url,
      dialect: 'subresource',
      cache: false,
      ...(fetch && { fetch }),
    });
    const ids = [1, 2, 3, 4, 5];
    await Promise.all(
      ids.map((id) =>
        tracer.startActiveSpan(`work ${id}`, async (span) => {
          await client.personas.get(id);
          span.end();
        }),
      ),
    );
    await expectOneOfEach(started);
    for (const { path, headers } of started.service.requests) {
      const caller = started
        .spans()
        .find(({ name }) => name === `work ${path.slice(path.lastIndexOf('/') + 1)}`);
      expect(headers.traceparent?.split('-')[1]).toBe(caller?.spanContext().traceId);
    }
  });
});

it('suppresses spans only while the request is sent, not in functions of the application', async () => {
  const states: Record<string, boolean> = {};
  const observe = (name: string) => {
    states[name] = isTracingSuppressed(context.active());
  };
  const { telemetry, url, service } = await setupTelemetry(
    {},
    { auth: { users: { admin: 'secret' } } },
    {
      fetch: (...request) => {
        observe('fetch of the telemetry');
        return fetch(...request);
      },
    },
  );
  const login = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'secret' }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const client = createTestClient({
    baseUrl: url,
    dialect: 'subresource',
    concurrency: 1,
    retry: { backoffMs: 0 },
    logLevel: 'debug',
    logger: {
      debug: () => observe('logger'),
      info: () => observe('logger'),
      warn: () => observe('logger'),
      error: () => observe('logger'),
    },
    auth: {
      getToken: () => {
        observe('getToken');
        return token;
      },
    },
    fetch: (...request) => {
      observe('fetch of the client');
      return telemetry.fetch(...request);
    },
  });
  telemetry.observe(client);
  client.on('request', () => observe('event request'));
  client.on('response', () => observe('event response'));
  client.on('retry', () => observe('event retry'));
  service.faults.add({ status: 503, times: 2 });
  const fallback = () => {
    observe('fallback');
    return Promise.reject(new Error('none'));
  };
  await Promise.allSettled([1, 2, 99].map((id) => client.personas.get(id, { fallback })));
  service.faults.add({ status: 503 });
  await expect(client.personas.get(3, { fallback })).rejects.toThrow('none');
  observe('after the call');
  expect(states).toEqual({
    'fetch of the telemetry': true,
    'fetch of the client': false,
    getToken: false,
    logger: false,
    'event request': false,
    'event response': false,
    'event retry': false,
    fallback: false,
    'after the call': false,
  });
});

it('leaves requests to the instrumentation if the client records no spans', async () => {
  const started = await setup();
  const noSpans = { getTracer: () => new ProxyTracerProvider().getTracer('none') };
  const telemetry = personaTelemetry({ tracerProvider: noSpans });
  const client = createTestClient({ baseUrl: started.url, dialect: 'subresource', fetch: telemetry.fetch });
  telemetry.observe(client);
  await client.personas.get(1);
  await expectOneOfEach(started);
});

it('leaves other requests through its fetch alone, also while a call is in progress', async () => {
  const { client, service, telemetry, url, requestSpans } = await setup();
  service.faults.add({ delayMs: 60_000, match: { path: '/api/v1/personas/1' } });
  const controller = new AbortController();
  const call = client.personas.get(1, { signal: controller.signal });
  await vi.waitFor(() => expect(service.requests).toHaveLength(1));
  await telemetry.fetch(`${url}/health`);
  controller.abort();
  await expect(call).rejects.toThrow();
  const scopes = requestSpans().map(({ instrumentationScope }) => instrumentationScope.name);
  expect(scopes).toEqual(['@opentelemetry/instrumentation-undici', 'persona-client']);
  const [, health] = service.requests;
  expect(health?.headers.traceparent).toContain(requestSpans()[0]?.spanContext().spanId);
});

it('records its own durations if the instrumentation ignores suppressed requests', async () => {
  const { client, service, points, meterProvider, tracerProvider, requestSpans } = await setupTelemetry();
  const ignoreRequestHook = () => isTracingSuppressed(context.active());
  const instrumentation = new UndiciInstrumentation({ ignoreRequestHook });
  onTestFinished(() => instrumentation.disable());
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setMeterProvider(meterProvider);
  await client.personas.get(1);
  expect(requestSpans()).toHaveLength(service.requests.length);
  expect(await points('http.client.request.duration')).toMatchObject([
    { attributes: { 'url.template': '/api/v1/personas/{id}' }, value: { count: 1 } },
  ]);
});

/** Instruments `fetch` as `@opentelemetry/instrumentation-fetch` does in browsers. */
function instrumentFetch(tracer: ReturnType<typeof trace.getTracer>): typeof fetch {
  const { fetch } = globalThis;
  return (input, init = {}) => {
    const span = tracer.startSpan('HTTP GET', { kind: SpanKind.CLIENT });
    return context.with(trace.setSpan(context.active(), span), () => {
      const headers = Object.fromEntries(new Headers(init.headers));
      propagation.inject(context.active(), headers);
      return fetch(input, { ...init, headers }).finally(() => span.end());
    });
  };
}

it('records a request once beside the instrumentation of a browser, whose context does not follow promises', async () => {
  const started = await setupTelemetry({ cache: false });
  const { tracer, client, service, requestSpans } = started;
  vi.stubGlobal('fetch', instrumentFetch(tracer));
  onTestFinished(() => void vi.unstubAllGlobals());
  service.faults.add({ status: 503, times: 1 });
  context.disable();
  context.setGlobalContextManager(new StackContextManager().enable());
  await client.personas.get(1).finally(enableAsyncContext);
  const spanIds = requestSpans().map((span) => span.spanContext().spanId);
  expect(service.requests.map(({ headers }) => headers.traceparent?.split('-')[2])).toEqual(spanIds);
  expect(spanIds).toHaveLength(2);
});
