import { http } from 'msw';
import { PersonaConnectionError, PersonaNotFoundError, PersonaTimeoutError } from 'persona-client';
import { createPersonaService, toMswHandlers } from 'persona-client/testing';
import { beforeEach, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';
import { BASE, setupMswServer } from './server.js';

const server = setupMswServer();
let service: ReturnType<typeof createPersonaService>;

beforeEach(() => {
  service = createPersonaService({ dialect: 'attributes' });
  server.use(...toMswHandlers(service, { http, baseUrl: `${BASE}/` }));
  return () => service.close();
});

it('responds to a client that was not configured for it', async () => {
  const client = createTestClient({ baseUrl: BASE });
  const created = await client.personas.create({ name: 'Ada', psychographic: { interests: ['chess'] } });
  await client.personas.update(created.id, { name: 'Ada L.' });
  expect((await client.personas.get(created.id)).psychographic).toMatchObject({ interests: ['chess'] });
  await client.personas.delete(created.id);
  await expectRejection(PersonaNotFoundError, client.personas.get(created.id));
  expect(await client.health.check()).toMatchObject({ status: 'ok' });
  const { method, path, body } = service.requests.find((request) => request.method === 'POST') ?? {};
  expect([method, path, JSON.parse(body ?? '')]).toEqual([
    'POST',
    '/api/v1/personas',
    { name: 'Ada', psychographic: { interests: ['chess'] } },
  ]);
});

it('intercepts the default base URL of the client by default', async () => {
  server.use(...toMswHandlers(service, { http }));
  expect((await createTestClient({}).personas.list()).total).toBe(5);
});

it.each([
  ['a reset', { reset: true }, 'connection_failed'],
  ['a status', { status: 503 }, 'server_error'],
  ['a truncated body', { dropAfterBytes: 10 }, 'connection_failed'],
] as const)('simulates network failures: %s', async (_, fault, reason) => {
  service.faults.add({ ...fault, times: 2, match: { path: '/api/v1/personas/1' } });
  const client = createTestClient({ baseUrl: BASE, retry: NO_BACKOFF });
  const reasons: string[] = [];
  client.on('retry', (event) => reasons.push(event.error));
  const { data, meta } = await client.withMeta.personas.get(1);
  expect([data.id, meta.attempts]).toEqual([1, 3]);
  expect(reasons).toEqual([reason, reason]);
});

it('a stalled response ends with the timeout of the client', async () => {
  service.faults.add({ stall: true });
  const { personas } = createTestClient({ baseUrl: BASE, timeoutMs: 30, retry: false });
  await expectRejection(PersonaTimeoutError, personas.get(1));
});

it('a closed service is unreachable', async () => {
  await service.close();
  const { personas } = createTestClient({ baseUrl: BASE, retry: false });
  await expectRejection(PersonaConnectionError, personas.get(1));
});
