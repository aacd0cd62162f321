import { inspect } from 'node:util';
import {
  type ClientOptions,
  PersonaClient,
  PersonaNotCachedError,
  PersonaResponseError,
  PersonaValidationError,
} from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../support/pipeline.js';
import { failureOf, thrownBy } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';

/** Clients as of so many processes, which share a store and nothing else. */
async function start(options: Parameters<typeof serve>[0] = {}, more: ClientOptions['cache'] = {}) {
  const served = await serve(options);
  const store = new MemoryStore();
  const told: boolean[] = [];
  const connect = (own: ClientOptions = {}) => {
    const cache = { store, keySecret: KEY_SECRET, ...more };
    const client = served.connect({ dialect: served.dialect, retry: false, cache, ...own });
    client.on('cacheStore', ({ ok }) => told.push(ok));
    return client;
  };
  const settled = () =>
    vi.waitFor(() => expect(store.asked.filter((one) => one === 'set').length).toBeGreaterThan(0));
  return { ...served, store, told, connect, settled };
}

const source = async (work: Promise<{ meta: { source: string } }>) => (await work).meta.source;
/** Until what was read is in the store. */
const stored = (store: MemoryStore, count: number) =>
  vi.waitFor(() => expect(store.held.size).toBeGreaterThanOrEqual(count));

afterEach(() => void vi.useRealTimers());

describe.each(DIALECTS)('two processes with one store (%s)', (dialect) => {
  it('read what the other has read, and see what the other writes', async () => {
    const { connect, service, store } = await start({ dialect });
    const [one, two] = [connect(), connect()];
    const first = await one.personas.get(1);
    await stored(store, 3);
    service.clearRequests();
    const { data, meta } = await two.withMeta.personas.get(1);
    expect([data, meta.source, meta.attempts]).toEqual([first, 'cache', 0]);
    expect(meta.ageMs).toBeGreaterThanOrEqual(0);
    expect(service.requests).toEqual([]);

    await two.personas.update(1, { name: 'By two' });
    expect((await one.personas.get(1)).name).toBe('By two');
    await one.demographic.update(1, { city: 'Bern' });
    expect((await two.personas.get(1)).demographic?.city).toBe('Bern');
    expect((await two.personas.list()).total).toBe(5);
    await one.personas.delete(5);
    expect((await two.personas.list()).total).toBe(4);
  });

  it('serve nothing that was read while the store was away, and written over by the other since', async () => {
    const { connect, store, told } = await start({ dialect }, { storeTimeoutMs: 20 });
    const [one, two] = [connect(), connect()];
    store.mood = 'hangs';
    await one.personas.get(1); // kept, but nobody knows in which versions
    store.mood = 'well';
    const isBack = async () => {
      await one.personas.get(2);
      expect(told).toEqual([false, true]);
    };
    await vi.waitFor(isBack, { timeout: 10_000, interval: 50 });
    await two.personas.update(1, { name: 'By two' });
    await failureOf(PersonaNotCachedError, one.personas.get(1, { cache: 'only-if-cached' }));
  });

  it('ask the store once for a read: with the answer if need be, for the versions alone if they have it', async () => {
    const { connect, store } = await start({ dialect });
    const [one, two] = [connect(), connect()];
    await one.personas.get(1);
    await stored(store, 3);
    store.asked.length = 0;
    await one.personas.get(1);
    expect(store.asked).toEqual(['getMany 2']);
    await two.personas.get(1);
    await two.personas.get(1);
    expect(store.asked).toEqual(['getMany 2', 'getMany 3', 'getMany 2']);
  });

  it('do not join, nor keep, a read that began before the other had written', async () => {
    const { connect } = await start({ dialect });
    const [arrived, released] = [deferred<void>(), deferred<void>()];
    let isFirst = true;
    const slow: typeof fetch = async (...request) => {
      const isHeld = isFirst;
      isFirst = false;
      const answer = await fetch(...request);
      if (!isHeld) return answer;
      arrived.resolve();
      await released.promise;
      return answer;
    };
    const [one, two] = [connect({ fetch: slow }), connect()];
    const early = one.personas.get(1);
    await arrived.promise;
    await two.personas.update(1, { name: 'By two' });
    const outcomes: string[] = [];
    one.on('cache', ({ outcome }) => outcomes.push(outcome));
    const late = one.personas.get(1);
    await vi.waitFor(() => expect(outcomes).toEqual(['miss']), { timeout: 10_000 });
    released.resolve();
    expect((await early).name).not.toBe('By two');
    expect((await late).name).toBe('By two');
    expect((await one.personas.get(1)).name).toBe('By two');
  });

  it('use what a list brought along, until anything is written', async () => {
    const { connect, service } = await start({ dialect });
    const [one, two] = [connect(), connect()];
    await one.personas.list();
    service.clearRequests();
    expect(await source(one.withMeta.personas.get(3))).toBe('cache');
    await two.personas.update(3, { name: 'By two' });
    expect((await one.personas.get(3)).name).toBe('By two');
  });
});

describe('the store', () => {
  it('holds no name, no token, no URL and no value in clear', async () => {
    const { connect, store, url } = await start({ auth: { users: { 'ada-lovelace': 'hunter2-hunter2' } } });
    const client = connect({ auth: { username: 'ada-lovelace', password: 'hunter2-hunter2' } });
    const { name } = await client.personas.get(1);
    await client.personas.list();
    await stored(store, 5);
    const all = JSON.stringify([...store.held]);
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
    for (const key of store.held.keys()) expect(key).toMatch(/^persona-client:[\w+/]{43}=$/);
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain(KEY_SECRET);
  });

  it('is of no use with another secret, nor is a value under another key, nor one that was changed', async () => {
    const { connect, store } = await start();
    const one = connect();
    await one.personas.get(1);
    await one.personas.get(2);
    await stored(store, 5);
    const other = connect({ cache: { store, keySecret: 'another secret, as long' } });
    expect(await source(other.withMeta.personas.get(1))).toBe('network');
    const sealed = [...store.held].filter(([, { value }]) => value.length > 100);
    const [first, second] = sealed;
    if (!first || !second) return expect.fail('two answers should be there');
    store.held.set(first[0], second[1]);
    store.held.set(second[0], { ...second[1], value: `${second[1].value.slice(0, -8)}AAAAAAA=` });
    const third = connect();
    expect((await third.withMeta.personas.get(1)).meta.source).toBe('network');
    expect((await third.withMeta.personas.get(2)).meta.source).toBe('network');
    expect((await third.personas.get(1)).id).toBe(1);
  });

  it('keeps identities apart', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { connect, store } = await start({ auth: { users } });
    const as = (username: 'ada' | 'bob') => connect({ auth: { username, password: users[username] } });
    await as('ada').personas.get(1);
    await stored(store, 3);
    expect(await source(as('bob').withMeta.personas.get(1))).toBe('network');
    expect(await source(as('ada').withMeta.personas.get(1))).toBe('cache');
  });

  it('keeps services apart, and versions of an API', async () => {
    const { connect, store } = await start();
    await connect().personas.get(1);
    await stored(store, 3);
    expect(await source(connect().withMeta.personas.get(1))).toBe('cache');
    const elsewhere = await serve();
    expect(await source(connect({ baseUrl: elsewhere.url }).withMeta.personas.get(1))).toBe('network');
    const of = connect({ apiVersion: 'v2' }).personas.get(1);
    expect(await failureOf(PersonaResponseError, of)).toMatchObject({ code: 'route_not_found' });
  });

  it('forgets an identity that signs out, or is emptied, for all who share it', async () => {
    const auth = { username: 'ada', password: 'one' };
    const { connect, store } = await start({ auth: { users: { ada: 'one', bob: 'two' } } });
    const [one, two, bob] = [
      connect({ auth }),
      connect({ auth }),
      connect({ auth: { username: 'bob', password: 'two' } }),
    ];
    await Promise.all([one.personas.get(1), bob.personas.get(1)]);
    await stored(store, 5);
    expect(await source(two.withMeta.personas.get(1))).toBe('cache');
    await one.auth.logout();
    expect(await source(two.withMeta.personas.get(1))).toBe('network');
    expect(await source(bob.withMeta.personas.get(1))).toBe('cache');
    await bob.cache.clear();
    expect(
      await source(connect({ auth: { username: 'bob', password: 'two' } }).withMeta.personas.get(1)),
    ).toBe('network');
  });

  it('may be without getMany', async () => {
    const { connect, store } = await start();
    const plain = {
      get: store.get.bind(store),
      set: store.set.bind(store),
      delete: store.delete.bind(store),
    };
    const cache = { store: plain, keySecret: KEY_SECRET };
    await connect({ cache }).personas.get(1);
    await stored(store, 3);
    expect(await source(connect({ cache }).withMeta.personas.get(1))).toBe('cache');
  });

  it('stands in for the service in an outage, for processes that have read nothing', async () => {
    const { connect, store, service } = await start({}, { ttlMs: 1 });
    await connect().personas.get(1);
    await stored(store, 3);
    service.faults.add({ status: 503 });
    await vi.waitFor(async () => expect(await source(connect().withMeta.personas.get(1))).toBe('stale'));
  });

  it('may never let go of anything: what is past its time and its windows is of no use', async () => {
    const { connect, store } = await start({}, { ttlMs: 1, staleIfErrorMs: 20 });
    const plain = {
      get: store.get.bind(store),
      delete: store.delete.bind(store),
      set: (key: string, value: string) => store.set(key, value),
    };
    const cache = { store: plain, keySecret: KEY_SECRET, ttlMs: 1, staleIfErrorMs: 20 };
    await connect({ cache }).personas.get(1);
    await stored(store, 3);
    const only = () => connect({ cache }).personas.get(1, { cache: 'only-if-cached' });
    await vi.waitFor(async () => expect(await only().catch(({ code }) => code)).toBe('not_cached'));
    const client = connect({ cache });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('holds no more what the service answered with a 404', async () => {
    const { connect, store, service } = await start({}, { ttlMs: 1 });
    const one = connect();
    await one.personas.get(1);
    await stored(store, 3);
    await connect({ cache: false }).personas.delete(1);
    await vi.waitFor(async () =>
      expect(await one.personas.get(1).catch(({ code }) => code)).toBe('not_found'),
    );
    await vi.waitFor(() => expect(store.asked).toContain('delete'));
    service.faults.add({ status: 503 });
    expect(
      await connect()
        .personas.get(1)
        .catch(({ code }) => code),
    ).toBe('server_error');
  });
});

describe.each(['fails', 'hangs', 'swallows'] as const)('a store that %s', (mood) => {
  it('is done without, with one event until it is back', async () => {
    const { connect, store, service, told } = await start({}, { storeTimeoutMs: 20 });
    const client = connect();
    store.mood = mood;
    for (let id = 1; id <= 5; id++) expect((await client.personas.get(id)).id).toBe(id);
    await client.personas.update(1, { name: 'Written' });
    expect((await client.personas.get(1)).name).toBe('Written');
    await Promise.all([client.personas.get(2), client.personas.get(2)]);
    expect(told).toEqual([false]);
    expect(service.requests.length).toBe(8);
    store.mood = 'well';
    await vi.waitFor(() => expect(told).toEqual([false, true]), { timeout: 10_000, interval: 50 });
    await client.personas.get(3);
    expect(await source(client.withMeta.personas.get(3))).toBe('cache');
  });

  it('learns of what was written meanwhile when it is back, whatever it holds then', async () => {
    const { connect, store, told } = await start({}, { storeTimeoutMs: 20 });
    const [one, two] = [connect(), connect()];
    await one.personas.get(1);
    await stored(store, 3);
    const back = store.snapshot();
    await one.personas.update(1, { name: 'Before' });
    store.mood = mood;
    await one.personas.update(1, { name: 'Meanwhile' });
    back();
    store.mood = 'well';
    expect((await one.personas.get(1)).name).toBe('Meanwhile');
    await vi.waitFor(() => expect(told).toContain(true), { timeout: 10_000, interval: 50 });
    await vi.waitFor(async () => expect((await two.personas.get(1)).name).toBe('Meanwhile'), {
      timeout: 10_000,
      interval: 50,
    });
  });

  it('tells nothing of itself, nor is told', async () => {
    const { connect, store } = await start({}, { storeTimeoutMs: 20 });
    const client = connect();
    const events: unknown[] = [];
    client.on('cacheStore', (event) => events.push(event));
    store.mood = mood;
    await client.personas.get(1);
    expect(events).toEqual([{ ok: false }]);
  });
});

describe('a store that was put back to an earlier state', () => {
  it('does not bring back what this process has written over', async () => {
    const { connect, store } = await start();
    const client = connect();
    await client.personas.get(1);
    await stored(store, 3);
    const back = store.snapshot();
    await client.personas.update(1, { name: 'New' });
    back();
    expect((await client.personas.get(1)).name).toBe('New');
    expect((await connect().personas.get(1)).name).toBe('New');
  });

  it('nor does one that was emptied', async () => {
    const { connect, store } = await start();
    const client = connect();
    await client.personas.get(1);
    await stored(store, 3);
    const entries = [...store.held];
    store.held.clear();
    await client.personas.update(1, { name: 'New' });
    for (const [key, one] of entries) if (one.value.length > 100) store.held.set(key, one);
    expect((await client.personas.get(1)).name).toBe('New');
    expect((await connect().personas.get(1)).name).toBe('New');
  });

  it('lets nothing stand in for the service that others may have written over', async () => {
    const { connect, store, service } = await start();
    const [one, two] = [connect(), connect()];
    await one.personas.get(1);
    await stored(store, 3);
    const back = store.snapshot();
    await one.personas.update(1, { name: 'By one' });
    await one.personas.get(1);
    await two.personas.update(1, { name: 'By two' });
    back();
    store.set = async () => true; // and stays there
    service.faults.add({ status: 503 });
    const codeOf = (work: Promise<unknown>) => work.catch(({ code }) => code);
    expect(await codeOf(one.personas.get(1, { cache: 'only-if-cached' }))).toBe('not_cached');
    expect(await codeOf(one.personas.get(1))).toBe('server_error');
  });

  it('answers equal reads with one request meanwhile, until others write', async () => {
    const { connect, store, service } = await start();
    const [one, two] = [connect(), connect()];
    const outcomes: string[] = [];
    one.on('cache', ({ outcome }) => outcomes.push(outcome));
    await one.personas.get(1);
    await stored(store, 3);
    const back = store.snapshot();
    await one.personas.update(1, { name: 'By one' });
    back();
    const { set } = store;
    store.set = async () => true; // what it held before is all that it shows
    service.clearRequests();
    await Promise.all([one.personas.get(1), one.personas.get(1)]);
    expect(outcomes.slice(1).toSorted()).toEqual(['deduplicated', 'miss']);
    expect(service.requests).toHaveLength(1);
    store.set = set;
    await two.personas.update(1, { name: 'By two' });
    expect((await one.personas.get(1)).name).toBe('By two');
  });
});

describe('a store that cannot be opened', () => {
  it('is done without, and told of once: equal reads share a request, and what is held stands in', async () => {
    const { subtle } = crypto;
    const digest = vi.spyOn(subtle, 'importKey').mockRejectedValue(new Error('not here'));
    try {
      const { connect, service, told } = await start({}, { ttlMs: 1 });
      const client = connect();
      await Promise.all([client.personas.get(1), client.personas.get(1)]);
      expect([service.requests.length, told]).toEqual([1, [false]]);
      service.faults.add({ status: 503 });
      await vi.waitFor(async () => expect(await source(client.withMeta.personas.get(1))).toBe('stale'));
      expect(await source(client.withMeta.personas.get(1, { cache: 'only-if-cached' }))).toBe('stale');
    } finally {
      digest.mockRestore();
    }
  });
});

describe('a write in doubt', () => {
  it('keeps what it touches from being kept until it can no longer land', async () => {
    const { connect, service } = await start();
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

it('a write in doubt gives new versions once more when it can no longer land, for what others have kept meanwhile', async () => {
  const { connect, service, store } = await start();
  const lateWriteWindowMs = 1_000;
  const client = connect({ lateWriteWindowMs: lateWriteWindowMs });
  service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'PUT' } });
  const begunAt = Date.now();
  await client.personas.update(1, { name: 'Lost' }).catch(() => {});
  const times = () => [...store.held.values()].map(({ value }) => Number.parseInt(value, 10));
  await vi.waitFor(
    () => expect(times().filter((time) => time >= begunAt + lateWriteWindowMs).length).toBeGreaterThan(0),
    { timeout: 20_000 },
  );
});

it('the answer to a write is kept by nobody: another process may have written at that time', async () => {
  const { connect, service } = await start();
  const client = connect();
  await client.personas.update(1, { name: 'Written' });
  service.faults.add({ status: 503 });
  expect(await client.personas.get(1).catch(({ code }) => code)).toBe('server_error');
});

describe('the options', () => {
  const store = new MemoryStore();
  const issues = (cache: object) =>
    thrownBy(PersonaValidationError, () => new PersonaClient({ cache })).issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('say what is missing, and never the secret', () => {
    expect(issues({ store })).toEqual([
      expect.stringMatching(/^cache\.keySecret: must be a string of at least 16/),
    ]);
    expect(issues({ store, keySecret: 'short' })).toEqual([
      expect.stringMatching(/^cache\.keySecret: must be .*16/),
    ]);
    expect(issues({ keySecret: KEY_SECRET })).toEqual(['cache.keySecret: needs a store']);
    expect(issues({ store: {}, keySecret: KEY_SECRET })).toEqual([
      'cache.store: must have get, set and delete',
    ]);
    expect(issues({ store, keySecret: KEY_SECRET, namespace: 'a b' })).toHaveLength(1);
    expect(JSON.stringify(issues({ store: {}, keySecret: 'hunter2' }))).not.toContain('hunter2');
  });

  it('are refused where there is no WebCrypto', () => {
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
    const { connect, store, service } = await start({}, { storeTimeoutMs: 10_000 });
    const client = connect();
    await client.personas.get(1);
    service.clearRequests();
    store.mood = 'hangs';
    const signal = AbortSignal.abort();
    const error = await failureOf(Error, client.personas.get(1, { signal }));
    expect(error.name).toBe('AbortError');
    const leaving = new AbortController();
    const waiting = failureOf(Error, client.personas.get(1, { signal: leaving.signal }));
    leaving.abort();
    expect((await waiting).name).toBe('AbortError');
    expect(service.requests).toEqual([]);
  });
});
