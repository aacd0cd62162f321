import type { Histogram } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { setupGlobalTelemetry, setupTelemetry } from '../../support/otel.js';

setupGlobalTelemetry();

it('records the duration of HTTP requests in seconds, by method, status and URL template', async () => {
  const { client, service, url, points } = await setupTelemetry({ cache: false });
  service.faults.add({ status: 503, times: 1 });
  await client.personas.get(1);
  await client.personas.get(2);
  const requestPoints = await points('http.client.request.duration');
  const commonAttributes = {
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(url).port),
    'url.scheme': 'http',
    'url.template': '/api/v1/personas/{id}',
    'http.request.method': 'GET',
  };
  expect(requestPoints.map(({ attributes }) => attributes)).toEqual([
    { ...commonAttributes, 'http.response.status_code': 503, 'error.type': '503' },
    { ...commonAttributes, 'http.response.status_code': 200 },
  ]);
  expect(requestPoints.map(({ value }) => (value as Histogram).count)).toEqual([1, 2]);
  for (const { value } of requestPoints) {
    const { sum = 0, buckets } = value as Histogram;
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(30);
    expect(buckets.boundaries[0]).toBe(0.005);
  }
});

it('counts calls, retries and cache outcomes', async () => {
  const { client, service, pointValue } = await setupTelemetry();
  service.faults.add({ status: 429, times: 2 });
  await client.personas.get(1);
  await client.personas.get(1);
  await Promise.all([client.personas.get(2), client.personas.get(2)]);
  await client.personas.get(99).catch(() => {});
  const call = { 'persona_client.call': 'personas.get' };
  const cacheReads = (outcome: string) =>
    pointValue('persona_client.cache.reads', { ...call, 'persona_client.cache.outcome': outcome });
  const outcomes = ['hit', 'miss', 'deduplicated', 'stale'];
  expect(await Promise.all(outcomes.map(cacheReads))).toEqual([1, 3, 1, undefined]);
  expect(await pointValue('persona_client.retries', { ...call, 'error.type': 'rate_limited' })).toBe(2);
  const callDuration = (attributes: object) =>
    pointValue('persona_client.call.duration', { ...call, ...attributes });
  expect(await callDuration({ 'persona_client.source': 'network' })).toMatchObject({ count: 2 });
  expect(await callDuration({ 'persona_client.source': 'cache' })).toMatchObject({ count: 1 });
  expect(await callDuration({ 'error.type': 'not_found' })).toMatchObject({ count: 1 });
});

it('observes the state of the circuit breaker and counts its rejections', async () => {
  const { client, service, pointValue } = await setupTelemetry(
    { breaker: { failMax: 2, resetTimeoutMs: 600_000 }, retry: false },
    {},
    { attributes: { 'service.peer.name': 'personas' } },
  );
  const states = () =>
    Promise.all(
      ['closed', 'open', 'half-open'].map((state) =>
        pointValue('persona_client.circuit_breaker.state', {
          'persona_client.circuit_breaker.state': state,
          'service.peer.name': 'personas',
        }),
      ),
    );
  expect(await states()).toEqual([1, 0, 0]);
  service.faults.add({ status: 500 });
  for (const id of [1, 2, 3]) await client.personas.get(id).catch(() => {});
  expect(await states()).toEqual([0, 1, 0]);
  const rejected = { 'persona_client.call': 'personas.get', 'persona_client.circuit_breaker.state': 'open' };
  expect(await pointValue('persona_client.circuit_breaker.rejections', rejected)).toBe(1);
});
