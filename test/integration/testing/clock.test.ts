import { createPersonaService, createVirtualClock } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { DIALECTS, startService } from '../../support/service.js';

const fetchList = async (service: ReturnType<typeof createPersonaService>) =>
  (await service.fetch('http://any/api/v1/personas?per_page=50')).json();

it.each(DIALECTS)('a service with a virtual clock sends the same bytes in every run: %s', async (dialect) => {
  const create = () => createPersonaService({ dialect, seed: 40, now: createVirtualClock().now });
  await using first = create();
  await using second = create();
  const list = await fetchList(first);
  expect(JSON.stringify(await fetchList(second))).toBe(JSON.stringify(list));
  expect(JSON.stringify(list)).toContain('2025-12-31T23:59:');
});

it('timestamps follow the virtual clock', async () => {
  const clock = createVirtualClock('2026-05-01T12:00:00Z');
  const { connect } = await startService({ now: clock.now, auth: { users: { admin: 'secret' } } });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, cache: false });
  const { created_at } = await client.personas.create({ name: 'Ada' });
  expect(created_at).toMatch(/^2026-05-01T12:00:00/);
  clock.advance(24 * 3_600_000);
  const { updated_at } = await client.personas.update(6, { name: 'Ada L.' }); // refreshes first: the access token expires after an hour
  expect(updated_at).toMatch(/^2026-05-02T12:00:00/);
});

it('tokens expire by the virtual clock', async () => {
  const clock = createVirtualClock();
  const { connect, requestLines } = await startService({
    now: clock.now,
    auth: { users: { admin: 'secret' } },
  });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, dialect: 'subresource' });
  await client.personas.get(1);
  clock.advance(3_599_000);
  await client.personas.get(2);
  expect(requestLines()).toHaveLength(3);
  clock.advance(1_000);
  await client.personas.get(3);
  expect(requestLines().slice(3)).toEqual([
    'GET /api/v1/personas/3',
    'POST /api/v1/auth/refresh',
    'GET /api/v1/personas/3',
  ]);
});

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('rejects advance(%s)', (ms) => {
  expect(() => createVirtualClock().advance(ms)).toThrow(TypeError);
});

it('starts at the given time, and rejects an invalid one', () => {
  expect(() => createVirtualClock('soon')).toThrow(/soon is not a valid time/);
  expect(createVirtualClock(new Date(5)).now()).toBe(5);
});
