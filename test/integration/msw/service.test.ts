import { http } from 'msw';
import { PersonaConnectionError, PersonaNotFoundError, PersonaTimeoutError } from 'persona-client';
import { createPersonaService, toMswHandlers } from 'persona-client/testing';
import { beforeEach, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, clientOf } from '../../support/service.js';
import { BASE, mocked } from './server.js';

const server = mocked();
let service: ReturnType<typeof createPersonaService>;

beforeEach(() => {
  service = createPersonaService({ dialect: 'attributes' });
  server.use(...toMswHandlers(service, { http, baseUrl: `${BASE}/` }));
  return () => service.close();
});

it('answers clients that know nothing of it', async () => {
  const client = clientOf({ baseUrl: BASE });
  const created = await client.personas.create({ name: 'Ada', psychographic: { interests: ['chess'] } });
  await client.personas.update(created.id, { name: 'Ada L.' });
  expect((await client.personas.get(created.id)).psychographic).toMatchObject({ interests: ['chess'] });
  await client.personas.delete(created.id);
  await failureOf(PersonaNotFoundError, client.personas.get(created.id));
  expect(await client.health.check()).toMatchObject({ status: 'healthy' });
  const { method, path, body } = service.requests.find((one) => one.method === 'POST') ?? {};
  expect([method, path, JSON.parse(body ?? '')]).toEqual([
    'POST',
    '/api/v1/personas',
    { name: 'Ada', psychographic: { interests: ['chess'] } },
  ]);
});

it('stands at the client’s default address by default', async () => {
  server.use(...toMswHandlers(service, { http }));
  expect((await clientOf({}).personas.list()).total).toBe(5);
});

it.each([
  ['a reset', { reset: true }, 'connection_failed'],
  ['a status', { status: 503 }, 'server_error'],
  ['a body cut short', { dropAfterBytes: 10 }, 'connection_failed'],
] as const)('its faults are those of a network: %s', async (_, fault, reason) => {
  service.faults.add({ ...fault, times: 2, match: { path: '/api/v1/personas/1' } });
  const client = clientOf({ baseUrl: BASE, retry: AT_ONCE });
  const reasons: string[] = [];
  client.on('retry', (event) => reasons.push(event.error));
  const { data, meta } = await client.withMeta.personas.get(1);
  expect([data.id, meta.attempts]).toEqual([1, 3]);
  expect(reasons).toEqual([reason, reason]);
});

it('silence ends with the client’s patience', async () => {
  service.faults.add({ stall: true });
  const { personas } = clientOf({ baseUrl: BASE, timeoutMs: 30, retry: false });
  await failureOf(PersonaTimeoutError, personas.get(1));
});

it('a service that is closed is one that cannot be reached', async () => {
  await service.close();
  const { personas } = clientOf({ baseUrl: BASE, retry: false });
  await failureOf(PersonaConnectionError, personas.get(1));
});
