import { PersonaAbortError, type PersonaClient, PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { clientOf, serve } from '../../support/service.js';

/** Personas 1 to `count`, the last one first in the list, and something to be done before the n-th request of the walk. */
async function shelf(count: number, before: Record<number, () => Promise<unknown>> = {}) {
  const service = createPersonaService({ seed: false });
  onTestFinished(() => service.close());
  const other = clientOf({ fetch: service.fetch });
  for (let at = 1; at <= count; at++) await other.personas.create({ name: `Persona ${at}` });
  let asked = 0;
  const client = clientOf({
    dialect: 'subresource',
    fetch: async (input, init) => {
      await before[++asked]?.();
      return service.fetch(input as string, init);
    },
  });
  return { service, other, client, asked: () => asked };
}

async function idsOf(walk: AsyncIterable<{ id: number }>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of walk) ids.push(id);
  return ids;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

it('finds who was moved to the front while all that had been read was deleted', async () => {
  let other: PersonaClient | undefined;
  const world = await shelf(4, {
    2: async () => {
      await other?.personas.delete(4);
      await other?.personas.create({ name: 'New' });
      await other?.personas.update(2, { name: 'Moved' });
    },
  });
  other = world.other;
  const walk = world.client.personas.iterate({ perPage: 1 });
  expect((await idsOf(walk)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  expect(walk.report).toMatchObject({ complete: true, scans: 2, seen: 5 });
});

it('ends though the list grows as fast as it is read, and says that it is not complete', async () => {
  let other: PersonaClient | undefined;
  const grow = () => Promise.all([1, 2, 3].map(() => other?.personas.create({ name: 'New' })));
  const world = await shelf(6, new Proxy({}, { get: () => grow }));
  other = world.other;
  const walk = world.client.personas.iterate({ perPage: 2, maxScans: 2 });
  await idsOf(walk);
  expect(walk.report).toMatchObject({ complete: false, scans: 2 });
});

it('asks for nothing twice on a quiet list, but for a look whether it was quiet', async () => {
  const { client, asked } = await shelf(25);
  const walk = client.personas.iterate({ perPage: 10 });
  expect(walk.report).toEqual({ seen: 0, duplicates: 0, scans: 0, complete: false });
  expect(await idsOf(walk)).toEqual(range(1, 25).toReversed());
  expect(walk.report).toEqual({ seen: 25, duplicates: 0, scans: 1, complete: true });
  expect(asked()).toBe(4);
  await idsOf(client.personas.iterate({ perPage: 25 }));
  expect(asked()).toBe(5);
});

it('reads one page ahead, and no more', async () => {
  const { client, asked } = await shelf(25);
  const walk = client.personas.iterate({ perPage: 5 });
  const take = async (count: number) => {
    for (let at = 0; at < count; at++) await walk.next();
  };
  await take(1);
  await vi.waitFor(() => expect(asked()).toBe(2));
  await take(4);
  expect(asked()).toBe(2);
  await take(1);
  await vi.waitFor(() => expect(asked()).toBe(3));
  await take(4);
  expect(asked()).toBe(3);
});

it('counts the rows that came twice', async () => {
  let other: PersonaClient | undefined;
  const world = await shelf(6, { 2: async () => other?.personas.create({ name: 'New' }) });
  other = world.other;
  const walk = world.client.personas.iterate({ perPage: 2 });
  expect(await idsOf(walk)).toEqual([6, 5, 4, 3, 2, 1, 7]);
  expect(walk.report).toEqual({ seen: 7, duplicates: 1, scans: 2, complete: true });
});

it('deletes or updates all that it yields', async () => {
  const { client } = await shelf(40);
  let updated = 0;
  for await (const { id } of client.personas.iterate({ perPage: 7 })) {
    updated++;
    await client.personas.update(id, { name: 'Seen' });
  }
  expect(updated).toBe(40);
  for await (const { id } of client.personas.iterate({ perPage: 1 })) await client.personas.delete(id);
  expect((await client.personas.list()).total).toBe(0);
});

describe('checkpoint', () => {
  it('goes on with whom an earlier walk had not come by', async () => {
    const { client } = await shelf(30);
    const first: number[] = [];
    const walk = client.personas.iterate({ perPage: 4 });
    for await (const { id } of walk) if (first.push(id) === 11) break;
    const checkpoint = JSON.parse(JSON.stringify(walk.checkpoint())) as ReturnType<typeof walk.checkpoint>;
    expect(checkpoint).toEqual({ seen: [[20, 30]] });
    await client.personas.update(25, { name: 'Moved' });
    await client.personas.update(3, { name: 'Moved' });
    const rest = client.personas.iterate({ perPage: 4, checkpoint });
    expect((await idsOf(rest)).toSorted((a, b) => a - b)).toEqual(range(1, 19));
    expect(rest.report).toMatchObject({ complete: true, seen: 19 });
    expect(rest.checkpoint()).toEqual({ seen: [[1, 30]] });
  });

  it.each([
    [{}],
    [{ seen: 5 }],
    [{ seen: [1, 2] }],
    [{ seen: [[1]] }],
    [{ seen: [[1, 'x']] }],
    [{ seen: [[5, 1e15]] }],
    ['x'],
  ])('refuses %j', async (checkpoint) => {
    const { client, asked } = await shelf(0);
    const walk = client.personas.iterate({ checkpoint } as object);
    const { issues } = await failureOf(PersonaValidationError, walk.next());
    expect(issues.map(({ path }) => path)).toEqual([['checkpoint']]);
    expect(asked()).toBe(0);
  });
});

it('ends with an abort, the page read ahead included', async () => {
  const { url, connect } = await serve({ seed: 30, latencyMs: 10 });
  expect(url).toContain('http');
  const client = connect();
  const controller = new AbortController();
  const walk = client.personas.iterate({ perPage: 5 }, { signal: controller.signal });
  await walk.next();
  controller.abort(new Error('enough'));
  const error = await failureOf(PersonaAbortError, idsOf(walk));
  expect(error.cause).toEqual(new Error('enough'));
});

describe('toArray', () => {
  it('gives all, or those updated last', async () => {
    const { client, asked } = await shelf(12);
    expect((await client.personas.toArray()).length).toBe(12);
    const before = asked();
    expect((await client.personas.toArray({ limit: 3 })).map(({ id }) => id)).toEqual([12, 11, 10]);
    expect(await client.personas.toArray({ limit: 0 })).toEqual([]);
    expect(asked()).toBeLessThanOrEqual(before + 2);
  });

  it.each([-1, 1.5, Number.NaN, '5'])('refuses a limit of %s', async (limit) => {
    const { client, asked } = await shelf(0);
    await failureOf(PersonaValidationError, client.personas.toArray({ limit } as object));
    expect(asked()).toBe(0);
  });
});
