import {
  type IterationCheckpoint,
  PersonaAbortError,
  type PersonaClient,
  PersonaValidationError,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ChangingList } from '../../support/changing-list.js';
import { expectRejection } from '../../support/failures.js';
import { createTestClient, startService } from '../../support/service.js';

/**
 * Creates personas 1 to `count`. The newest is first in the list.
 *
 * @param beforeRequest What to do before the nth request of the iteration.
 */
async function setup(count: number, beforeRequest: Record<number, () => Promise<unknown>> = {}) {
  const service = createPersonaService({ seed: false });
  onTestFinished(() => service.close());
  const otherClient = createTestClient({ fetch: service.fetch });
  for (let index = 1; index <= count; index++)
    await otherClient.personas.create({ name: `Persona ${index}` });
  let requestCount = 0;
  const client = createTestClient({
    dialect: 'subresource',
    fetch: async (input, init) => {
      await beforeRequest[++requestCount]?.();
      return service.fetch(input as string, init);
    },
  });
  return { service, otherClient, client, requestCount: () => requestCount };
}

async function collectIds(personas: AsyncIterable<{ id: number }>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of personas) ids.push(id);
  return ids;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

it('finds a persona that moves to the front while the rows read before are deleted', async () => {
  let otherClient: PersonaClient | undefined;
  const fixture = await setup(4, {
    2: async () => {
      await otherClient?.personas.create({ name: 'New' });
      await otherClient?.personas.delete(4);
      await otherClient?.personas.update(2, { name: 'Moved' });
    },
  });
  otherClient = fixture.otherClient;
  const iterator = fixture.client.personas.iterate({ perPage: 1 });
  expect((await collectIds(iterator)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  expect(iterator.report).toMatchObject({ complete: true, scans: 2, yielded: 5 });
});

it('stops after maxScans if the list keeps growing, and reports that it is incomplete', async () => {
  let otherClient: PersonaClient | undefined;
  const grow = () => Promise.all([1, 2, 3].map(() => otherClient?.personas.create({ name: 'New' })));
  const fixture = await setup(6, new Proxy({}, { get: () => grow }));
  otherClient = fixture.otherClient;
  const iterator = fixture.client.personas.iterate({ perPage: 2, maxScans: 2 });
  await collectIds(iterator);
  expect(iterator.report).toMatchObject({ complete: false, scans: 2 });
});

it('requests each page of an unchanged list once, plus one request to detect changes', async () => {
  const { client, requestCount } = await setup(25);
  const iterator = client.personas.iterate({ perPage: 10 });
  expect(iterator.report).toEqual({
    yielded: 0,
    duplicates: 0,
    scans: 0,
    total: 0,
    unseen: 0,
    complete: false,
  });
  expect(await collectIds(iterator)).toEqual(range(1, 25).toReversed());
  expect(iterator.report).toEqual({
    yielded: 25,
    duplicates: 0,
    scans: 1,
    total: 25,
    unseen: 0,
    complete: true,
    nextUpdatedSince: expect.stringMatching(/Z$/),
  });
  expect(requestCount()).toBe(4);
  await collectIds(client.personas.iterate({ perPage: 26 }));
  expect(requestCount()).toBe(5);
});

it('requests one more page if the last page is full, because the total may be too low', async () => {
  const { client, requestCount } = await setup(20);
  const iterator = client.personas.iterate({ perPage: 20 });
  expect(await collectIds(iterator)).toEqual(range(1, 20).toReversed());
  expect(iterator.report).toMatchObject({ scans: 1, total: 20, complete: true });
  expect(requestCount()).toBe(2);
  await collectIds(client.personas.iterate({ perPage: 10 }));
  expect(requestCount()).toBe(6);
});

it('reads exactly one page ahead', async () => {
  const { client, requestCount } = await setup(25);
  const iterator = client.personas.iterate({ perPage: 5 });
  const take = async (count: number) => {
    for (let index = 0; index < count; index++) await iterator.next();
  };
  await take(1);
  await vi.waitFor(() => expect(requestCount()).toBe(2));
  await take(4);
  expect(requestCount()).toBe(2);
  await take(1);
  await vi.waitFor(() => expect(requestCount()).toBe(3));
  await take(4);
  expect(requestCount()).toBe(3);
});

it('counts rows that were returned twice', async () => {
  let otherClient: PersonaClient | undefined;
  const fixture = await setup(6, { 2: async () => otherClient?.personas.create({ name: 'New' }) });
  otherClient = fixture.otherClient;
  const iterator = fixture.client.personas.iterate({ perPage: 2 });
  expect(await collectIds(iterator)).toEqual([6, 5, 4, 3, 2, 1, 7]);
  expect(iterator.report).toMatchObject({ yielded: 7, duplicates: 1, scans: 2, complete: true });
});

it('yields every persona while the caller updates or deletes each one', async () => {
  const { client } = await setup(40);
  let updated = 0;
  for await (const { id } of client.personas.iterate({ perPage: 7 })) {
    updated++;
    await client.personas.update(id, { name: 'Seen' });
  }
  expect(updated).toBe(40);
  for await (const { id } of client.personas.iterate({ perPage: 1 })) await client.personas.delete(id);
  expect((await client.personas.list()).total).toBe(0);
});

/** The ids in a checkpoint, sorted. */
const expandIds = ({ idRanges, createdLater = [] }: IterationCheckpoint) =>
  [...idRanges.flatMap(([first, last]) => range(first, last)), ...createdLater.map(([id]) => id)].toSorted(
    (a, b) => a - b,
  );

it.each<[string, (list: ChangingList) => void, (total: number, requests: number) => number]>([
  ['replicas disagree about the total', () => {}, (total, requests) => total - (requests % 2)],
  [
    'another client deletes the oldest persona before each request',
    (list) => list.delete(Math.min(...list.rows.map(({ id }) => id))),
    (total) => total,
  ],
])('reads the whole list although %s', async (_, change, toTotal) => {
  const list = new ChangingList();
  for (let index = 0; index < 500; index++) {
    list.nowMs += 1_000;
    list.create('x');
  }
  list.onRequest = change;
  const client = createTestClient({
    dialect: 'subresource',
    fetch: async (input) => {
      const body = await (await list.fetch(input)).json();
      return Response.json({ ...body, total: toTotal(body.total, list.requests) });
    },
  });
  const ids = await collectIds(client.personas.iterate({ perPage: 10, maxScans: 1 }));
  for (const { id } of list.rows) expect(ids).toContain(id);
  expect(list.requests).toBeLessThanOrEqual(150);
});

describe('checkpoint', () => {
  it('yields only personas that the earlier iteration had not yielded', async () => {
    const { client } = await setup(30);
    const firstIds: number[] = [];
    const iterator = client.personas.iterate({ perPage: 4 });
    for await (const { id } of iterator) if (firstIds.push(id) === 11) break;
    const checkpoint = JSON.parse(JSON.stringify(iterator.checkpoint())) as ReturnType<
      typeof iterator.checkpoint
    >;
    expect(expandIds(checkpoint)).toEqual(range(20, 30));
    await client.personas.update(25, { name: 'Moved' });
    await client.personas.update(3, { name: 'Moved' });
    const resumed = client.personas.iterate({ perPage: 4, checkpoint });
    expect((await collectIds(resumed)).toSorted((a, b) => a - b)).toEqual(range(1, 19));
    expect(resumed.report).toMatchObject({ complete: true, yielded: 19 });
    expect(expandIds(resumed.checkpoint())).toEqual(range(1, 30));
  });

  it.each([
    [{}],
    [{ idRanges: 5 }],
    [{ idRanges: [1, 2] }],
    [{ idRanges: [[1]] }],
    [{ idRanges: [[1, 'x']] }],
    [{ idRanges: [[5, 1e15]] }],
    [{ idRanges: [], startedAt: 'yesterday' }],
    [{ idRanges: [], createdLater: [[1]] }],
    [{ idRanges: [], createdLater: [['1', '2026-01-01T00:00:00Z']] }],
    ['x'],
  ])('rejects the invalid checkpoint %j', async (checkpoint) => {
    const { client, requestCount } = await setup(0);
    const iterator = client.personas.iterate({ checkpoint } as object);
    const { issues } = await expectRejection(PersonaValidationError, iterator.next());
    expect(issues.map(({ path }) => path)).toEqual([['checkpoint']]);
    expect(requestCount()).toBe(0);
  });
});

it('aborts the page that is read ahead and rejects with PersonaAbortError', async () => {
  const { url, connect } = await startService({ seed: 30, latencyMs: 10 });
  expect(url).toContain('http');
  const client = connect();
  const controller = new AbortController();
  const iterator = client.personas.iterate({ perPage: 5 }, { signal: controller.signal });
  await iterator.next();
  controller.abort(new Error('enough'));
  const error = await expectRejection(PersonaAbortError, collectIds(iterator));
  expect(error.cause).toEqual(new Error('enough'));
});

describe('toArray', () => {
  it('returns all personas, or the most recently updated ones with a limit', async () => {
    const { client, requestCount } = await setup(12);
    expect((await client.personas.toArray()).length).toBe(12);
    const before = requestCount();
    expect((await client.personas.toArray({ limit: 3 })).map(({ id }) => id)).toEqual([12, 11, 10]);
    expect(await client.personas.toArray({ limit: 0 })).toEqual([]);
    expect(requestCount()).toBeLessThanOrEqual(before + 2);
  });

  it.each([-1, 1.5, Number.NaN, '5'])('rejects a limit of %s', async (limit) => {
    const { client, requestCount } = await setup(0);
    await expectRejection(PersonaValidationError, client.personas.toArray({ limit } as object));
    expect(requestCount()).toBe(0);
  });
});
