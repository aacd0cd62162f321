import { PersonaAbortError, type PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, deleteMany, type ItemResult, updateMany } from 'persona-client/collections';
import { describe, expect, it, vi } from 'vitest';
import { thrownBy } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

const named = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `Persona ${at}` }));

async function* streamed<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

async function everyone(client: PersonaClient): Promise<string[]> {
  return (await client.personas.toArray()).map(({ name }) => name).toSorted();
}

async function resultsOf<Item, Value>(run: AsyncIterable<ItemResult<Item, Value>>) {
  const results: ItemResult<Item, Value>[] = [];
  for await (const result of run) results.push(result);
  return results;
}

describe.each(DIALECTS)('%s', (dialect) => {
  it('creates, changes and deletes, with a result per item in the order of the items', async () => {
    const { connect } = await serve({ dialect, seed: false });
    const client = connect();
    const created = await resultsOf(createMany(client, streamed(named(250)), { concurrency: 8 }));
    expect(created.map(({ index }) => index)).toEqual(Array.from({ length: 250 }, (_, at) => at));
    const people = created.map((result) => (result.ok ? result.value : undefined));
    expect(people.map((persona) => persona?.name)).toEqual(named(250).map(({ name }) => name));

    const changes = people.map((persona) => ({ id: persona?.id ?? 0, data: { name: `${persona?.name}!` } }));
    expect(await updateMany(client, changes).finish()).toMatchObject({
      done: 250,
      failed: 0,
      complete: true,
    });
    expect(await everyone(client)).toEqual(
      named(250)
        .map(({ name }) => `${name}!`)
        .toSorted(),
    );

    const deleted = await deleteMany(client, client.personas.iterate()).finish();
    expect(deleted).toMatchObject({ done: 250, failed: 0, complete: true });
    expect(await everyone(client)).toEqual([]);
  });

  it('reports bad items at their place, and brings in the rest', async () => {
    const { connect } = await serve({ dialect, seed: false });
    const client = connect();
    const broken = new PersonaValidationError('row 3: no closing quote', {
      issues: [{ path: ['row 3'], message: 'no closing quote' }],
    });
    const items = [{ name: 'Ada' }, { name: '' }, null, broken, { name: 'Grace', demographic: { age: 200 } }];
    const results = await resultsOf(createMany(client, [...items, { name: 'Joan' }] as never));
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false, false, false, true]);
    const issues = results.map((result) =>
      result.ok ? [] : (result.error as PersonaValidationError).issues,
    );
    expect(issues.map(([issue]) => issue?.path)).toEqual([
      undefined,
      ['name'],
      ['data'],
      ['row 3'],
      ['demographic', 'age'],
      undefined,
    ]);
    expect(await everyone(client)).toEqual(['Ada', 'Joan']);
  });
});

it('applies items about one persona in their order', async () => {
  const { connect } = await serve({ seed: 1 });
  const client = connect();
  const changes = Array.from({ length: 50 }, (_, at) => ({ id: 1, data: { name: `Name ${at}` } }));
  expect(await updateMany(client, changes).finish()).toMatchObject({ done: 50 });
  expect((await client.personas.get(1)).name).toBe('Name 49');
});

it('reads no further than it must, and only when results are taken', async () => {
  const { connect } = await serve({ seed: false });
  let read = 0;
  function* items() {
    for (; read < 10_000; read++) yield { name: `Persona ${read}` };
  }
  const run = createMany(connect(), items(), { concurrency: 4 });
  expect(read).toBe(0);
  await run.next();
  await vi.waitFor(() => expect(run.summary.done).toBeGreaterThanOrEqual(64));
  expect(read).toBeLessThan(100);
  await run.return();
  expect(read).toBeLessThan(100);
});

it('ends the reader of its items when the loop is left', async () => {
  const { connect } = await serve({ seed: false });
  let closed = false;
  async function* items() {
    try {
      yield* named(1_000);
    } finally {
      closed = true;
    }
  }
  for await (const { index } of createMany(connect(), items(), { concurrency: 2 })) if (index === 5) break;
  expect(closed).toBe(true);
});

it('stops at the first failure where that is wanted', async () => {
  const { connect, service } = await serve({ seed: false });
  const items = named(500).map((item, at) => (at === 10 ? { name: '' } : item));
  const run = createMany(connect(), items, { concurrency: 2, stopOnError: true });
  const results = await resultsOf(run);
  expect(results.filter(({ ok }) => !ok).map(({ index }) => index)).toEqual([10]);
  expect(run.summary).toMatchObject({ failed: 1, complete: false });
  expect(service.requests.length).toBeLessThan(20);
});

it('ends with an abort, requests in flight included', async () => {
  const { connect, service } = await serve({ seed: false, latencyMs: 20 });
  const controller = new AbortController();
  const run = createMany(connect(), named(1_000), { signal: controller.signal, concurrency: 4 });
  await run.next();
  controller.abort(new Error('enough'));
  const error = await run.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PersonaAbortError);
  expect((error as PersonaAbortError).cause).toEqual(new Error('enough'));
  const sent = service.requests.length;
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(service.requests.length).toBe(sent);
});

it('does not wait for a reader that never answers', async () => {
  const { connect } = await serve({ seed: false });
  const controller = new AbortController();
  async function* items() {
    yield { name: 'Ada' };
    await new Promise(() => {});
  }
  const run = createMany(connect(), items(), { signal: controller.signal });
  await run.next();
  const next = run.next();
  controller.abort();
  await expect(next).rejects.toBeInstanceOf(PersonaAbortError);
});

it('passes on what the reader of its items throws, after the results before', async () => {
  const { connect } = await serve({ seed: false });
  async function* items() {
    yield* named(5);
    throw new RangeError('the file ends in the middle');
  }
  const run = createMany(connect(), items());
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { index } of run) seen.push(index);
  })();
  await expect(reading).rejects.toThrow('the file ends in the middle');
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(run.summary.complete).toBe(false);
});

it('tells how far it is', async () => {
  const { connect } = await serve({ seed: false });
  const told: number[] = [];
  const onProgress = ({ done, failed }: { done: number; failed: number }) => void told.push(done + failed);
  await createMany(connect(), [...named(20), { name: '' }], { onProgress }).finish();
  expect(told).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
});

describe('an impossible option is refused at once', () => {
  it.each([
    ['concurrency', 0],
    ['concurrency', 1.5],
    ['stopOnError', 'yes'],
    ['signal', {}],
    ['onProgress', 5],
    ['journal', {}],
    ['maxStallMs', -1],
    ['onUnknownOutcome', 'maybe'],
    ['lateWriteWindowMs', -5],
    ['perPage', 5],
  ])('%s: %o', async (option, value) => {
    const { connect } = await serve();
    const error = thrownBy(PersonaValidationError, () => createMany(connect(), [], { [option]: value }));
    expect(error.issues.map(({ path }) => path)).toEqual([[option]]);
  });

  it('onUnknownOutcome, for anything but creates', async () => {
    const { connect } = await serve();
    thrownBy(PersonaValidationError, () =>
      deleteMany(connect(), [], { onUnknownOutcome: 'throw' } as object),
    );
  });
});
