import { PersonaAbortError, type PersonaClient } from 'persona-client';
import {
  createMany,
  createPrivacy,
  deleteMany,
  type Journal,
  type RunOptions,
  updateMany,
} from 'persona-client/collections';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { deferred } from '../../support/pipeline.js';
import { startService } from '../../support/service.js';

const never = () => new Promise<never>(() => {});
async function* slowItems<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
  await never();
}

type Run = (client: PersonaClient, options: RunOptions) => Promise<unknown>;
type WithItems = (client: PersonaClient, items: never, options: RunOptions) => { finish(): Promise<unknown> };
const withItems =
  <Item>(
    start: WithItems,
    item: Item,
  ): ((client: PersonaClient, options: RunOptions, slow?: boolean) => Promise<unknown>) =>
  (client, options, slow) =>
    start(client, (slow ? slowItems(item) : [item]) as never, options).finish();

const BULK = {
  createMany: withItems(createMany as WithItems, { name: 'Ada' }),
  updateMany: withItems(updateMany as WithItems, { id: 1, data: { name: 'Ada' } }),
  deleteMany: withItems(deleteMany as WithItems, 1),
};
const purge: Run = (client, { journal: _, ...options }) =>
  createPrivacy(client).purge({ olderThan: new Date(Date.now() + 60_000), ...options });

/** How the client of a run is closed. */
const CLOSES: Readonly<
  Record<string, (client: PersonaClient) => { used: PersonaClient; close: () => void }>
> = {
  'the client': (client) => ({ used: client, close: () => client.close() }),
  'a view': (client) => {
    const used = client.as({ token: 'abc' });
    return { used, close: () => used.close() };
  },
  'the client of an endpoint': (client) => ({
    used: { personas: client.personas } as PersonaClient,
    close: () => client.close(),
  }),
  'the view of an endpoint': (client) => {
    const view = client.as({ token: 'abc' });
    return { used: { personas: view.personas } as PersonaClient, close: () => view.close() };
  },
  'the client of a view': (client) => ({ used: client.as({ token: 'abc' }), close: () => client.close() }),
};

async function setup() {
  const { service, connect } = await startService({ dialect: 'subresource', seed: 3 });
  const client = connect({ dialect: 'subresource', breaker: false, allowInsecureAuth: true });
  return { service, client };
}

/** Waits until the run only waits, then closes. The run must end at once. */
async function expectPromptEnd(
  run: Promise<unknown>,
  waits: Promise<unknown>,
  close: () => void,
  maybeApplied = true,
) {
  const failing = expectRejection(PersonaAbortError, run);
  await waits;
  const closedAt = performance.now();
  close();
  const error = await failing;
  expect(performance.now() - closedAt).toBeLessThan(2_500); // a journal has 2 s to end
  const effect = maybeApplied ? 'Items in flight may have been applied.' : 'It sent nothing.';
  expect(error.message).toContain(`was aborted because the client was closed. ${effect}`);
  expect(error.maybeApplied).toBe(maybeApplied);
}

describe.each(Object.keys(CLOSES))('closing %s ends a bulk run that only waits:', (how) => {
  const prepare = async () => {
    const { service, client } = await setup();
    const { used, close } = CLOSES[how]?.(client) ?? expect.fail();
    return { service, client, used, close };
  };

  it.each(Object.entries<Run>({ ...BULK, purge }))('%s, for Retry-After', async (_, run) => {
    const { service, client, used, close } = await prepare();
    service.faults.add({
      match: { path: /personas(\/\d+)?$/ },
      status: 503,
      headers: { 'retry-after': '3600' },
    });
    const refused = new Promise((resolve) => client.on('response', resolve));
    await expectPromptEnd(
      run(used, {}),
      refused.then(() => new Promise(setImmediate)),
      close,
    );
  });

  it.each(Object.entries(BULK))('%s, for the next item of its source', async (_, run) => {
    const { client, used, close } = await prepare();
    const responded = new Promise((resolve) => client.on('response', resolve));
    await expectPromptEnd(run(used, {}, true), responded, close);
  });

  /** Creates a journal, one of whose methods does not finish. `called` resolves when that method is called. */
  function createHangingJournal(method: keyof Journal): { journal: Journal; called: Promise<void> } {
    const { promise: called, resolve } = deferred<void>();
    const hang = () => {
      resolve();
      return never();
    };
    const methods = { open: async () => [], append: async () => {}, close: async () => {} };
    return { journal: { ...methods, [method]: hang }, called };
  }
  it.each(
    Object.entries(BULK).flatMap(([name, run]) =>
      (['open', 'append'] as const).map((method) => ({ name, run, method })),
    ),
  )('$name, for $method of its journal', async ({ run, method }) => {
    const { used, close } = await prepare();
    const { journal, called } = createHangingJournal(method);
    await expectPromptEnd(run(used, { journal }), called, close, false);
  });

  it('createMany, for the next search for a lost create', async () => {
    const { service, client, used, close } = await prepare();
    service.faults.add({ match: { method: 'POST' }, reset: true });
    const searched = new Promise<void>((resolve) => {
      let lists = 0;
      client.on('response', ({ call, status }) => {
        if (call === 'personas.list' && status === 200 && ++lists > 4) resolve();
      });
    });
    const run = createMany(used, [{ name: 'Ada' }], { onUnknownOutcome: 'reconcile' }).finish();
    await expectPromptEnd(run, searched, close);
  });
});

describe('a client that is closed', () => {
  it.each(Object.entries<Run>({ ...BULK, purge }))(
    'before %s starts ends the run before it reads an item',
    async (_, run) => {
      const { service, client } = await setup();
      client.close();
      await expectRejection(PersonaAbortError, run(client, {}));
      expect(service.requests).toEqual([]);
    },
  );

  it.each([
    ['close', (client: PersonaClient) => client.close()],
    ['abort', (_: PersonaClient, controller: AbortController) => controller.abort()],
  ])('ends a run whose caller was busy with a result during the %s', async (_, end) => {
    const { client } = await setup();
    const controller = new AbortController();
    const run = createMany(client, slowItems({ name: 'Ada' }), { signal: controller.signal });
    expect((await run.next()).value).toMatchObject({ ok: true });
    end(client, controller);
    await new Promise(setImmediate);
    await expectRejection(PersonaAbortError, run.next());
    expect(run.summary).toMatchObject({ succeeded: 1, failed: 0, complete: false });
    expect(run.summary).not.toHaveProperty('stopError');
  });

  it('does not wait for a journal that never closes', async () => {
    const { client } = await setup();
    const journal = { open: async () => [], append: async () => {}, close: never };
    const run = createMany(client, [{ name: 'Ada' }], { journal });
    const finished = run.finish();
    await vi.waitFor(() => expect(run.summary.complete).toBe(true), 10_000);
    client.close();
    expect(await finished).toMatchObject({ succeeded: 1, complete: true });
  });

  it('ends the wait of privacy.erase for Retry-After', async () => {
    const { service, client } = await setup();
    service.faults.add({ match: { method: 'DELETE' }, status: 503, headers: { 'retry-after': '9' } });
    const refused = new Promise<void>((resolve) =>
      client.on('callEnd', ({ call }) => call === 'personas.delete' && resolve()),
    );
    const erasing = expectRejection(PersonaAbortError, createPrivacy(client).erase(1));
    await refused.then(() => new Promise(setImmediate));
    const closedAt = performance.now();
    client.close();
    const error = await erasing;
    expect(performance.now() - closedAt).toBeLessThan(1_500);
    expect(error.maybeApplied).toBe(true);
  });
});

describe('onClose', () => {
  it('tells each listener once, also one that is added after the close', async () => {
    const { client } = await setup();
    const view = client.as({ token: 'abc' });
    const calls: string[] = [];
    client.onClose(() => calls.push('client'));
    view.onClose(() => calls.push('view'));
    client.onClose(() => calls.push('removed'))();
    client.close();
    client.close();
    view.close();
    view.onClose(() => calls.push('late'));
    expect(calls).toEqual(['client', 'view', 'late']);
  });

  it('reports a listener that throws or rejects, and calls the others', async () => {
    const { client } = await setup();
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => report.mockRestore());
    const calls: string[] = [];
    client.onClose(() => expect.fail('thrown'));
    client.onClose(async () => expect.fail('rejected'));
    client.onClose(() => calls.push('last'));
    client.close();
    await vi.waitFor(() => expect(report).toHaveBeenCalledTimes(2));
    expect(calls).toEqual(['last']);
  });

  it('of a view does not concern its client', async () => {
    const { client } = await setup();
    const calls: string[] = [];
    client.onClose(() => calls.push('client'));
    client.as({ token: 'abc' }).close();
    expect(calls).toEqual([]);
  });
});

describe.each(['close', 'abort'] as const)('%s of a run with items in flight', (how) => {
  it.each<
    [
      string,
      (client: PersonaClient, signal: AbortSignal) => ReturnType<typeof deleteMany | typeof createMany>,
    ]
  >([
    [
      'createMany',
      (client, signal) => createMany(client, Array(9).fill({ name: 'Ada' }), { signal, concurrency: 3 }),
    ],
    ['deleteMany', (client, signal) => deleteMany(client, [1, 2, 3, 4, 5], { signal, concurrency: 3 })],
  ])('lists their positions in summary.doubtful: %s', async (_, start) => {
    const { service, client } = await setup();
    service.faults.add({ match: { method: 'POST' }, stall: true });
    service.faults.add({ match: { method: 'DELETE' }, stall: true });
    const controller = new AbortController();
    const run = start(client, controller.signal);
    let sent = 0;
    const inFlight = new Promise<void>((resolve) => client.on('request', () => ++sent === 3 && resolve()));
    const finished = expectRejection(PersonaAbortError, run.finish());
    await inFlight;
    if (how === 'close') client.close();
    else controller.abort();
    expect((await finished).maybeApplied).toBe(true);
    expect(run.summary).toMatchObject({ failed: 0, complete: false, doubtful: [0, 1, 2] });
    expect(run.summary.advice).toContain('doubtful items');
  });

  it('lists no position that was not sent', async () => {
    const { service, client } = await setup();
    service.faults.add({ match: { method: 'POST' }, status: 429, headers: { 'retry-after': '3600' } });
    const controller = new AbortController();
    const run = createMany(client, [{ name: 'Ada' }], { signal: controller.signal });
    const refused = new Promise((resolve) =>
      client.on('response', ({ status }) => status === 429 && resolve(0)),
    );
    const finished = expectRejection(PersonaAbortError, run.finish());
    await refused;
    if (how === 'close') client.close();
    else controller.abort();
    await finished;
    expect(run.summary.doubtful).toEqual([]);
  });
});
