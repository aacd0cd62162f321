import type { Histogram } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { globals, telemetered } from '../../support/otel.js';

globals();

it('exchanges are measured in seconds, by method, status and template', async () => {
  const { client, service, url, points } = await telemetered({ cache: false });
  service.faults.add({ status: 503, times: 1 });
  await client.personas.get(1);
  await client.personas.get(2);
  const found = await points('http.client.request.duration');
  const server = { 'server.address': '127.0.0.1', 'server.port': Number(new URL(url).port) };
  const common = {
    ...server,
    'url.scheme': 'http',
    'url.template': '/api/v1/personas/{id}',
    'http.request.method': 'GET',
  };
  expect(found.map(({ attributes }) => attributes)).toEqual([
    { ...common, 'http.response.status_code': 503, 'error.type': '503' },
    { ...common, 'http.response.status_code': 200 },
  ]);
  expect(found.map(({ value }) => (value as Histogram).count)).toEqual([1, 2]);
  for (const { value } of found) {
    const { sum = 0, buckets } = value as Histogram;
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(30);
    expect(buckets.boundaries[0]).toBe(0.005);
  }
});

it('calls, retries and what the cache decided are counted', async () => {
  const { client, service, counted } = await telemetered();
  service.faults.add({ status: 429, times: 2 });
  await client.personas.get(1);
  await client.personas.get(1);
  await Promise.all([client.personas.get(2), client.personas.get(2)]);
  await client.personas.get(99).catch(() => {});
  const call = { 'persona_client.call': 'personas.get' };
  const of = (outcome: string) =>
    counted('persona_client.cache.reads', { ...call, 'persona_client.cache.outcome': outcome });
  expect(await Promise.all(['hit', 'miss', 'deduplicated', 'stale'].map(of))).toEqual([1, 3, 1, undefined]);
  const reason = { ...call, 'persona_client.retry.reason': 'rate_limited' };
  expect(await counted('persona_client.retries', reason)).toBe(2);
  const calls = (more: object) => counted('persona_client.call.duration', { ...call, ...more });
  expect(await calls({ 'persona_client.source': 'network' })).toMatchObject({ count: 2 });
  expect(await calls({ 'persona_client.source': 'cache' })).toMatchObject({ count: 1 });
  expect(await calls({ 'error.type': 'not_found' })).toMatchObject({ count: 1 });
});

it('the circuit is told by its state, and by what it refused', async () => {
  const { client, service, counted } = await telemetered(
    { breaker: { failMax: 2, resetTimeoutMs: 600_000 }, retry: false },
    {},
    { attributes: { 'service.peer.name': 'personas' } },
  );
  const state = (name: string) =>
    counted('persona_client.circuit.state', {
      'persona_client.circuit.state': name,
      'service.peer.name': 'personas',
    });
  expect(await Promise.all([state('closed'), state('open'), state('half-open')])).toEqual([1, 0, 0]);
  service.faults.add({ status: 500 });
  for (const id of [1, 2, 3]) await client.personas.get(id).catch(() => {});
  expect(await Promise.all([state('closed'), state('open'), state('half-open')])).toEqual([0, 1, 0]);
  const refusals = { 'persona_client.call': 'personas.get', 'persona_client.circuit.state': 'open' };
  expect(await counted('persona_client.circuit.refusals', refusals)).toBe(1);
});
