import { mock } from 'node:test';
import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  mock.timers.reset();
  vi.useRealTimers();
  vi.resetModules();
});

const CALLS = 1_000;

/** Makes calls one after the other without advancing the time. */
async function call(client: Pick<PersonaClient, 'personas'>) {
  for (let index = 0; index < CALLS; index++) await client.personas.get(1);
}

const libraries: Record<string, () => unknown> = {
  vitest: () => vi.useFakeTimers(),
  'vitest, with all functions': () =>
    vi.useFakeTimers({
      toFake: ['setTimeout', 'setInterval', 'setImmediate', 'clearImmediate', 'Date', 'performance'],
    }),
  'node:test': () => mock.timers.enable(),
};

describe.each(Object.entries(libraries))('with the fake timers of %s', (_, fakeTimers) => {
  it.each([1, 20])('calls finish without advancing the time, at concurrency %i', async (concurrency) => {
    const service = createPersonaService({ seed: 1 });
    fakeTimers();
    const client = new PersonaClient({ fetch: service.fetch, cache: false, concurrency });
    await call(client);
    await Promise.all(Array.from({ length: 100 }, () => client.personas.get(1)));
    expect(service.requests.filter(({ path }) => path.endsWith('/personas/1'))).toHaveLength(CALLS + 100);
  });

  it('calls finish if the timers were replaced before the client was loaded, and advance now and then', async () => {
    const service = createPersonaService({ seed: 1 });
    fakeTimers();
    vi.resetModules();
    const { PersonaClient } = await import('../../../src/index.js');
    const client = new PersonaClient({ fetch: service.fetch, cache: false, concurrency: 1 });
    await call(client);
    if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(1_000);
    else mock.timers.tick(1_000);
    await call(client);
    expect(service.requests.length).toBeGreaterThanOrEqual(2 * CALLS);
  });
});
