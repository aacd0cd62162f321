import { type ClientOptions, PersonaError } from 'persona-client';
import { fail } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { USER, World } from './support/world.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function setup(options: ClientOptions = {}, service: { auth?: false } = { auth: false }) {
  const world = await World.create(undefined, service);
  onTestFinished(() => world.dispose());
  return { world, client: world.createClient(options) };
}

describe('after the machine slept for eight hours', () => {
  it('nothing is fresh', async () => {
    const { world, client } = await setup();
    await client.personas.get(1);
    world.clock.moveWallClock(8 * HOUR);
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('network');
  });

  it.each([
    { window: 'staleIfErrorMs', options: { staleIfErrorMs: HOUR } },
    { window: 'staleWhileRevalidateMs', options: { staleIfErrorMs: 0, staleWhileRevalidateMs: HOUR } },
  ])('no stale response outlives $window', async ({ options }) => {
    const { world, client } = await setup({ cache: { ttlMs: MINUTE, ...options } });
    await client.personas.get(1);
    world.addFault(fail({ status: 503 }));
    world.clock.moveWallClock(30 * MINUTE);
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('stale');
    await world.clock.settle(); // the revalidation fails
    world.clock.moveWallClock(8 * HOUR);
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'server_error' });
  });

  it('ageMs includes the sleep', async () => {
    const { world, client } = await setup({ cache: { ttlMs: 24 * HOUR } });
    await client.personas.get(1);
    world.clock.moveWallClock(8 * HOUR);
    await world.clock.advance(1_000);
    const { source, ageMs } = (await client.withMeta.personas.get(1)).meta;
    expect([source, Math.round(ageMs)]).toEqual(['cache', 8 * HOUR + 1_000]);
  });

  it('the client refreshes its tokens before it sends them', async () => {
    const { world, client } = await setup({ auth: USER, cache: false }, {});
    await client.personas.get(1);
    world.clock.moveWallClock(8 * HOUR);
    await client.personas.get(2);
    expect(world.requests.map((line) => line.replace('/api/v1', ''))).toEqual([
      'POST /auth/login',
      'GET /personas/1',
      'POST /auth/refresh',
      'GET /personas/2',
    ]);
  });

  it('an open circuit admits its probe', async () => {
    const { world, client } = await setup({ breaker: { failMax: 1, resetTimeoutMs: HOUR } });
    world.addFault(fail({ status: 503, times: 1 }));
    await client.personas.get(1).catch(() => {});
    expect(client.circuit).toBe('open');
    world.clock.moveWallClock(8 * HOUR);
    await client.personas.get(1);
    expect(client.circuit).toBe('closed');
  });
});

it('a wall clock that is set forward costs only cache misses', async () => {
  const { world, client } = await setup({ auth: USER }, {});
  for (let day = 0; day < 5; day++) {
    world.clock.moveWallClock(24 * HOUR);
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('network');
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('cache');
  }
  expect(client.circuit).toBe('closed');
});

it('a wall clock that is set back costs nothing', async () => {
  const { world, client } = await setup({ auth: USER, breaker: { failMax: 1, resetTimeoutMs: 1_000 } }, {});
  await client.personas.get(1);
  const before = world.requests.length;
  world.clock.moveWallClock(-24 * HOUR);
  await world.clock.advance(2_000);
  const { source, ageMs } = (await client.withMeta.personas.get(1)).meta;
  expect([source, Math.round(ageMs)]).toEqual(['cache', 2_000]);
  await client.personas.get(2);
  expect(world.requests.length - before, 'the token is still used').toBe(1);
  world.addFault(fail({ status: 503, times: 1 }));
  expect(await client.personas.get(3).catch((error: unknown) => error)).toBeInstanceOf(PersonaError);
  world.clock.moveWallClock(-24 * HOUR);
  await world.clock.advance(1_100);
  await client.personas.get(3);
});
