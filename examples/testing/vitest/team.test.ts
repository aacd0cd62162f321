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
import { move } from './team.js';

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
    dialect: 'subresource', // said, so that no request asks for it
    retry: { backoffMs: 1 },
  });
});
afterEach(async () => {
  client.close();
  await service.close();
});

const sent = (method: string) => service.requests.filter((request) => request.method === method);

test('moves everybody in the city, and nobody else', async () => {
  expect((await move(client, 'London', 'Oslo')).toSorted()).toEqual(['Ada', 'Joan']);
  expect(sent('PUT').map(({ path, body }) => [path, body])).toEqual([
    [expect.stringMatching(/^\/api\/v1\/personas\/[13]\/demographic$/), '{"city":"Oslo"}'],
    [expect.stringMatching(/^\/api\/v1\/personas\/[13]\/demographic$/), '{"city":"Oslo"}'],
  ]);
});

test('goes on when the service stumbles', async () => {
  service.faults.add(fail({ status: 503, times: 2, match: { method: 'PUT' } }));
  expect(await move(client, 'London', 'Oslo')).toHaveLength(2);
  expect(sent('PUT').map(({ status }) => status)).toEqual([503, 503, 200, 200]);
});

test('a token that ends on the way is replaced', async () => {
  service.faults.add(expireTokens('access', { match: { method: 'PUT' }, times: 1 }));
  expect(await move(client, 'London', 'Oslo')).toHaveLength(2);
  expect(sent('POST').map(({ path }) => path)).toEqual(['/api/v1/auth/login', '/api/v1/auth/refresh']);
});

test('an hour passes at once, and times are the same in every run', async () => {
  await move(client, 'London', 'Oslo');
  clock.advance(3_600_000); // and the access token is past its time
  await move(client, 'Oslo', 'Bergen');
  expect(sent('POST').map(({ path }) => path)).toEqual(['/api/v1/auth/login', '/api/v1/auth/refresh']);
  const { items } = await client.personas.list({}, { cache: 'reload' });
  expect(items.map(({ updated_at }) => updated_at.slice(0, 13))).toEqual([
    '2026-05-01T10',
    '2026-05-01T10',
    '2026-05-01T08',
  ]);
});
