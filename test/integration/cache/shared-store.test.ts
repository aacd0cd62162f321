import { inspect } from 'node:util';
import {
  type ClientOptions,
  PersonaClient,
  PersonaNotCachedError,
  PersonaResponseError,
  PersonaValidationError,
} from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { ResponseGate } from '../../support/response-gate.js';
import { DIALECTS, startService } from '../../support/service.js';

/** Creates clients that share nothing but a store, like clients in separate processes. */
async function setup(
  options: Parameters<typeof startService>[0] = {},
  cacheOptions: ClientOptions['cache'] = {},
) {
  const served = await startService(options);
  const store = new MemoryStore();
  const statuses: boolean[] = [];
  const connect = (clientOptions: ClientOptions = {}) => {
    const cache = { store, keySecret: KEY_SECRET, ...cacheOptions };
    const client = served.connect({ dialect: served.dialect, retry: false, cache, ...clientOptions });
    client.on('cacheStore', ({ ok }) => statuses.push(ok));
    return client;
  };
  return { ...served, store, statuses, connect };
}

const source = async (work: Promise<{ meta: { source: string } }>) => (await work).meta.source;
/** Waits until the store has this many entries. */
const waitForEntries = (store: MemoryStore, count: number) =>
  vi.waitFor(() => expect(store.entries.size).toBeGreaterThanOrEqual(count));

afterEach(() => void vi.useRealTimers());

describe.each(DIALECTS)('two processes with a shared store (%s)', (dialect) => {
  it('share entries, and see the writes of each other', async () => {
    const { connect, service, store } = await setup({ dialect });
    const [clientA, clientB] = [connect(), connect()];
    const first = await clientA.personas.get(1);
    await waitForEntries(store, 3);
    service.clearRequests();
    const { data, meta } = await clientB.withMeta.personas.get(1);
    expect([data, meta.source, meta.attempts]).toEqual([first, 'cache', 0]);
    expect(meta.ageMs).toBeGreaterThanOrEqual(0);
    expect(service.requests).toEqual([]);

    await clientB.personas.update(1, { name: 'By B' });
    expect((await clientA.personas.get(1)).name).toBe('By B');
    await clientA.demographic.update(1, { city: 'Bern' });
    expect((await clientB.personas.get(1)).demographic?.city).toBe('Bern');
    expect((await clientB.personas.list()).total).toBe(5);
    await clientA.personas.delete(5);
    expect((await clientB.personas.list()).total).toBe(4);
  });

  it('do not serve an entry from a store outage after the other process wrote', async () => {
    const { connect, store, statuses } = await setup({ dialect }, { storeTimeoutMs: 20 });
    const [clientA, clientB] = [connect(), connect()];
    store.mode = 'hangs';
    await clientA.personas.get(1); // in memory, without versions
    store.mode = 'ok';
    const isBack = async () => {
      await clientA.personas.get(2);
      expect(statuses).toEqual([false, true]);
    };
    await vi.waitFor(isBack, { timeout: 10_000, interval: 50 });
    await clientB.personas.update(1, { name: 'By B' });
    await expectRejection(PersonaNotCachedError, clientA.personas.get(1, { cache: 'only-if-cached' }));
  });

  it('read the store once per call: entry and versions, or only the versions if the entry is in memory', async () => {
    const { connect, store } = await setup({ dialect });
    const [clientA, clientB] = [connect(), connect()];
    await clientA.personas.get(1);
    await waitForEntries(store, 3);
    store.calls.length = 0;
    await clientA.personas.get(1);
    expect(store.calls).toEqual(['getMany 2']);
    await clientB.personas.get(1);
    await clientB.personas.get(1);
    expect(store.calls).toEqual(['getMany 2', 'getMany 3', 'getMany 2']);
  });

  it('neither join nor store a read that started before the other process wrote', async () => {
    const { connect } = await setup({ dialect });
    const gate = new ResponseGate(/\/personas\/1$/, 1);
    const [clientA, clientB] = [connect({ fetch: gate.wrap(fetch) }), connect()];
    const early = clientA.personas.get(1);
    await gate.reached;
    await clientB.personas.update(1, { name: 'By B' });
    const outcomes: string[] = [];
    clientA.on('cache', ({ outcome }) => outcomes.push(outcome));
    const late = clientA.personas.get(1);
    await vi.waitFor(() => expect(outcomes).toEqual(['miss']), { timeout: 10_000 });
    gate.open();
    expect((await early).name).not.toBe('By B');
    expect((await late).name).toBe('By B');
    expect((await clientA.personas.get(1)).name).toBe('By B');
  });

  it('use the personas of a list until any of them is written', async () => {
    const { connect, service } = await setup({ dialect });
    const [clientA, clientB] = [connect(), connect()];
    await clientA.personas.list();
    service.clearRequests();
    expect(await source(clientA.withMeta.personas.get(3))).toBe('cache');
    await clientB.personas.update(3, { name: 'By B' });
    expect((await clientA.personas.get(3)).name).toBe('By B');
  });
});

describe('a shared store with other values than strings', () => {
  const values: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', {}],
    ['an object without a text form', Object.create(null)],
    ['bytes', new Uint8Array(100)],
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
    ['text of another program', 'x'],
    ['base64 of another program', btoa('x'.repeat(1_000))],
    ['a long text', 'A'.repeat(1_000_000)],
  ];
  const lists: readonly (readonly [string, (keys: string[]) => unknown])[] = [
    ...values.map(([name, value]) => [name, () => value] as const),
    ['an empty list', () => []],
    ['a list that is too long', (keys: string[]) => [...keys, ...keys].map(() => 'x')],
    ['a map', (keys: string[]) => new Map(keys.map((key) => [key, 'x']))],
    ['entries', (keys: string[]) => keys.map((key) => ({ key, value: 'x' }))],
    ...values.map(
      ([name, value]) => [`a list of ${name}`, (keys: string[]) => keys.map(() => value)] as const,
    ),
  ];
  const call = async (store: object) => {
    const { connect } = await startService();
    const client = connect({ retry: false, cache: { store: store as never, keySecret: KEY_SECRET } });
    expect(await client.personas.get(1)).toMatchObject({ id: 1 });
    expect(await client.personas.update(1, { name: 'Renamed' })).toMatchObject({ name: 'Renamed' });
    expect(await client.personas.get(1)).toMatchObject({ name: 'Renamed' });
    expect((await client.personas.list()).total).toBe(5);
  };

  it.each(lists)('is read as empty: getMany returns %s', async (_, getMany) => {
    const store = new MemoryStore();
    await call({ get: () => {}, getMany, set: store.set.bind(store), delete: store.delete.bind(store) });
  });

  it.each(values)('is read as empty: get returns %s', async (_, value) => {
    const store = new MemoryStore();
    await call({ get: () => value, set: store.set.bind(store), delete: store.delete.bind(store) });
  });
});

describe('a value in the shared store that is longer than `maxBytes`', () => {
  it('is not stored', async () => {
    const { connect, store } = await setup({}, { maxBytes: 1_000 });
    await connect().personas.list();
    const page = await connect().withMeta.personas.list();
    expect(page.meta.source).toBe('network');
    expect(Math.max(...[...store.entries.values()].map(({ value }) => value.length))).toBeLessThanOrEqual(
      1_000,
    );
  });

  it('is neither decoded nor decrypted', async () => {
    const { connect, store } = await setup();
    await connect().personas.get(1);
    await waitForEntries(store, 3);
    for (const [key, entry] of store.entries)
      if (entry.value.length > 100) store.entries.set(key, { ...entry, value: 'A'.repeat(50_000_000) });
    const decode = vi.spyOn(globalThis, 'atob');
    const { meta } = await connect().withMeta.personas.get(1);
    expect(meta.source).toBe('network');
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
  });

  it('replaces no version', async () => {
    const { connect, store } = await setup();
    await connect().personas.get(1);
    await waitForEntries(store, 3);
    for (const [key, entry] of store.entries)
      if (entry.value.length < 100) store.entries.set(key, { ...entry, value: '1'.repeat(5_000) });
    const reader = connect();
    expect(await source(reader.withMeta.personas.get(1))).toBe('network');
    await vi.waitFor(async () => expect(await source(connect().withMeta.personas.get(1))).toBe('cache'));
  });
});

describe('the shared store', () => {
  it('contains no name, token, URL or value in plaintext', async () => {
    const { connect, store, url } = await setup({ auth: { users: { 'ada-lovelace': 'hunter2-hunter2' } } });
    const client = connect({ auth: { username: 'ada-lovelace', password: 'hunter2-hunter2' } });
    const { name } = await client.personas.get(1);
    await client.personas.list();
    await waitForEntries(store, 5);
    const all = JSON.stringify([...store.entries]);
    const secrets = [
      name,
      'ada-lovelace',
      'hunter2-hunter2',
      'eyJhbGciOi',
      'persona:1',
      'personas.get',
      url,
      KEY_SECRET,
    ];
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    for (const key of store.entries.keys()) expect(key).toMatch(/^persona-client:[\w+/]{43}=$/);
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain(KEY_SECRET);
  });

  it('rejects values with another secret, under another key, or modified', async () => {
    const { connect, store } = await setup();
    const clientA = connect();
    await clientA.personas.get(1);
    await clientA.personas.get(2);
    await waitForEntries(store, 5);
    const other = connect({ cache: { store, keySecret: 'another secret, as long' } });
    expect(await source(other.withMeta.personas.get(1))).toBe('network');
    const encrypted = [...store.entries].filter(([, { value }]) => value.length > 100);
    const [first, second] = encrypted;
    if (!first || !second) return expect.fail('expected clientB entries');
    store.entries.set(first[0], second[1]);
    store.entries.set(second[0], { ...second[1], value: `${second[1].value.slice(0, -8)}AAAAAAA=` });
    const third = connect();
    expect((await third.withMeta.personas.get(1)).meta.source).toBe('network');
    expect((await third.withMeta.personas.get(2)).meta.source).toBe('network');
    expect((await third.personas.get(1)).id).toBe(1);
  });

  it('keeps identities apart', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { connect, store } = await setup({ auth: { users } });
    const as = (username: 'ada' | 'bob') => connect({ auth: { username, password: users[username] } });
    await as('ada').personas.get(1);
    await waitForEntries(store, 3);
    expect(await source(as('bob').withMeta.personas.get(1))).toBe('network');
    expect(await source(as('ada').withMeta.personas.get(1))).toBe('cache');
  });

  it('keeps services and API versions apart', async () => {
    const { connect, store } = await setup();
    await connect().personas.get(1);
    await waitForEntries(store, 3);
    expect(await source(connect().withMeta.personas.get(1))).toBe('cache');
    const otherService = await startService();
    expect(await source(connect({ baseUrl: otherService.url }).withMeta.personas.get(1))).toBe('network');
    const read = connect({ apiVersion: 'v2' }).personas.get(1);
    expect(await expectRejection(PersonaResponseError, read)).toMatchObject({ code: 'route_not_found' });
  });

  it('removes the entries of an identity for all processes on logout and on clear', async () => {
    const auth = { username: 'ada', password: 'one' };
    const { connect, store } = await setup({ auth: { users: { ada: 'one', bob: 'two' } } });
    const [clientA, clientB, bob] = [
      connect({ auth }),
      connect({ auth }),
      connect({ auth: { username: 'bob', password: 'two' } }),
    ];
    await Promise.all([clientA.personas.get(1), bob.personas.get(1)]);
    await waitForEntries(store, 5);
    expect(await source(clientB.withMeta.personas.get(1))).toBe('cache');
    await clientA.auth.logout();
    expect(await source(clientB.withMeta.personas.get(1))).toBe('network');
    expect(await source(bob.withMeta.personas.get(1))).toBe('cache');
    await bob.cache.clear();
    expect(
      await source(connect({ auth: { username: 'bob', password: 'two' } }).withMeta.personas.get(1)),
    ).toBe('network');
  });

  it('works without getMany', async () => {
    const { connect, store } = await setup();
    const plain = {
      get: store.get.bind(store),
      set: store.set.bind(store),
      delete: store.delete.bind(store),
    };
    const cache = { store: plain, keySecret: KEY_SECRET };
    await connect({ cache }).personas.get(1);
    await waitForEntries(store, 3);
    expect(await source(connect({ cache }).withMeta.personas.get(1))).toBe('cache');
  });

  it('serves stale entries in an outage, also to processes without entries of their own', async () => {
    const { connect, store, service } = await setup({}, { ttlMs: 1 });
    await connect().personas.get(1);
    await waitForEntries(store, 3);
    service.faults.add({ status: 503 });
    await vi.waitFor(async () => expect(await source(connect().withMeta.personas.get(1))).toBe('stale'));
  });

  it('may ignore the TTL: entries past their windows are not served', async () => {
    const { connect, store } = await setup({}, { ttlMs: 1, staleIfErrorMs: 20 });
    const plain = {
      get: store.get.bind(store),
      delete: store.delete.bind(store),
      set: (key: string, value: string) => store.set(key, value),
    };
    const cache = { store: plain, keySecret: KEY_SECRET, ttlMs: 1, staleIfErrorMs: 20 };
    await connect({ cache }).personas.get(1);
    await waitForEntries(store, 3);
    const readCached = () => connect({ cache }).personas.get(1, { cache: 'only-if-cached' });
    await vi.waitFor(async () => expect(await readCached().catch(({ code }) => code)).toBe('not_cached'));
    const client = connect({ cache });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('deletes an entry when the service returns 404', async () => {
    const { connect, store, service } = await setup({}, { ttlMs: 1 });
    const clientA = connect();
    await clientA.personas.get(1);
    await waitForEntries(store, 3);
    await connect({ cache: false }).personas.delete(1);
    await vi.waitFor(async () =>
      expect(await clientA.personas.get(1).catch(({ code }) => code)).toBe('not_found'),
    );
    await vi.waitFor(() => expect(store.calls).toContain('delete'));
    service.faults.add({ status: 503 });
    expect(
      await connect()
        .personas.get(1)
        .catch(({ code }) => code),
    ).toBe('server_error');
  });
});

describe.each(['fails', 'hangs', 'swallows errors'] as const)('a store that %s', (mode) => {
  it('is skipped, with one event when it fails and one when it is back', async () => {
    const { connect, store, service, statuses } = await setup({}, { storeTimeoutMs: 20 });
    const client = connect();
    store.mode = mode;
    for (let id = 1; id <= 5; id++) expect((await client.personas.get(id)).id).toBe(id);
    await client.personas.update(1, { name: 'Written' });
    expect((await client.personas.get(1)).name).toBe('Written');
    await Promise.all([client.personas.get(2), client.personas.get(2)]);
    expect(statuses).toEqual([false]);
    expect(service.requests.length).toBe(8);
    store.mode = 'ok';
    await vi.waitFor(() => expect(statuses).toEqual([false, true]), { timeout: 10_000, interval: 50 });
    await client.personas.get(3);
    expect(await source(client.withMeta.personas.get(3))).toBe('cache');
  });

  it('receives the versions of writes during the outage when it is back, even after a rollback', async () => {
    const { connect, store, statuses } = await setup({}, { storeTimeoutMs: 20 });
    const [clientA, clientB] = [connect(), connect()];
    await clientA.personas.get(1);
    await waitForEntries(store, 3);
    const rollBack = store.snapshot();
    await clientA.personas.update(1, { name: 'Before' });
    store.mode = mode;
    await clientA.personas.update(1, { name: 'During' });
    rollBack();
    store.mode = 'ok';
    expect((await clientA.personas.get(1)).name).toBe('During');
    await vi.waitFor(() => expect(statuses).toContain(true), { timeout: 10_000, interval: 50 });
    await vi.waitFor(async () => expect((await clientB.personas.get(1)).name).toBe('During'), {
      timeout: 10_000,
      interval: 50,
    });
  });

  it('adds no details to its event', async () => {
    const { connect, store } = await setup({}, { storeTimeoutMs: 20 });
    const client = connect();
    const events: unknown[] = [];
    client.on('cacheStore', (event) => events.push(event));
    store.mode = mode;
    await client.personas.get(1);
    expect(events).toEqual([{ ok: false }]);
  });
});

describe('a store that was rolled back', () => {
  it('does not restore entries that this process has invalidated', async () => {
    const { connect, store } = await setup();
    const client = connect();
    await client.personas.get(1);
    await waitForEntries(store, 3);
    const rollBack = store.snapshot();
    await client.personas.update(1, { name: 'New' });
    rollBack();
    expect((await client.personas.get(1)).name).toBe('New');
    expect((await connect().personas.get(1)).name).toBe('New');
  });

  it('does not restore them after it was emptied', async () => {
    const { connect, store } = await setup();
    const client = connect();
    await client.personas.get(1);
    await waitForEntries(store, 3);
    const entries = [...store.entries];
    store.entries.clear();
    await client.personas.update(1, { name: 'New' });
    for (const [key, entry] of entries) if (entry.value.length > 100) store.entries.set(key, entry);
    expect((await client.personas.get(1)).name).toBe('New');
    expect((await connect().personas.get(1)).name).toBe('New');
  });

  it('does not serve stale entries that another process may have invalidated', async () => {
    const { connect, store, service } = await setup();
    const [clientA, clientB] = [connect(), connect()];
    await clientA.personas.get(1);
    await waitForEntries(store, 3);
    const rollBack = store.snapshot();
    await clientA.personas.update(1, { name: 'By A' });
    await clientA.personas.get(1);
    await clientB.personas.update(1, { name: 'By B' });
    rollBack();
    store.set = async () => true; // and stays rolled back
    service.faults.add({ status: 503 });
    const errorCode = (work: Promise<unknown>) => work.catch(({ code }) => code);
    expect(await errorCode(clientA.personas.get(1, { cache: 'only-if-cached' }))).toBe('not_cached');
    expect(await errorCode(clientA.personas.get(1))).toBe('server_error');
  });

  it('deduplicates reads until another process writes', async () => {
    const { connect, store, service } = await setup();
    const [clientA, clientB] = [connect(), connect()];
    const outcomes: string[] = [];
    clientA.on('cache', ({ outcome }) => outcomes.push(outcome));
    await clientA.personas.get(1);
    await waitForEntries(store, 3);
    const rollBack = store.snapshot();
    await clientA.personas.update(1, { name: 'By A' });
    rollBack();
    const { set } = store;
    store.set = async () => true; // the store stays rolled back
    service.clearRequests();
    await Promise.all([clientA.personas.get(1), clientA.personas.get(1)]);
    expect(outcomes.slice(1).toSorted()).toEqual(['deduplicated', 'miss']);
    expect(service.requests).toHaveLength(1);
    store.set = set;
    await clientB.personas.update(1, { name: 'By B' });
    expect((await clientA.personas.get(1)).name).toBe('By B');
  });
});

describe('a shared cache that cannot be opened', () => {
  it('is skipped with one event: reads are deduplicated, and stale entries are served', async () => {
    const { subtle } = crypto;
    const importKey = vi.spyOn(subtle, 'importKey').mockRejectedValue(new Error('not supported'));
    try {
      const { connect, service, statuses } = await setup({}, { ttlMs: 1 });
      const client = connect();
      await Promise.all([client.personas.get(1), client.personas.get(1)]);
      expect([service.requests.length, statuses]).toEqual([1, [false]]);
      service.faults.add({ status: 503 });
      await vi.waitFor(async () => expect(await source(client.withMeta.personas.get(1))).toBe('stale'));
      expect(await source(client.withMeta.personas.get(1, { cache: 'only-if-cached' }))).toBe('stale');
    } finally {
      importKey.mockRestore();
    }
  });
});

describe('a write whose response was lost', () => {
  it('prevents storing entries with its tags until the late-write window ends', async () => {
    const { connect, service } = await setup();
    const client = connect({ lateWriteWindowMs: 300 });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'PUT' } });
    await client.personas.update(1, { name: 'Lost' }).catch(() => {});
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    await vi.waitFor(async () => expect(await source(client.withMeta.personas.get(1))).toBe('cache'), {
      timeout: 10_000,
    });
  });
});

it('a lost write publishes new versions again after the late-write window, to invalidate entries that others stored', async () => {
  const { connect, service, store } = await setup();
  const lateWriteWindowMs = 1_000;
  const client = connect({ lateWriteWindowMs });
  service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'PUT' } });
  const startedAt = Date.now();
  await client.personas.update(1, { name: 'Lost' }).catch(() => {});
  const versionTimes = () => [...store.entries.values()].map(({ value }) => Number.parseInt(value, 10));
  await vi.waitFor(
    () =>
      expect(versionTimes().filter((time) => time >= startedAt + lateWriteWindowMs).length).toBeGreaterThan(
        0,
      ),
    { timeout: 20_000 },
  );
});

it('does not store the response to a write, since another process may write at the same time', async () => {
  const { connect, service } = await setup();
  const client = connect();
  await client.personas.update(1, { name: 'Written' });
  service.faults.add({ status: 503 });
  expect(await client.personas.get(1).catch(({ code }) => code)).toBe('server_error');
});

describe('invalid cache options', () => {
  const store = new MemoryStore();
  const issues = (cache: object) =>
    expectThrow(PersonaValidationError, () => new PersonaClient({ cache })).issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('are rejected with a message that never contains the secret', () => {
    expect(issues({ store })).toEqual([
      expect.stringMatching(/^cache\.keySecret: must be a string of at least 16/),
    ]);
    expect(issues({ store, keySecret: 'short' })).toEqual([
      expect.stringMatching(/^cache\.keySecret: must be .*16/),
    ]);
    expect(issues({ keySecret: KEY_SECRET })).toEqual(['cache.keySecret: requires store']);
    expect(issues({ store: {}, keySecret: KEY_SECRET })).toEqual([
      'cache.store: must have the methods get, set, delete',
    ]);
    expect(issues({ store, keySecret: KEY_SECRET, namespace: 'a b' })).toHaveLength(1);
    expect(JSON.stringify(issues({ store: {}, keySecret: 'hunter2' }))).not.toContain('hunter2');
  });

  it('include a store without WebCrypto', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    try {
      expect(issues({ store, keySecret: KEY_SECRET })).toEqual([expect.stringMatching(/crypto\.subtle/)]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('an abort', () => {
  it('ends a call that waits for the store', async () => {
    const { connect, store, service } = await setup({}, { storeTimeoutMs: 10_000 });
    const client = connect();
    await client.personas.get(1);
    service.clearRequests();
    store.mode = 'hangs';
    const signal = AbortSignal.abort();
    const error = await expectRejection(Error, client.personas.get(1, { signal }));
    expect(error.name).toBe('AbortError');
    const controller = new AbortController();
    const waiting = expectRejection(Error, client.personas.get(1, { signal: controller.signal }));
    controller.abort();
    expect((await waiting).name).toBe('AbortError');
    expect(service.requests).toEqual([]);
  });
});
