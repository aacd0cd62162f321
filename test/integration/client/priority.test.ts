import {
  type Operation,
  PersonaAbortError,
  type PersonaClient,
  PersonaTimeoutError,
  type RequestOptions,
} from 'persona-client';
import { createMany, createPrivacy, deleteMany, updateMany } from 'persona-client/collections';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it, vi } from 'vitest';
import { CALLS, OPERATIONS } from '../../support/calls.js';
import { expectRejection } from '../../support/failures.js';
import { deferred } from '../../support/pipeline.js';
import { DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

const BACKGROUND = { priority: 'background' } as const;

/**
 * Creates a client that has one request in flight at a time, and whose first request does not end before `open`.
 *
 * `lines` has the requests in the order in which the client sent them, such as `GET /personas/1`.
 */
async function setup(
  serviceOptions: PersonaServiceOptions = { dialect: 'subresource' },
  clientOptions: Parameters<Awaited<ReturnType<typeof startService>>['connect']>[0] = {},
) {
  const { connect, dialect, service } = await startService({ seed: 30, ...serviceOptions });
  const lines: string[] = [];
  const gate = deferred<void>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    lines.push(`${init?.method} ${pathname.replace('/api/v1', '')}`);
    if (lines.length === 1) await gate.promise;
    return globalThis.fetch(input, init);
  };
  const client = connect({ concurrency: 1, dialect, retry: NO_BACKOFF, fetch, ...clientOptions });
  return { client, service, lines, open: () => gate.resolve() };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a background call', () => {
  it('waits behind interactive calls that started later', async () => {
    const { client, lines, open } = await setup();
    const calls = [client.personas.get(1)];
    calls.push(client.personas.get(2, BACKGROUND), client.personas.get(3, BACKGROUND));
    calls.push(client.personas.get(4), client.personas.get(5, { priority: 'interactive' }));
    open();
    await Promise.all(calls);
    expect(lines).toEqual([1, 4, 5, 2, 3].map((id) => `GET /personas/${id}`));
  });

  it('gets every fourth slot while interactive calls never cease', async () => {
    const { client, lines, open } = await setup();
    const background = [
      client.personas.get(1),
      client.personas.get(2, BACKGROUND),
      client.personas.get(3, BACKGROUND),
    ];
    let hasEnded = false;
    let id = 4;
    const loop = async () => {
      while (!hasEnded && id < 30) await client.personas.get(id++);
    };
    const loops = [loop(), loop(), loop()];
    open();
    await Promise.all(background);
    hasEnded = true;
    await Promise.all(loops);
    const position = (persona: number) => lines.indexOf(`GET /personas/${persona}`);
    expect(position(2)).toBe(4); // after the running call and three interactive ones
    expect(position(3)).toBe(8);
  });

  it('fails at its deadline and at an abort while it waits, and sends nothing', async () => {
    const { client, lines, open } = await setup();
    const running = client.personas.get(1);
    const controller = new AbortController();
    const aborted = client.personas.update(2, { name: 'Ada' }, { ...BACKGROUND, signal: controller.signal });
    const late = client.personas.update(3, { name: 'Ada' }, { ...BACKGROUND, deadlineMs: 50 });
    const error = await expectRejection(PersonaTimeoutError, late);
    expect(error).toMatchObject({ scope: 'deadline', attempts: 0, maybeApplied: false });
    controller.abort();
    await expectRejection(PersonaAbortError, aborted);
    open();
    await running;
    await client.personas.get(4);
    expect(lines).toEqual(['GET /personas/1', 'GET /personas/4']);
  });

  it('waits in the background queue again before each retry', async () => {
    const { client, service, lines, open } = await setup({ dialect: 'subresource' }, { breaker: false });
    service.faults.add({ match: { path: /personas\/2$/ }, status: 503, times: 1 });
    const calls = [client.personas.get(1), client.personas.get(2, BACKGROUND)];
    for (const id of [3, 4]) calls.push(client.personas.get(id, BACKGROUND));
    open();
    await Promise.all(calls);
    expect(lines).toEqual([1, 2, 3, 4, 2].map((id) => `GET /personas/${id}`));
  });

  /** The arguments before the request options, where a call of `CALLS` passes fewer. */
  const DEFAULT_ARGUMENTS: Partial<Record<Operation, readonly unknown[]>> = {
    'personas.list': [{}],
    'fieldConfig.get': [undefined, undefined],
    'schema.get': [],
  };
  /** The health check never waits for a slot. */
  const LIMITED = OPERATIONS.filter((operation) => operation !== 'health.check');

  it.each(LIMITED)('can be one of %s', async (operation) => {
    const { client, lines, open } = await setup({ dialect: 'attributes' });
    const addPriority = new Proxy(client, {
      get: (target, resource) =>
        new Proxy(Reflect.get(target, resource), {
          get:
            (methods, name) =>
            (...args: unknown[]) =>
              Reflect.get(methods, name).call(methods, ...(DEFAULT_ARGUMENTS[operation] ?? args), BACKGROUND),
        }),
    });
    const calls = [client.personas.get(1), CALLS[operation].run(addPriority, 2), client.personas.get(3)];
    open();
    await Promise.all(calls);
    expect(lines.slice(0, 2)).toEqual(['GET /personas/1', 'GET /personas/3']);
    expect(lines.length).toBeGreaterThan(2);
  });
});

describe('an interactive call that waits for a background call makes it interactive:', () => {
  /** All kinds of cached reads with a route in each dialect. */
  const READS: Record<string, (client: PersonaClient, options?: RequestOptions<never>) => Promise<unknown>> =
    {
      'personas.get': ({ personas }, options) => personas.get(2, options),
      'personas.list': ({ personas }, options) => personas.list({}, options),
      'demographic.get': ({ demographic }, options) => demographic.get(2, options),
    };

  it.each(DIALECTS.flatMap((dialect) => Object.keys(READS).map((name) => [name, dialect] as const)))(
    'the same %s (%s)',
    async (name, dialect) => {
      const { client, lines, open } = await setup({ dialect });
      const read = READS[name] ?? expect.fail();
      const calls: Promise<unknown>[] = [client.personas.get(1)];
      calls.push(client.personas.get(4, BACKGROUND), read(client, BACKGROUND), read(client, BACKGROUND));
      await nextTurn();
      const joined = read(client);
      calls.push(joined, client.personas.get(5), read(client));
      open();
      await joined;
      expect(lines[1]).not.toBe('GET /personas/4');
      await Promise.all(calls);
      expect(lines.slice(2)).toEqual(['GET /personas/5', 'GET /personas/4']);
    },
  );

  it('a read that only background calls share stays in the background queue', async () => {
    const { client, lines, open } = await setup();
    const calls = [client.personas.get(1)];
    for (let index = 0; index < 3; index++) calls.push(client.personas.get(2, BACKGROUND));
    calls.push(client.personas.get(3));
    open();
    await Promise.all(calls);
    expect(lines).toEqual([1, 3, 2].map((id) => `GET /personas/${id}`));
  });

  it('the read stays interactive if the interactive call is aborted', async () => {
    const { client, lines, open } = await setup();
    const controller = new AbortController();
    const calls = [
      client.personas.get(1),
      client.personas.get(3, BACKGROUND),
      client.personas.get(2, BACKGROUND),
    ];
    const joined = client.personas.get(2, { signal: controller.signal });
    controller.abort();
    await expectRejection(PersonaAbortError, joined);
    open();
    await Promise.all(calls);
    expect(lines).toEqual([1, 2, 3].map((id) => `GET /personas/${id}`));
  });

  it('the detection of the dialect', async () => {
    const { client, lines, open } = await setup({ dialect: 'attributes' }, { dialect: 'auto' });
    const calls: Promise<unknown>[] = [client.personas.get(6)];
    for (const id of [1, 2, 3]) calls.push(client.personas.get(id, BACKGROUND));
    calls.push(client.demographic.get(4, BACKGROUND), client.demographic.get(5));
    open();
    await Promise.all(calls);
    expect(lines[1]).toBe('GET /personas');
    // The detection ends after the next background call has got the slot.
    expect(lines[3]).toBe('GET /personas/5');
  });

  it('the call that probes the service after Retry-After', async () => {
    const { client, service, lines, open } = await setup(
      { dialect: 'subresource', auth: { users: { ada: 'secret', bob: 'secret' } } },
      {
        auth: { username: 'ada', password: 'secret' },
        allowInsecureAuth: true,
        breaker: false,
        retry: false,
      },
    );
    const other = client.as({ username: 'bob', password: 'secret' });
    open();
    await Promise.all([client.personas.get(30), other.personas.get(30)]);
    service.faults.add({
      match: { path: /personas\/1$/ },
      status: 429,
      headers: { 'retry-after': '1' },
      times: 1,
    });
    service.faults.add({ match: { path: /personas\/20$/ }, delayMs: 1_500, times: 1 });
    await client.personas.get(1).catch(() => {});
    lines.length = 0;
    lines.push('refused');
    const calls = [other.personas.get(20)]; // in flight when the hold ends
    for (const id of [21, 22, 23]) calls.push(other.personas.get(id, BACKGROUND));
    calls.push(client.personas.get(2, BACKGROUND), client.personas.get(3));
    await Promise.all(calls);
    const position = (id: number) => lines.indexOf(`GET /personas/${id}`);
    expect(position(2)).toBeLessThan(position(21));
    expect(position(3)).toBeLessThan(position(22));
  });
});

it('revalidates a stale entry in the background', async () => {
  const cache = { staleWhileRevalidateMs: 60_000 };
  const { client, lines, open } = await setup({ dialect: 'subresource' }, { cache });
  open();
  await Promise.all([client.personas.get(1), client.personas.get(2)]);
  lines.length = 0;
  const running = client.personas.get(3); // has the slot
  const stale = await client.withMeta.personas.get(2, { cache: { ttlMs: 0 } }); // starts the revalidation
  expect(stale.meta.source).toBe('stale');
  await Promise.all([running, client.personas.get(4)]);
  await vi.waitFor(() => expect(lines).toEqual([3, 4, 2].map((id) => `GET /personas/${id}`)));
});

describe('bulk operations are background work:', () => {
  const items = <Item>(create: (id: number) => Item) =>
    Array.from({ length: 8 }, (_, index) => create(index + 1));
  const RUNS: Record<string, (client: PersonaClient) => Promise<unknown>> = {
    createMany: (client) =>
      createMany(
        client,
        items((id) => ({ name: `Persona ${id}` })),
      ).finish(),
    'createMany with reconciliation': (client) =>
      createMany(
        client,
        items((id) => ({ name: `Persona ${id}` })),
        { onUnknownOutcome: 'reconcile' },
      ).finish(),
    updateMany: (client) =>
      updateMany(
        client,
        items((id) => ({ id, data: { name: 'Ada' } })),
      ).finish(),
    deleteMany: (client) =>
      deleteMany(
        client,
        items((id) => id),
      ).finish(),
    purge: (client) => createPrivacy(client).purge({ olderThan: new Date(Date.now() + 60_000) }),
    'an export': async (client) => {
      for await (const _ of client.personas.iterate({ perPage: 5 }, BACKGROUND));
    },
  };

  /**
   * Starts an interactive read at each request of the run, and a second one as soon as the run waits to send its next request.
   * The only slot is then taken, so the order of the requests shows which calls are background calls.
   */
  it.each(Object.entries(RUNS))('interactive reads pass each request of %s', async (_, run) => {
    const { connect } = await startService({ dialect: 'subresource', seed: 110 });
    const READ = 'GET /personas/30/demographic';
    const lines: string[] = [];
    const reads: Promise<unknown>[] = [];
    const startRead = () => reads.push(client.demographic.get(30, { cache: 'no-store' }).catch(() => {}));
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const line = `${init?.method} ${new URL(String(input)).pathname.replace('/api/v1', '')}`;
      const isFirstRead = line === READ && lines.at(-1) !== READ;
      lines.push(line);
      if (line !== READ) startRead();
      if (isFirstRead) {
        for (let turns = 0; turns < 5; turns++) await nextTurn();
        startRead();
      }
      return globalThis.fetch(input, init);
    };
    const client = connect({ concurrency: 1, dialect: 'subresource', fetch });
    await run(client);
    await Promise.all(reads);
    const runLines = lines.filter((line) => line !== READ);
    expect(runLines.length).toBeGreaterThan(5);
    const expected = runLines.flatMap((line) => [line, READ, READ]);
    expect(lines).toEqual(expected.slice(0, lines.length)); // the run can end before the last read
  });
});
