import {
  type ClientOptions,
  PersonaAbortError,
  PersonaAuthenticationError,
  type PersonaClient,
} from 'persona-client';
import {
  type CollectionRun,
  createMany,
  createPrivacy,
  deleteMany,
  type Journal,
  type JournalEntry,
  type RunOptions,
  updateMany,
} from 'persona-client/collections';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ADMIN, USERS } from '../../support/auth.js';
import { createTestClient } from '../../support/service.js';
import { installFakeTime, pass } from '../../support/timed-auth.js';

installFakeTime();

const ITEMS = 10_000;
const READ_AHEAD = 16 * 20;
const DEADLINE_MS = 30_000; // the default of `deadlineMs`
const MAX_STALL_MS = 40_000;

type Fetch = typeof globalThis.fetch;

const refuse =
  (code: string): Fetch =>
  () =>
    Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
const respond =
  (status: number, headers: Record<string, string> = {}): Fetch =>
  async () =>
    Response.json({ message: 'No', error: 'x' }, { status, headers });
const hang: Fetch = (_url, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });

/** The ways in which a service refuses every request. */
const REFUSALS: Readonly<Record<string, Fetch>> = {
  'connections refused': refuse('ECONNREFUSED'),
  'connections reset': refuse('ECONNRESET'),
  '429 with Retry-After: 3600': respond(429, { 'retry-after': '3600' }),
  '503 with Retry-After: 3600': respond(503, { 'retry-after': '3600' }),
  '503': respond(503),
  '500': respond(500),
  'no response': hang,
};

/** Starts a service in this process that works until `state.refuse` is set. */
function setup(options: ClientOptions = {}, auth?: { users: typeof USERS }) {
  const service = createPersonaService({ seed: 400, ...(auth && { auth }) });
  onTestFinished(() => service.close());
  const state: { refuse?: Fetch | undefined } = {};
  const fetch: Fetch = (url, init) => (state.refuse ?? (service.fetch as Fetch))(url, init);
  return { service, state, client: createTestClient({ fetch, dialect: 'subresource', ...options }) };
}

/** A journal in memory. It can be used again after its run has ended. */
function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    open: async () => [...entries],
    append: async (added) => void entries.push(...structuredClone(added)),
    close: async () => {},
  };
}

/** Creates the items, and counts how many the run reads. */
function countReads<Item>(toItem: (index: number) => Item) {
  const reads = { count: 0 };
  function* items() {
    for (let index = 0; index < ITEMS; index++) {
      reads.count++;
      yield toItem(index);
    }
  }
  return { items: items(), reads };
}

const toName = (index: number) => ({ name: `Persona ${index}` });
const toUpdate = (index: number) => ({ id: 1 + (index % 400), data: { name: `Persona ${index}` } });

type Start = (
  client: PersonaClient,
  options: RunOptions,
) => { run: CollectionRun<unknown, unknown>; reads: { count: number } };

const OPERATIONS: Readonly<Record<string, Start>> = {
  create: (client, options) => {
    const { items, reads } = countReads(toName);
    return { run: createMany(client, items, options), reads };
  },
  'create with a journal': (client, options) => {
    const { items, reads } = countReads(toName);
    return { run: createMany(client, items, { ...options, journal: memoryJournal() }), reads };
  },
  update: (client, options) => {
    const { items, reads } = countReads(toUpdate);
    return { run: updateMany(client, items, options), reads };
  },
  delete: (client, options) => {
    const { items, reads } = countReads((index) => index + 1);
    return { run: deleteMany(client, items, options), reads };
  },
};

const setRealTimeout = setTimeout;

/** Lets time pass until the work has ended. */
async function passUntilSettled<T>(work: Promise<T>): Promise<T> {
  let isSettled = false;
  work
    .catch(() => {})
    .finally(() => {
      isSettled = true;
    });
  for (let step = 0; !isSettled && step < 20_000; step++) {
    await pass(500);
    await new Promise((resolve) => setRealTimeout(resolve, 1)); // a login hashes a password in another thread
  }
  return work;
}

/** Takes all results. Calls `onResult` after each. */
async function takeAll(run: CollectionRun<unknown, unknown>, onResult: (count: number) => void = () => {}) {
  const failures: { maybeApplied: boolean; attempts: number; message: string; index: number }[] = [];
  let count = 0;
  await passUntilSettled(
    (async () => {
      for await (const result of run) {
        onResult(++count);
        if (result.ok) continue;
        const { maybeApplied, attempts, message } = result.error;
        failures.push({ maybeApplied, attempts, message, index: result.index });
      }
    })(),
  );
  return { failures, results: count };
}

describe.each(Object.keys(REFUSALS))('a service that stops working: %s', (refusal) => {
  const cases = Object.keys(OPERATIONS).flatMap((operation) => [
    { operation, breaker: true },
    { operation, breaker: false },
  ]);
  it.each(cases)(
    'ends a run of 10,000 items: $operation, breaker: $breaker',
    async ({ operation, breaker }) => {
      const { state, client } = setup(breaker ? {} : { breaker: false });
      const { run, reads } = OPERATIONS[operation]?.(client, { maxStallMs: MAX_STALL_MS }) ?? expect.fail();
      let brokeAt = 0;
      const { failures, results } = await takeAll(run, (count) => {
        if (count !== 50) return;
        state.refuse = REFUSALS[refusal];
        brokeAt = performance.now();
      });
      expect(performance.now() - brokeAt).toBeLessThan(MAX_STALL_MS + DEADLINE_MS + 2_000);
      expect(results).toBe(reads.count); // each item that was read has a result
      expect(run.summary).toMatchObject({ complete: false, failed: failures.length });
      expect(run.summary.stopError?.message).toContain('neither accepted nor rejected an item for 40000 ms');
      const doubtful = failures.filter(({ maybeApplied }) => maybeApplied).map(({ index }) => index);
      expect(run.summary.doubtful).toEqual(doubtful);
      const unsent = failures.filter(({ message }) => message.includes('did not send the remaining items'));
      if (refusal !== '500') {
        expect(reads.count).toBeLessThan(3 * READ_AHEAD);
        expect(unsent.length).toBeGreaterThan(100);
      }
      for (const { maybeApplied, attempts, message } of unsent) {
        expect({ maybeApplied, attempts }).toEqual({ maybeApplied: false, attempts: 0 });
        expect(message).not.toContain('may have taken effect');
      }
    },
  );
});

describe.each([1, 3, 20])('writes that never get a response, concurrency %d', (concurrency) => {
  const limits = [100, 2_000, 30_000, 90_000].flatMap((deadlineMs) => [
    { deadlineMs, maxStallMs: 0 },
    { deadlineMs, maxStallMs: 500 },
    { deadlineMs, maxStallMs: Math.min(45_000, 10 * deadlineMs) },
  ]);
  const sameId: Start = (client, options) => {
    const { items, reads } = countReads(() => toUpdate(1));
    return { run: updateMany(client, items, options), reads };
  };
  const operations = Object.entries({ ...OPERATIONS, 'update of one persona': sameId });
  it.each(operations)('end the run within maxStallMs and one deadline: %s', async (_operation, start) => {
    for (const { deadlineMs, maxStallMs } of limits) {
      const { service } = setup();
      const client = createTestClient({
        fetch: (url, init) => (init?.method === 'GET' ? (service.fetch as Fetch) : hang)(url, init),
        dialect: 'subresource',
        timeoutMs: deadlineMs,
        deadlineMs,
        breaker: false,
      });
      const startedAt = performance.now();
      const { run } = start(client, { maxStallMs, concurrency });
      const { failures } = await takeAll(run);
      const limitMs = maxStallMs + deadlineMs;
      expect(performance.now() - startedAt, JSON.stringify({ deadlineMs, maxStallMs })).toBeLessThan(
        limitMs + 1_500,
      );
      expect(failures.length).toBeGreaterThan(0);
      expect(run.summary.stopError?.message).toContain(`rejected an item for ${maxStallMs} ms`);
    }
  });
});

it('one item without a response does not end a run in which other items succeed', async () => {
  const { service } = setup();
  const client = createTestClient({
    dialect: 'subresource',
    timeoutMs: 5_000,
    deadlineMs: 5_000,
    fetch: (url, init) => (String(url).endsWith('/2') ? hang : (service.fetch as Fetch))(url, init),
  });
  const run = deleteMany(client, [1, 2, 3, 4, 5], { maxStallMs: 30_000, concurrency: 1 });
  const { failures } = await takeAll(run);
  expect(failures.map(({ index }) => index)).toEqual([1]);
  expect(run.summary).toMatchObject({ succeeded: 4, complete: true });
});

describe.each([10_000, 3_600_000])('creates that are all lost, lateWriteWindowMs %d', (lateWriteWindowMs) => {
  const cases = [1, 20].flatMap((concurrency) =>
    [500, 5_000, 45_000].flatMap((maxStallMs) =>
      [true, false].map((hasJournal) => ({ concurrency, maxStallMs, hasJournal })),
    ),
  );
  it.each(cases)(
    'end the run: concurrency $concurrency, maxStallMs $maxStallMs, journal: $hasJournal',
    async ({ concurrency, maxStallMs, hasJournal }) => {
      const { service } = setup();
      const client = createTestClient({
        dialect: 'subresource',
        breaker: false,
        fetch: (url, init) =>
          (init?.method === 'GET' ? (service.fetch as Fetch) : refuse('ECONNRESET'))(url, init),
      });
      const { items, reads } = countReads(toName);
      const startedAt = performance.now();
      const run = createMany(client, items, {
        concurrency,
        maxStallMs,
        lateWriteWindowMs,
        ...(hasJournal ? { journal: memoryJournal() } : { onUnknownOutcome: 'reconcile' }),
      });
      const { results } = await takeAll(run);
      expect(performance.now() - startedAt).toBeLessThan(maxStallMs + 2_000);
      expect(run.summary.stopError?.message).toContain(`rejected an item for ${maxStallMs} ms`);
      expect(results).toBe(reads.count);
      expect(run.summary.doubtful.length).toBeGreaterThan(0);
    },
  );
});

it('a resumed run searches for the whole late-write window, although that is longer than maxStallMs', async () => {
  const { client, service } = setup();
  const journal = memoryJournal();
  const start = {
    type: 'start',
    version: 1,
    operation: 'create',
    serviceTime: Date.now(),
    existingIds: [],
  } as const;
  const { itemDigest } = await import('../../../src/collections/journal/index.js');
  await journal.append([start, { type: 'intent', index: 0, digest: itemDigest({ name: 'Ada' }) }]);
  const options = { journal, maxStallMs: 1_000, lateWriteWindowMs: 10_000 };
  const summary = await passUntilSettled(createMany(client, [{ name: 'Ada' }], options).finish());
  expect(summary).toMatchObject({ succeeded: 1, failed: 0, complete: true });
  expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

describe('a journal whose entries never end', () => {
  const entry = { type: 'failed', index: 0 } as const;
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const ENTRIES: Readonly<Record<string, () => AsyncIterable<JournalEntry> | Iterable<JournalEntry>>> = {
    'the next entry never comes': async function* () {
      yield entry;
      await new Promise<never>(() => {});
    },
    'entries come slowly': async function* () {
      for (;;) {
        await sleep(400);
        yield entry;
      }
    },
    'asynchronous entries are always ready': async function* () {
      for (;;) yield entry;
    },
    'entries are always ready': function* () {
      for (;;) yield entry;
    },
  };
  const cases = Object.keys(ENTRIES).flatMap((kind) => [0, 5_000].map((ms) => [kind, ms] as const));

  it.each(cases)('ends the run: %s, maxStallMs %d', async (kind, maxStallMs) => {
    const { client, service } = setup();
    let closed = 0;
    const journal: Journal = {
      open: async () => {
        await sleep(1_000);
        return ENTRIES[kind]?.() ?? expect.fail();
      },
      append: async () => {},
      close: async () => void closed++,
    };
    const startedAt = performance.now();
    const run = createMany(client, [{ name: 'Ada' }], { journal, maxStallMs }).finish();
    const limitMs = Math.max(maxStallMs, 2_000);
    await expect(passUntilSettled(run)).rejects.toThrow(
      `Reading the entries of the journal did not finish within ${limitMs} ms. Nothing was sent.`,
    );
    expect(performance.now() - startedAt).toBeLessThan(limitMs + 1_500);
    expect(closed).toBe(1);
    expect(service.requests).toEqual([]);
  });

  it.each(Object.keys(ENTRIES))('does not stop an abort: %s', async (kind) => {
    const { client } = setup();
    const controller = new AbortController();
    const journal = { ...memoryJournal(), open: async () => ENTRIES[kind]?.() ?? expect.fail() };
    const run = createMany(client, [{ name: 'Ada' }], { journal, signal: controller.signal }).finish();
    const failing = expect(passUntilSettled(run)).rejects.toBeInstanceOf(PersonaAbortError);
    controller.abort();
    await failing;
  });
});

describe('a journal that does not respond', () => {
  const METHODS = ['open', 'append', 'close'] as const;
  const cases = METHODS.flatMap((method) =>
    [0, 5_000, Number.POSITIVE_INFINITY].map((ms) => [method, ms] as const),
  );
  it.each(cases)('ends the run: %s, maxStallMs %d', async (method, maxStallMs) => {
    const { client, service } = setup();
    const journal = { ...memoryJournal(), [method]: () => new Promise<never>(() => {}) };
    const startedAt = performance.now();
    const error = await passUntilSettled(
      createMany(client, [{ name: 'Ada' }], { journal, maxStallMs }).finish(),
    ).catch((reason: Error) => reason);
    const limitMs = Math.min(Math.max(maxStallMs, 2_000), 120_000);
    expect(String(error)).toContain(
      `The method ${method} of the journal did not finish within ${limitMs} ms`,
    );
    expect(performance.now() - startedAt).toBeLessThan(limitMs + 1_500);
    const writes = service.requests.filter((request) => request.method !== 'GET');
    expect(writes).toHaveLength(method === 'close' ? 1 : 0);
  });

  it('is closed if it opens after the limit', async () => {
    const { client } = setup();
    let closed = 0;
    const journal: Journal = {
      ...memoryJournal(),
      open: () => new Promise((resolve) => setTimeout(() => resolve([]), 10_000)),
      close: async () => void closed++,
    };
    const done = createMany(client, [{ name: 'Ada' }], { journal, maxStallMs: 0 }).finish();
    await expect(passUntilSettled(done)).rejects.toThrow('The method open of the journal');
    expect(closed).toBe(0);
    await pass(10_000);
    expect(closed).toBe(1);
  });
});

describe('an item whose first attempt may have been applied', () => {
  it.each(['update', 'delete'])(
    'stays in doubt although later attempts were not sent: %s',
    async (operation) => {
      const { service } = setup();
      let lost = 3;
      const client = createTestClient({
        dialect: 'subresource',
        breaker: false,
        fetch: async (url, init) => {
          if (lost-- <= 0) return refuse('ECONNREFUSED')(url, init);
          await (service.fetch as Fetch)(url, init); // applied, but the response is lost
          return refuse('ECONNRESET')(url, init);
        },
      });
      const run =
        operation === 'update'
          ? updateMany(client, [1, 2, 3].map(toUpdate), { maxStallMs: 15_000 })
          : deleteMany(client, [1, 2, 3], { maxStallMs: 15_000 });
      const { failures } = await takeAll(run);
      const doubtful = failures.filter(({ maybeApplied }) => maybeApplied);
      expect(doubtful.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(run.summary.doubtful).toEqual([0, 1, 2]);
      expect(doubtful[0]?.message).toContain('An earlier attempt of this item may have been applied');
    },
  );
});

describe('maxStallMs', () => {
  it('0 stops at the first refused request', async () => {
    const { state, client } = setup({ breaker: false });
    state.refuse = REFUSALS['429 with Retry-After: 3600'];
    const startedAt = performance.now();
    const run = updateMany(client, countReads(toUpdate).items, { maxStallMs: 0 });
    const { failures } = await takeAll(run);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(failures.filter(({ attempts }) => attempts > 0).length).toBeLessThanOrEqual(4);
    expect(run.summary).toMatchObject({ succeeded: 0, doubtful: [], complete: false });
  });

  it('0 does not stop at an item that the service or the client rejects', async () => {
    const { client } = setup();
    const ids = [1, 99_999, 'x', 2];
    const { failures } = await takeAll(deleteMany(client, ids as number[], { maxStallMs: 0 }));
    expect(failures.map(({ index }) => index)).toEqual([1, 2]);
  });

  it('Infinity waits until the service works again', async () => {
    const { state, client } = setup({ breaker: false });
    state.refuse = REFUSALS['connections refused'];
    setTimeout(() => {
      state.refuse = undefined;
    }, 600_000);
    const run = updateMany(
      client,
      Array.from({ length: 50 }, (_, index) => toUpdate(index)),
      {
        maxStallMs: Number.POSITIVE_INFINITY,
      },
    );
    await takeAll(run);
    expect(run.summary).toMatchObject({ succeeded: 50, failed: 0, complete: true });
  });

  it('does not count the time in which the source of the items is slow', async () => {
    const { state, client } = setup({ breaker: false });
    async function* items() {
      yield toUpdate(1);
      await new Promise((resolve) => setTimeout(resolve, 600_000));
      state.refuse = REFUSALS['503'];
      setTimeout(() => {
        state.refuse = undefined;
      }, 30_000);
      yield toUpdate(2);
    }
    const run = updateMany(client, items(), { maxStallMs: 60_000 });
    await takeAll(run);
    expect(run.summary).toMatchObject({ succeeded: 2, failed: 0, complete: true });
  });

  it('does not count the time in which the machine sleeps or the process is frozen', async () => {
    const { state, client } = setup({ breaker: false });
    state.refuse = REFUSALS['503'];
    const run = updateMany(client, [toUpdate(1)], { maxStallMs: 60_000 });
    const done = run.finish();
    await pass(10_000);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_600_000); // timers fire late by an hour
    await pass(10_000);
    state.refuse = undefined;
    await pass(10_000);
    expect(await done).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('starts again with each item that succeeds', async () => {
    const { service } = setup();
    let requests = 0;
    const client = createTestClient({
      dialect: 'subresource',
      breaker: false,
      fetch: async (url, init) => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return (++requests % 2 === 0 ? respond(503) : (service.fetch as Fetch))(url, init);
      },
    });
    const startedAt = performance.now();
    const updates = Array.from({ length: 20 }, (_, index) => toUpdate(index));
    const run = updateMany(client, updates, { maxStallMs: 8_000, concurrency: 1 });
    await takeAll(run);
    expect(run.summary).toMatchObject({ succeeded: 20, complete: true });
    expect(performance.now() - startedAt).toBeGreaterThan(16_000);
  });
});

describe('a session that ends', () => {
  const auth = { users: USERS };
  const isWrite = (init?: RequestInit) => init?.method !== 'GET';

  it.each(Object.keys(OPERATIONS))('stops the run: %s', async (operation) => {
    const { service, client } = setup({}, auth);
    await client.auth.login(ADMIN);
    const { run, reads } = OPERATIONS[operation]?.(client, {}) ?? expect.fail();
    const { failures } = await takeAll(run, (count) => {
      if (count === 50)
        service.faults.add({ status: 401, body: '{"msg":"revoked"}', contentType: 'application/json' });
    });
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThanOrEqual(20);
    expect(reads.count).toBeLessThan(3 * READ_AHEAD);
    expect(run.summary).toMatchObject({ complete: false, doubtful: [] });
    expect(run.summary.stopError).toBeInstanceOf(PersonaAuthenticationError);
  });

  it('stops the run after a logout', async () => {
    const { client } = setup({}, auth);
    await client.auth.login(ADMIN);
    const { items } = countReads(toName);
    const run = createMany(client, items, {});
    const { failures } = await takeAll(run, (count) => {
      if (count === 50) client.auth.logout().catch(() => {}); // the end of the test may abort its request
    });
    expect(failures.length).toBeLessThanOrEqual(20);
    expect(run.summary.stopError).toBeInstanceOf(PersonaAuthenticationError);
  });

  it('stops the run if the password is rejected', async () => {
    const { service, client } = setup({ auth: { ...ADMIN, password: 'wrong' } }, auth);
    const run = createMany(client, countReads(toName).items, {});
    const { failures } = await takeAll(run);
    expect(failures.length).toBeLessThanOrEqual(4);
    expect(run.summary.stopError).toMatchObject({ code: 'credentials_rejected' });
    expect(service.requests.length).toBe(1);
  });

  it('does not stop the run while logins fail for another reason', async () => {
    const { state, service } = setup({}, auth);
    let failsLogins = true;
    const client = createTestClient({
      dialect: 'subresource',
      auth: ADMIN,
      fetch: (url, init) =>
        failsLogins && String(url).includes('login')
          ? respond(500)(url, init)
          : (state.refuse ?? (service.fetch as Fetch))(url, init),
    });
    setTimeout(() => {
      failsLogins = false;
    }, 20_000);
    const run = createMany(
      client,
      Array.from({ length: 50 }, (_, index) => toName(index)),
      {},
    );
    const { failures } = await takeAll(run);
    expect(failures).toEqual([]);
    expect(run.summary).toMatchObject({ succeeded: 50, failed: 0 });
  });

  it.each(['login', 'getToken'])('ends the run at the limit if %s keeps failing', async (kind) => {
    const { service } = setup({}, auth);
    const client = createTestClient({
      dialect: 'subresource',
      auth: kind === 'login' ? ADMIN : { getToken: () => Promise.reject(new Error('no network')) },
      fetch: (url, init) =>
        isWrite(init) && String(url).includes('login')
          ? respond(503)(url, init)
          : (service.fetch as Fetch)(url, init),
    });
    const startedAt = performance.now();
    const run = createMany(client, countReads(toName).items, { maxStallMs: MAX_STALL_MS });
    const { failures } = await takeAll(run);
    expect(performance.now() - startedAt).toBeLessThan(MAX_STALL_MS + DEADLINE_MS + 2_000);
    expect(failures).toHaveLength(READ_AHEAD);
    expect(failures.every(({ maybeApplied }) => !maybeApplied)).toBe(true);
    expect(run.summary).toMatchObject({ complete: false, doubtful: [] });
  });
});

describe('purge', () => {
  it.each(Object.keys(REFUSALS))('ends within the limit: %s', async (refusal) => {
    const { state, service } = setup();
    let deletions = 0;
    const client = createTestClient({
      dialect: 'subresource',
      breaker: false,
      fetch: (url, init) => {
        if (init?.method === 'DELETE' && ++deletions === 50) state.refuse = REFUSALS[refusal];
        return (state.refuse ?? (service.fetch as Fetch))(url, init);
      },
    });
    const olderThan = new Date(Date.now() + 365 * 86_400_000);
    await client.personas.iterate().next(); // loads a chunk
    const startedAt = performance.now();
    const purging = createPrivacy(client).purge({ olderThan, maxStallMs: MAX_STALL_MS });
    const outcome = await passUntilSettled(purging).catch((error: unknown) => ({ error }));
    expect(performance.now() - startedAt).toBeLessThan(MAX_STALL_MS + DEADLINE_MS + 2_000);
    expect('error' in outcome || outcome.stopError !== undefined).toBe(true);
    expect(outcome).not.toMatchObject({ complete: true });
  });
});
