import { createPersonaService, createVirtualClock } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { DIALECTS, serve } from '../../support/service.js';

const listOf = async (service: ReturnType<typeof createPersonaService>) =>
  (await service.fetch('http://any/api/v1/personas?per_page=50')).json();

it.each(DIALECTS)(
  'with a clock of its own a service says the same in every run, to the byte: %s',
  async (dialect) => {
    const made = () => createPersonaService({ dialect, seed: 40, now: createVirtualClock().now });
    await using one = made();
    await using other = made();
    const list = await listOf(one);
    expect(JSON.stringify(await listOf(other))).toBe(JSON.stringify(list));
    expect(JSON.stringify(list)).toContain('2025-12-31T23:59:');
  },
);

it('time passes when it is told to', async () => {
  const clock = createVirtualClock('2026-05-01T12:00:00Z');
  const { connect } = await serve({ now: clock.now, auth: { users: { admin: 'secret' } } });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, cache: false });
  const { created_at } = await client.personas.create({ name: 'Ada' });
  expect(created_at).toMatch(/^2026-05-01T12:00:00/);
  clock.advance(24 * 3_600_000);
  const { updated_at } = await client.personas.update(6, { name: 'Ada L.' }); // after a refresh: a day is more than an hour
  expect(updated_at).toMatch(/^2026-05-02T12:00:00/);
});

it('tokens end with the clock', async () => {
  const clock = createVirtualClock();
  const { connect, asked } = await serve({ now: clock.now, auth: { users: { admin: 'secret' } } });
  const client = connect({ auth: { username: 'admin', password: 'secret' }, dialect: 'subresource' });
  await client.personas.get(1);
  clock.advance(3_599_000);
  await client.personas.get(2);
  expect(asked()).toHaveLength(3);
  clock.advance(1_000);
  await client.personas.get(3);
  expect(asked().slice(3)).toEqual([
    'GET /api/v1/personas/3',
    'POST /api/v1/auth/refresh',
    'GET /api/v1/personas/3',
  ]);
});

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('does not advance by %s', (ms) => {
  expect(() => createVirtualClock().advance(ms)).toThrow(TypeError);
});

it('begins at a time', () => {
  expect(() => createVirtualClock('soon')).toThrow(/soon is no time/);
  expect(createVirtualClock(new Date(5)).now()).toBe(5);
});
