import { PersonaClient } from 'persona-client';
import {
  createPersonaService,
  createVirtualClock,
  expireTokens,
  fail,
  type PersonaService,
  type VirtualClock,
} from 'persona-client/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relocate } from './team.js';

let clock: VirtualClock;
let service: PersonaService;
let client: PersonaClient;

beforeEach(() => {
  clock = createVirtualClock('2026-05-01T09:00:00Z');
  service = createPersonaService({
    seed: [
      { name: 'Ada', demographic: { city: 'London' } },
      { name: 'Grace', demographic: { city: 'New York' } },
      { name: 'Joan', demographic: { city: 'London' } },
    ],
    auth: { users: { admin: 'secret' } },
    now: clock.now,
  });
  client = new PersonaClient({
    fetch: service.fetch,
    auth: { username: 'admin', password: 'secret' },
    dialect: 'subresource', // set, so that the client sends no request to detect it
    retry: { backoffMs: 1 },
  });
});
afterEach(async () => {
  client.close();
  await service.close();
});

const requestsWith = (method: string) => service.requests.filter((request) => request.method === method);

test('relocates only the personas of the city', async () => {
  expect((await relocate(client, 'London', 'Oslo')).toSorted()).toEqual(['Ada', 'Joan']);
  expect(requestsWith('PUT').map(({ path, body }) => [path, body])).toEqual([
    [expect.stringMatching(/^\/api\/v1\/personas\/[13]\/demographic$/), '{"city":"Oslo"}'],
    [expect.stringMatching(/^\/api\/v1\/personas\/[13]\/demographic$/), '{"city":"Oslo"}'],
  ]);
});

test('survives temporary failures', async () => {
  service.faults.add(fail({ status: 503, times: 2, match: { method: 'PUT' } }));
  expect(await relocate(client, 'London', 'Oslo')).toHaveLength(2);
  expect(requestsWith('PUT').map(({ status }) => status)).toEqual([503, 503, 200, 200]);
});

test('refreshes a token that expires during the run', async () => {
  service.faults.add(expireTokens('access', { match: { method: 'PUT' }, times: 1 }));
  expect(await relocate(client, 'London', 'Oslo')).toHaveLength(2);
  expect(requestsWith('POST').map(({ path }) => path)).toEqual([
    '/api/v1/auth/login',
    '/api/v1/auth/refresh',
  ]);
});

test('uses a virtual clock, so timestamps are the same in every run', async () => {
  await relocate(client, 'London', 'Oslo');
  clock.advance(3_600_000); // the access token expires
  await relocate(client, 'Oslo', 'Bergen');
  expect(requestsWith('POST').map(({ path }) => path)).toEqual([
    '/api/v1/auth/login',
    '/api/v1/auth/refresh',
  ]);
  const { items } = await client.personas.list({}, { cache: 'reload' });
  expect(items.map(({ updated_at }) => updated_at.slice(0, 13))).toEqual([
    '2026-05-01T10',
    '2026-05-01T10',
    '2026-05-01T08',
  ]);
});
