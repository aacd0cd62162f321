import { setTimeout as delay } from 'node:timers/promises';
import type { Persona, PersonaClient, RequestOptions } from 'persona-client';
import { createMany, updateMany } from 'persona-client/collections';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { catchError } from '../../support/failures.js';
import { createLossyService } from '../../support/lossy-service.js';
import { makeItems } from '../../support/personas.js';
import { deferred } from '../../support/pipeline.js';
import { createTestClient, DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

const connectOptions = { breaker: false, retry: NO_BACKOFF, onUnknownOutcome: 'reconcile' } as const;

describe('equal creates while the clock is set forward', () => {
  it('run one after the other, and each gets a persona of its own', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const service = createPersonaService({ seed: false });
    onTestFinished(() => service.close());
    let posts = 0;
    const hasStarted = deferred<void>();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const isPost = init?.method === 'POST';
      if (isPost && ++posts === 1) {
        hasStarted.resolve();
        await delay(400);
        throw new TypeError('lost'); // not applied
      }
      const response = await service.fetch(input, init);
      if (isPost && posts === 2) await delay(400);
      return response;
    };
    const client = createTestClient({ ...connectOptions, fetch, timeoutMs: 1_000, lateWriteWindowMs: 20 });
    const first = client.personas.create({ name: 'Ada' });
    await hasStarted.promise;
    vi.setSystemTime(Date.now() + 3_600_000);
    const others = [1, 2].map(() => client.personas.create({ name: 'Ada' }));
    const ids = (await Promise.all([first, ...others])).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect((await client.personas.list()).total).toBe(3);
  });
});

describe('a search that fails', () => {
  it('is repeated by createMany until it succeeds', async () => {
    let failures = 3 * (1 + NO_BACKOFF.limit);
    const service = createLossyService({
      nextOutcome: () => 'stored, cut',
      failsNextList: () => service.counts.creates > 0 && failures-- > 0,
    });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch });
    const run = createMany(client, [{ name: 'Ada' }], {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 20,
    });
    expect(await run.finish()).toMatchObject({ succeeded: 1, reconciled: 1 });
    expect(service.counts.creates).toBe(1);
  });

  it('leaves the item in doubt after maxStallMs, and says that the search failed', async () => {
    const service = createLossyService({
      nextOutcome: () => 'stored, cut',
      failsNextList: () => service.counts.creates > 0,
    });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch });
    const run = createMany(client, [{ name: 'Ada' }], {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 20,
      maxStallMs: 200,
    });
    const { value } = await run.next();
    expect(value).toMatchObject({ ok: false, error: { code: 'connection_failed', maybeApplied: true } });
    expect(value?.ok === false && value.error.message).toContain('the search failed with server_error');
    expect(service.counts.creates).toBe(1);
  });

  it('leaves personas.create in doubt at the deadline', async () => {
    const service = createLossyService({ nextOutcome: () => 'stored, 500', failsNextList: () => true });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch, lateWriteWindowMs: 20 });
    await expect(client.personas.create({ name: 'Ada' }, { deadlineMs: 500 })).rejects.toMatchObject({
      code: 'server_error',
      maybeApplied: true,
      message: expect.stringContaining('the search failed with server_error'),
    });
    expect(service.counts.creates).toBe(1);
  });
});

describe.each(DIALECTS)('a search in a list whose total is too low, %s', (dialect) => {
  it.each([10, 100])('finds the persona on the second page, and sends no other create: %i', async (total) => {
    const service = createPersonaService({ dialect, seed: false });
    onTestFinished(() => service.close());
    let creates = 0;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await service.fetch(input, init);
      if (init?.method === 'POST') {
        creates++;
        for (let count = 0; count < 120; count++)
          await service.fetch(input, { ...init, body: JSON.stringify({ name: 'Another' }) });
        throw new TypeError('lost');
      }
      const body = await response.json();
      return Response.json('total' in body ? { ...body, total } : body);
    };
    const client = createTestClient({ ...connectOptions, dialect, fetch, lateWriteWindowMs: 20 });
    expect(await client.personas.create({ name: 'Ada' })).toMatchObject({ id: 1, name: 'Ada' });
    expect(creates).toBe(1);
  });
});

describe('the queue of creates with the same name', () => {
  it('does not wait for the late-write window of a create that was found', async () => {
    const service = createLossyService({
      nextOutcome: () => (service.counts.creates === 1 ? 'stored, cut' : 'ok'),
    });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch, lateWriteWindowMs: 60_000 });
    const [first, second] = await Promise.all([
      client.personas.create({ name: 'Ada' }),
      client.personas.create({ name: 'Ada' }, { deadlineMs: 4_000 }),
    ]);
    expect(new Set([first.id, second.id]).size).toBe(2);
  });

  it('says that no search was sent if an earlier create with the same name may still take effect', async () => {
    const service = createLossyService({ nextOutcome: () => 'cut' });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch, lateWriteWindowMs: 60_000 });
    await catchError(client.personas.create({ name: 'Ada' }, { deadlineMs: 200 }));
    const { lists } = service.counts;
    const error = await catchError(client.personas.create({ name: 'Ada' }, { deadlineMs: 4_000 }));
    expect(error).toMatchObject({ maybeApplied: true, message: expect.stringContaining('did not search') });
    expect(service.counts.lists).toBe(lists);
  });

  it.for([
    ['its signal', ({ sent }) => ({ signal: sent.signal })],
    ['its deadline', () => ({ deadlineMs: 500 })],
    [
      'the close of its view',
      ({ view, sent }) => {
        sent.signal.onabort = () => view.close();
        return {};
      },
    ],
    [
      "its timeout, with onUnknownOutcome: 'throw'",
      () => ({ timeoutMs: 500, onUnknownOutcome: 'throw' as const }),
    ],
    ['its timeout, with retry: false', () => ({ timeoutMs: 500, retry: false as const })],
  ] satisfies [string, (call: { view: PersonaClient; sent: AbortController }) => RequestOptions<Persona>][])(
    'claims no persona of an equal create that was ended by %s',
    async ([, end]) => {
      const service = createLossyService({
        nextOutcome: () => (service.counts.creates === 2 ? 'cut' : 'ok'),
      });
      const sent = new AbortController();
      const client = createTestClient({
        ...connectOptions,
        lateWriteWindowMs: 100,
        fetch: async (url, init) => {
          const response = await service.fetch(url, init);
          if (init?.method !== 'POST' || service.counts.creates > 1) return response;
          sent.abort();
          return new Promise<never>(() => {});
        },
      });
      const view = client.as({ token: 'token' });
      const error = await catchError(view.personas.create({ name: 'Ada' }, end({ view, sent })));
      expect(error).toMatchObject({ maybeApplied: true });
      await client.personas.create({ name: 'Ada' });
      expect(await service.stored()).toHaveLength(2);
      expect(service.counts.creates).toBe(3);
    },
  );

  it('doubles the delay before each repeated create', async () => {
    const service = createLossyService({ nextOutcome: () => 'cut' });
    const client = createTestClient({
      ...connectOptions,
      fetch: service.fetch,
      lateWriteWindowMs: 0,
      retry: { limit: 3, backoffMs: 10 },
    });
    const delays: number[] = [];
    client.on('retry', ({ delayMs }) => delays.push(delayMs));
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({ attempts: 4 });
    expect(delays).toEqual([10, 20, 40]);
  });
});

it('a service that ignores the page parameter does not lead to another create', async () => {
  const service = createLossyService({ nextOutcome: (name) => (name === 'Ada' ? 'cut' : 'ok') });
  const client = createTestClient({
    ...connectOptions,
    lateWriteWindowMs: 20,
    dialect: 'subresource',
    fetch: (url, init) => service.fetch(String(url).replace(/([?&])page=\d+/, '$1page=1'), init),
  });
  await createMany(client, makeItems(250), { onUnknownOutcome: 'throw' }).finish();
  await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
    maybeApplied: true,
    message: expect.stringContaining('the list repeats a page'),
  });
  expect(service.counts.creates).toBe(251);
});

describe('a run that stops after an error', () => {
  it('does not send an item again that fails with 503 meanwhile, and reports it', async () => {
    const { connect, service } = await startService({ seed: 2 });
    const client = connect({ breaker: false, retry: false });
    service.faults.add({ status: 503, delayMs: 100, match: { method: 'PUT', path: '/api/v1/personas/1' } });
    const updates = [
      { id: 1, data: { name: 'Ada' } },
      { id: 2, data: { name: '' } },
    ];
    const run = updateMany(client, updates, { stopOnError: true });
    const results = [];
    for await (const result of run) results.push(result);
    expect(results).toMatchObject([
      { index: 0, ok: false, error: { status: 503, maybeApplied: true } },
      { index: 1, ok: false, error: { code: 'invalid_input' } },
    ]);
    expect(run.summary).toMatchObject({ failed: 2, doubtful: [0] });
    expect(service.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('reports an item whose search it cuts short as doubtful', async () => {
    const service = createLossyService({
      nextOutcome: () => 'cut',
      failsNextList: () => service.counts.creates > 0,
    });
    const client = createTestClient({ ...connectOptions, fetch: service.fetch });
    const items = async function* () {
      yield { name: 'Ada' };
      while (service.counts.lists < 3) await new Promise((resolve) => setImmediate(resolve));
      yield { name: '' };
    };
    const run = createMany(client, items(), { onUnknownOutcome: 'reconcile', stopOnError: true });
    expect(await run.finish()).toMatchObject({ failed: 2, doubtful: [0] });
    expect(service.counts.creates).toBe(1);
  });
});

it('an update that finally fails delays the next update of that persona by the late-write window', async () => {
  const { connect, service } = await startService({ seed: 1 });
  const client = connect({ breaker: false, retry: false });
  const sentAt: number[] = [];
  client.on('request', () => sentAt.push(performance.now()));
  service.faults.add({ status: 504, times: 4, match: { method: 'PUT' } });
  const updates = ['First', 'Second'].map((name) => ({ id: 1, data: { name } }));
  const run = updateMany(client, updates, { lateWriteWindowMs: 400 });
  expect(await run.finish()).toMatchObject({ succeeded: 1, failed: 1, doubtful: [0] });
  expect((sentAt[4] ?? 0) - (sentAt[3] ?? 0)).toBeGreaterThanOrEqual(395);
});

it('after a lost create was found, the next create of that name does not wait for the late-write window', async () => {
  const service = createLossyService({
    nextOutcome: () => (service.counts.creates === 1 ? 'stored, cut' : 'ok'),
  });
  const client = createTestClient({ ...connectOptions, fetch: service.fetch, lateWriteWindowMs: 20_000 });
  const first = await client.personas.create({ name: 'Ada' });
  const startedAt = performance.now();
  const second = await client.personas.create({ name: 'Ada' });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(second.id).not.toBe(first.id);
  expect(await service.stored()).toHaveLength(2);
});

describe('a search on the published service', () => {
  const startPublished = (canRead: boolean) => {
    const service = createLossyService({
      published: true,
      nextOutcome: () => (service.counts.creates === 1 ? 'stored, cut' : 'ok'),
    });
    const fetch: typeof globalThis.fetch = async (url, init) =>
      /\/personas\/\d+$/.test(String(url)) && !canRead
        ? new Response('', { status: 500 })
        : service.fetch(url, init);
    return { service, client: createTestClient({ ...connectOptions, fetch, lateWriteWindowMs: 20 }) };
  };
  const item = { name: 'Ada', psychographic: { interests: ['hiking'] } };

  it('finds a persona whose lists are characters', async () => {
    const { service, client } = startPublished(true);
    expect(await client.personas.create(item)).toMatchObject(item);
    expect(service.counts.creates).toBe(1);
  });

  it('is inconclusive if the lists cannot be verified, and does not create the persona again', async () => {
    const { service, client } = startPublished(false);
    await expect(client.personas.create(item, { deadlineMs: 2_000 })).rejects.toMatchObject({
      maybeApplied: true,
      message: expect.stringContaining('could not be verified'),
    });
    expect(service.counts.creates).toBe(1);
  });

  it('is inconclusive also for createMany', async () => {
    const { service, client } = startPublished(false);
    const run = createMany(client, [item], {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 20,
      maxStallMs: 200,
    });
    const { value } = await run.next();
    expect(value).toMatchObject({ ok: false, error: { maybeApplied: true } });
    expect(service.counts.creates).toBe(1);
  });
});
