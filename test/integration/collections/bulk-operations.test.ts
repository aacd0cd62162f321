import { PersonaAbortError, PersonaValidationError } from 'persona-client';
import {
  createMany,
  deleteMany,
  type ItemResult,
  type RunSummary,
  updateMany,
} from 'persona-client/collections';
import { describe, expect, it, vi } from 'vitest';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { makeItems } from '../../support/personas.js';
import { DIALECTS, listNames, startService } from '../../support/service.js';

async function* toStream<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

async function collectResults<Item, Value>(run: AsyncIterable<ItemResult<Item, Value>>) {
  const results: ItemResult<Item, Value>[] = [];
  for await (const result of run) results.push(result);
  return results;
}

describe.each(DIALECTS)('bulk operations, %s', (dialect) => {
  it('creates, updates and deletes personas, with one result per item in the order of the items', async () => {
    const { connect } = await startService({ dialect, seed: false });
    const client = connect();
    const created = await collectResults(createMany(client, toStream(makeItems(250)), { concurrency: 8 }));
    expect(created.map(({ index }) => index)).toEqual(Array.from({ length: 250 }, (_, index) => index));
    const personas = created.map((result) => (result.ok ? result.value : undefined));
    expect(personas.map((persona) => persona?.name)).toEqual(makeItems(250).map(({ name }) => name));

    const updates = personas.map((persona) => ({
      id: persona?.id ?? 0,
      data: { name: `${persona?.name}!` },
    }));
    expect(await updateMany(client, updates).finish()).toMatchObject({
      succeeded: 250,
      failed: 0,
      complete: true,
    });
    expect(await listNames(client)).toEqual(
      makeItems(250)
        .map(({ name }) => `${name}!`)
        .toSorted(),
    );

    const deleted = await deleteMany(client, client.personas.iterate()).finish();
    expect(deleted).toMatchObject({ succeeded: 250, failed: 0, complete: true });
    expect(await listNames(client)).toEqual([]);
  });

  it('reports each invalid item at its index and creates the others', async () => {
    const { connect } = await startService({ dialect, seed: false });
    const client = connect();
    const invalidRow = new PersonaValidationError('row 3: no closing quote', {
      issues: [{ path: ['row 3'], message: 'no closing quote' }],
    });
    const items = [
      { name: 'Ada' },
      { name: 5 },
      null,
      invalidRow,
      { name: 'Grace', demographic: { age: '85' } },
    ];
    const results = await collectResults(createMany(client, [...items, { name: 'Joan' }] as never));
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
    expect(await listNames(client)).toEqual(['Ada', 'Joan']);
  });
});

it('refuses an item of updateMany with an unknown property, and suggests the known one', async () => {
  const { connect, service } = await startService({ seed: 2 });
  const client = connect();
  const { updated_at } = await client.personas.get(1);
  const items = [
    { id: 1, data: { name: 'Ada' }, ifUnmodifedSince: updated_at },
    { id: 1, dta: { name: 'Ada' } },
    { id: 2, data: { name: 'Grace' }, note: 'x' },
    { id: 2, data: { name: 'Joan' } },
  ];
  for (const source of [items, toStream(items)]) {
    const results = await collectResults(updateMany(client, source as never));
    expect(results.map((result) => (result.ok ? result.value?.name : result.error.message))).toEqual([
      expect.stringContaining('ifUnmodifedSince: is not known. Did you mean ifUnmodifiedSince?'),
      expect.stringContaining('dta: is not known. Did you mean data?'),
      expect.stringContaining('note: is not known. Use one of id, data, ifUnmodifiedSince'),
      'Joan',
    ]);
  }
  expect(service.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
});

it.each([undefined, null, ''])(
  'refuses an item of updateMany whose ifUnmodifiedSince is %o',
  async (value) => {
    const { connect, service } = await startService({ seed: 1 });
    const items = [{ id: 1, data: { name: 'Ada' }, ifUnmodifiedSince: value as string }];
    for (const source of [items, toStream(items)]) {
      const [result] = await collectResults(updateMany(connect(), source));
      expect(result?.ok === false && result.error.message).toContain(
        'ifUnmodifiedSince: must be the updated_at',
      );
    }
    expect(service.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  },
);

it('applies updates of the same persona in the order of the items', async () => {
  const { connect } = await startService({ seed: 1 });
  const client = connect();
  const updates = Array.from({ length: 50 }, (_, index) => ({ id: 1, data: { name: `Name ${index}` } }));
  expect(await updateMany(client, updates).finish()).toMatchObject({ succeeded: 50 });
  expect((await client.personas.get(1)).name).toBe('Name 49');
});

it('reads no items before the first result is requested, and then a bounded number ahead', async () => {
  const { connect } = await startService({ seed: false });
  let readCount = 0;
  function* items() {
    for (; readCount < 10_000; readCount++) yield { name: `Persona ${readCount}` };
  }
  const run = createMany(connect(), items(), { concurrency: 4 });
  expect(readCount).toBe(0);
  await run.next();
  await vi.waitFor(() => expect(run.summary.succeeded).toBeGreaterThanOrEqual(64));
  expect(readCount).toBeLessThan(100);
  await run.return();
  expect(readCount).toBeLessThan(100);
});

it('closes the item iterator when the caller leaves the loop', async () => {
  const { connect } = await startService({ seed: false });
  let closed = false;
  async function* items() {
    try {
      yield* makeItems(1_000);
    } finally {
      closed = true;
    }
  }
  for await (const { index } of createMany(connect(), items(), { concurrency: 2 })) if (index === 5) break;
  expect(closed).toBe(true);
});

it('stops reading items after the first failure with stopOnError', async () => {
  const { connect, service } = await startService({ seed: false });
  const items = makeItems(500).map((item, index) => (index === 10 ? { name: '' } : item));
  const run = createMany(connect(), items, { concurrency: 2, stopOnError: true });
  const results = await collectResults(run);
  expect(results.filter(({ ok }) => !ok).map(({ index }) => index)).toEqual([10]);
  expect(run.summary).toMatchObject({ failed: 1, complete: false });
  expect(service.requests.length).toBeLessThan(20);
});

it('aborts the requests in flight and rejects with PersonaAbortError', async () => {
  const { connect, service } = await startService({ seed: false, latencyMs: 20 });
  const controller = new AbortController();
  const run = createMany(connect(), makeItems(1_000), { signal: controller.signal, concurrency: 4 });
  await run.next();
  controller.abort(new Error('enough'));
  const error = await expectRejection(PersonaAbortError, run.next());
  expect((error as PersonaAbortError).cause).toEqual(new Error('enough'));
  const sent = service.requests.length;
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(service.requests.length).toBe(sent);
});

it('does not wait for an item iterator that never settles', async () => {
  const { connect } = await startService({ seed: false });
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

it('waits until the item iterator has cleaned up after the caller leaves the loop', async () => {
  const { connect } = await startService({ seed: false });
  let hasCleanedUp = false;
  async function* items() {
    try {
      yield* makeItems(1_000);
    } finally {
      await new Promise((resolve) => setTimeout(resolve, 50)); // such as closing a file
      hasCleanedUp = true;
    }
  }
  for await (const _ of createMany(connect(), items(), { concurrency: 1 })) break;
  expect(hasCleanedUp).toBe(true);
});

describe('stopOnError', () => {
  it('ends the run although the item iterator never settles', async () => {
    const { connect } = await startService({ seed: false });
    async function* items() {
      yield { name: '' };
      await new Promise(() => {});
    }
    const run = createMany(connect(), items(), { stopOnError: true });
    const summary = await run.finish();
    expect(summary).toMatchObject({ failed: 1, complete: false, stopError: { code: 'invalid_input' } });
  });

  it('ends the run although the item iterator never cleans up', async () => {
    const { connect } = await startService({ seed: false });
    const items = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: { name: '' } }) as const,
        return: () => new Promise<never>(() => {}),
      }),
    };
    const summary = await createMany(connect(), items, { stopOnError: true }).finish();
    expect(summary).toMatchObject({ complete: false, stopError: { code: 'invalid_input' } });
  });
});

it.each([undefined, null, 42, {}])(
  'throws PersonaValidationError if the items are not iterable: %o',
  async (items) => {
    const { connect } = await startService({ seed: false });
    const error = expectThrow(PersonaValidationError, () => createMany(connect(), items as never));
    expect(error.issues).toEqual([{ path: ['items'], message: 'must be an iterable' }]);
  },
);

it('fails only the item that cannot be read, and closes the item iterator', async () => {
  const { connect } = await startService({ seed: false });
  let isClosed = false;
  function* items() {
    try {
      yield { name: 'Ada' };
      yield {
        get name(): string {
          throw new RangeError('bug in a getter');
        },
      };
      yield* makeItems(10);
    } finally {
      isClosed = true;
    }
  }
  expect(await createMany(connect(), items()).finish()).toMatchObject({
    succeeded: 11,
    failed: 1,
    complete: true,
  });
  expect(isClosed).toBe(true);
});

it('rejects with the error of an async onProgress', async () => {
  const { connect } = await startService({ seed: false });
  const onProgress = async () => {
    throw new RangeError('bug in onProgress');
  };
  const run = createMany(connect(), makeItems(100), { onProgress, concurrency: 1 });
  await expect(run.finish()).rejects.toThrow('bug in onProgress');
  expect(run.summary.succeeded).toBeLessThan(50);
});

describe('an aborted run does not wait for a journal', () => {
  const hang = () => new Promise<never>(() => {});
  it.each(['open', 'entries', 'append', 'close'])('whose %s never settles', async (name) => {
    const { connect } = await startService({ seed: false });
    const journal = {
      open: async () => (name === 'entries' ? { [Symbol.asyncIterator]: () => ({ next: hang }) } : []),
      append: async () => {},
      close: async () => {},
      ...(name !== 'entries' && { [name]: hang }),
    };
    const controller = new AbortController();
    const run = createMany(connect(), makeItems(10), { journal, signal: controller.signal });
    const finished = run.finish();
    if (name === 'close') await vi.waitFor(() => expect(run.summary.complete).toBe(true), 10_000);
    setTimeout(() => controller.abort(), 100);
    if (name === 'close') expect(await finished).toMatchObject({ succeeded: 10, complete: true });
    else await expect(finished).rejects.toBeInstanceOf(PersonaAbortError);
  });

  it('that opens after the abort, and closes it', async () => {
    const { connect } = await startService({ seed: false });
    let finishOpening = () => {};
    const opened = new Promise<void>((resolve) => {
      finishOpening = resolve;
    });
    const close = vi.fn(async () => {});
    const journal = { open: () => opened.then(() => []), append: async () => {}, close };
    const controller = new AbortController();
    const finished = createMany(connect(), makeItems(10), { journal, signal: controller.signal }).finish();
    setTimeout(() => controller.abort(), 20);
    await expect(finished).rejects.toBeInstanceOf(PersonaAbortError);
    finishOpening();
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1));
  });
});

it('rethrows an error of the item iterator after the results that precede it', async () => {
  const { connect } = await startService({ seed: false });
  async function* items() {
    yield* makeItems(5);
    throw new RangeError('the file ends in the middle');
  }
  const run = createMany(connect(), items());
  const seen: number[] = [];
  const consumed = (async () => {
    for await (const { index } of run) seen.push(index);
  })();
  await expect(consumed).rejects.toThrow('the file ends in the middle');
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(run.summary.complete).toBe(false);
});

it('calls onProgress after every item', async () => {
  const { connect } = await startService({ seed: false });
  const progress: number[] = [];
  const onProgress = ({ succeeded, failed }: RunSummary) => void progress.push(succeeded + failed);
  await createMany(connect(), [...makeItems(20), { name: '' }], { onProgress }).finish();
  expect(progress).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
});

describe('throws PersonaValidationError synchronously for an invalid option', () => {
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
    const { connect } = await startService();
    const error = expectThrow(PersonaValidationError, () => createMany(connect(), [], { [option]: value }));
    expect(error.issues.map(({ path }) => path)).toEqual([[option]]);
  });

  it('onUnknownOutcome is an option of createMany only', async () => {
    const { connect } = await startService();
    expectThrow(PersonaValidationError, () =>
      deleteMany(connect(), [], { onUnknownOutcome: 'throw' } as object),
    );
  });
});
