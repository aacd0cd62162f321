import { PersonaNotCachedError, PersonaServerError, PersonaTimeoutError } from 'persona-client';
import { fail } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, DIALECTS, serve } from '../../support/service.js';

const start = async (options: Parameters<typeof serve>[0] = {}, more = {}) => {
  const served = await serve(options);
  const client = served.connect({ dialect: served.dialect, retry: AT_ONCE, ...more });
  const outcomes: string[] = [];
  client.on('cache', ({ outcome }) => outcomes.push(outcome));
  return {
    ...served,
    client,
    outcomes,
    source: async (work: Promise<{ meta: { source: string } }>) => (await work).meta.source,
  };
};

describe.each(DIALECTS)('what one answer tells of another read (%s)', (dialect) => {
  it('a list warms the personas it brought, just as they would have been read', async () => {
    const { client, service, asked } = await start({ dialect, seed: 5 });
    const { items } = await client.personas.list();
    service.clearRequests();
    for (const item of items) {
      const { data, meta } = await client.withMeta.personas.get(item.id);
      expect(meta).toMatchObject({ source: 'cache', attempts: 0, status: 200 });
      expect(data).toEqual(item);
      expect(data).not.toBe(item);
      expect(await client.personas.get(item.id, { cache: 'no-store' })).toEqual(data);
    }
    expect(asked()).toHaveLength(5);
  });

  it('create and update keep what the service answered, as it would be read', async () => {
    const { client, service, source } = await start({ dialect });
    const created = await client.personas.create({ name: 'Kept', contextual: { season: 'spring' } });
    expect(await source(client.withMeta.personas.get(created.id))).toBe('cache');
    const updated = await client.personas.update(created.id, { name: 'Kept anew' });
    expect((await client.withMeta.personas.get(created.id)).data).toEqual(updated);
    expect(service.requests.filter(({ method }) => method === 'GET')).toEqual([]);
    expect(await client.personas.get(created.id, { cache: 'no-store' })).toEqual(updated);
  });

  it.each(['demographic', 'psychographic', 'behavioral', 'contextual'] as const)(
    'so does the update of %s, whose persona is read anew',
    async (category) => {
      const { client, source } = await start({ dialect });
      const before = await client.personas.get(1);
      const values = { demographic: { city: 'Bern' }, contextual: { season: 'winter' } };
      const data = { interests: ['x'], browsing_habits: ['y'], ...values };
      const part = {
        psychographic: { interests: data.interests },
        behavioral: { browsing_habits: data.browsing_habits },
        ...values,
      };
      const updated = await client[category].update(1, part[category] as never);
      expect((await client.withMeta[category].get(1)).meta.source).toBe('cache');
      expect(await client[category].get(1)).toEqual(updated);
      expect(await client[category].get(1, { cache: 'no-store' })).toEqual(updated);
      expect(await source(client.withMeta.personas.get(1))).toBe('network');
      expect((await client.personas.get(1)).updated_at).not.toBe(before.updated_at);
    },
  );

  it('keeps nothing of a call that said so, or that had headers of its own', async () => {
    const { client, source } = await start({ dialect });
    await client.personas.update(1, { name: 'A' }, { cache: 'no-store' });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    await client.personas.update(1, { name: 'B' }, { headers: { 'x-on-behalf-of': 'someone' } });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('does not keep the answer of an update that another one overtook', async () => {
    const { client, service } = await start({ dialect });
    service.faults.add({ delayMs: 30, times: 1, match: { method: 'PUT' } }); // lands after the second, answers last
    const [, second] = await Promise.all([
      client.personas.update(1, { name: 'First' }),
      client.personas.update(1, { name: 'Second' }),
    ]);
    expect(second.name).toBe('Second');
    expect(await client.personas.get(1)).toEqual(await client.personas.get(1, { cache: 'no-store' }));
  });
});

describe('the time to live', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());
  const cache = { ttlMs: 1_000, ttlMsFor: { 'personas.get': 5_000, 'fieldConfig.get': 60_000 } };

  it('is the client’s, but for the reads that have one of their own', async () => {
    const { client, source } = await start({ dialect: 'attributes' }, { cache });
    const reads = {
      list: () => source(client.withMeta.personas.list({ perPage: 1 })),
      get: () => source(client.withMeta.personas.get(2)),
      part: () => source(client.withMeta.demographic.get(2)),
      fields: () => source(client.withMeta.fieldConfig.get()),
    };
    const sources = async () =>
      Object.fromEntries(
        await Promise.all(Object.entries(reads).map(async ([name, read]) => [name, await read()])),
      );
    await sources();
    vi.advanceTimersByTime(999);
    expect(await sources()).toEqual({ list: 'cache', get: 'cache', part: 'cache', fields: 'cache' });
    vi.advanceTimersByTime(1);
    expect(await sources()).toEqual({ list: 'network', get: 'cache', part: 'network', fields: 'cache' });
    vi.advanceTimersByTime(4_000);
    expect(await sources()).toEqual({ list: 'network', get: 'network', part: 'network', fields: 'cache' });
    vi.advanceTimersByTime(55_000);
    expect((await sources()).fields).toBe('network');
  });

  it('of a read that another answer brought is that of the read', async () => {
    const { client, source } = await start({}, { cache });
    await client.personas.list();
    await client.personas.update(2, { name: 'Written' });
    vi.advanceTimersByTime(4_999);
    const both = () =>
      Promise.all([client.withMeta.personas.get(1), client.withMeta.personas.get(2)].map(source));
    expect(await both()).toEqual(['cache', 'cache']);
    vi.advanceTimersByTime(1);
    expect(await both()).toEqual(['network', 'network']);
  });

  it('can be said by each call: for what it takes, and for what it leaves', async () => {
    const { client, source } = await start({}, { cache });
    const get = (ttlMs?: number) =>
      source(client.withMeta.personas.get(1, ttlMs === undefined ? {} : { cache: { ttlMs } }));
    expect(await get(20_000)).toBe('network');
    vi.advanceTimersByTime(19_999);
    expect([await get(), await get(19_999)]).toEqual(['cache', 'network']);
    vi.advanceTimersByTime(4_999);
    expect(await get()).toBe('cache');
    expect(await get(0)).toBe('network');
  });
});

describe("cache: 'only-if-cached'", () => {
  it('sends nothing: what is kept, or a typed error', async () => {
    const { client, service, outcomes } = await start();
    const error = await failureOf(PersonaNotCachedError, client.personas.get(1, { cache: 'only-if-cached' }));
    expect(error).toMatchObject({ code: 'not_cached', attempts: 0, maybeApplied: false });
    expect(error.message).toMatch(/personas\.get.*nothing is kept.*only-if-cached/);
    expect(service.requests).toEqual([]);
    await client.personas.get(1);
    const { meta } = await client.withMeta.personas.get(1, { cache: 'only-if-cached' });
    expect(meta).toMatchObject({ source: 'cache', attempts: 0 });
    expect(service.requests).toHaveLength(1);
    expect(outcomes).toEqual(['miss', 'miss', 'hit']);
  });

  it('takes what is past its TTL, and says so', async () => {
    const { client } = await start({}, { cache: { ttlMs: 0 } });
    await client.personas.get(1);
    const { meta } = await client.withMeta.personas.get(1, { cache: 'only-if-cached' });
    expect(meta).toMatchObject({ source: 'stale', attempts: 0 });
  });

  it('sends nothing to find out the dialect either, nor for what is never kept', async () => {
    const { client, service } = await start({}, { dialect: 'auto' });
    const cache = 'only-if-cached';
    await failureOf(PersonaNotCachedError, client.demographic.get(1, { cache }));
    await failureOf(PersonaNotCachedError, client.schema.get({ cache }));
    await failureOf(PersonaNotCachedError, client.health.check({ cache }));
    expect(service.requests).toEqual([]);
    expect(await client.demographic.update(1, { city: 'Bern' }, { cache })).toMatchObject({ city: 'Bern' });
  });

  it('is an error of its kind where there is no cache at all', async () => {
    const { client, service } = await start({}, { cache: false });
    await failureOf(PersonaNotCachedError, client.personas.get(1, { cache: 'only-if-cached' }));
    expect(service.requests).toEqual([]);
    expect(client.cache.stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
    await client.cache.clear();
  });
});

describe.each(['etag', 'last-modified'] as const)('revalidation by %s', (validators) => {
  let ahead = 60_000;
  const later = { now: () => Date.now() + ahead }; // so that the examples were not written within this very second
  beforeEach(() => {
    ahead = 60_000;
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => void vi.useRealTimers());

  it('asks whether what is past its TTL has changed, and goes on with it if not', async () => {
    const { client, service, outcomes } = await start({ validators, ...later });
    const first = await client.personas.get(1);
    vi.advanceTimersByTime(300_000);
    service.clearRequests();
    const { data, meta } = await client.withMeta.personas.get(1);
    expect(data).toEqual(first);
    expect(meta).toMatchObject({ source: 'revalidated', status: 200, attempts: 1, ageMs: 0 });
    expect(service.requests.map(({ status }) => status)).toEqual([304]);
    vi.advanceTimersByTime(299_999);
    expect((await client.withMeta.personas.get(1)).meta).toMatchObject({ source: 'cache', ageMs: 299_999 });
    expect(outcomes).toEqual(['miss', 'miss', 'revalidated', 'hit']);
    expect(client.cache.stats()).toMatchObject({ hits: 1, misses: 2, revalidated: 1, entries: 1 });
  });

  it('gives those who wait together an object each', async () => {
    const { client } = await start({ validators, ...later });
    await client.personas.get(1);
    vi.advanceTimersByTime(300_000);
    const [one, two] = await Promise.all([client.withMeta.personas.get(1), client.withMeta.personas.get(1)]);
    expect([one.meta.source, two.meta.source]).toEqual(['revalidated', 'deduplicated']);
    expect(one.data).toEqual(two.data);
    expect(one.data).not.toBe(two.data);
  });

  it('takes the new answer where it has changed', async () => {
    const { client, service, connect } = await start({ validators, ...later });
    await client.personas.get(1);
    await connect().personas.update(1, { name: 'Changed elsewhere' });
    ahead += 60_000;
    vi.advanceTimersByTime(300_000);
    service.clearRequests();
    const { data, meta } = await client.withMeta.personas.get(1);
    expect([data.name, meta.source]).toEqual(['Changed elsewhere', 'network']);
    expect(service.requests.map(({ status }) => status)).toEqual([200]);
  });

  it('asks nothing of the kind for what is not kept: after its own write, with reload, without a cache', async () => {
    const { client, service } = await start({ validators, ...later });
    await client.personas.get(1);
    await client.personas.delete(1);
    vi.advanceTimersByTime(300_000);
    await client.personas.get(1).catch(() => {});
    await client.personas.get(2);
    await client.personas.get(2, { cache: 'reload' });
    await client.personas.get(2, { cache: 'no-store' });
    expect(service.requests.map(({ status }) => status)).not.toContain(304);
    const conditions = service.requests.flatMap(({ headers }) =>
      Object.keys(headers).filter((name) => name.startsWith('if-')),
    );
    expect(conditions).toEqual([]);
  });
});

describe('a 304 that nobody asked for', () => {
  it('is no answer', async () => {
    const { client, service } = await start();
    service.faults.add({ status: 304, times: 1 });
    expect(await client.personas.get(1).catch((error: unknown) => error)).toMatchObject({
      code: 'unexpected_status',
    });
  });
});

describe('Last-Modified', () => {
  it('is not relied on when the answer came in the very second of the change', async () => {
    const { client, service } = await start({ validators: 'last-modified' }, { cache: { ttlMs: 0 } });
    await client.personas.update(1, { name: 'Just now' }, { cache: 'no-store' });
    await client.personas.get(1);
    await client.personas.get(1);
    expect(service.requests.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('room', () => {
  it('is bounded by bytes, the least recently used going first', async () => {
    const { client, source } = await start({ seed: 20 }, { cache: { maxBytes: 20_000 } });
    for (let id = 1; id <= 20; id++) await client.personas.get(id);
    const { bytes, entries, evictions } = client.cache.stats();
    expect(bytes).toBeLessThanOrEqual(20_000);
    expect(bytes).toBeGreaterThan(10_000);
    expect(entries + evictions).toBe(20);
    expect(evictions).toBeGreaterThan(0);
    expect(await source(client.withMeta.personas.get(20))).toBe('cache');
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('has none for an answer that is larger than all of it', async () => {
    const { client, source } = await start({}, { cache: { maxBytes: 100 } });
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    expect(client.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('a write whose answer was lost', () => {
  const AFTER_MS = 200;
  it('may land later: until then nothing that it touches is kept', async () => {
    const { client, service, source } = await start({}, { lateWriteWindowMs: AFTER_MS, retry: false });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'PUT' } });
    await client.personas.update(1, { name: 'Lost' }).catch(() => {});
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    await client.personas.get(2);
    expect(await source(client.withMeta.personas.get(2))).toBe('cache');
    await vi.waitFor(async () => expect(await source(client.withMeta.personas.get(1))).toBe('cache'), {
      interval: 20,
      timeout: 10_000,
    });
  });

  it('so it is when the write was tried again: the first try may come last', async () => {
    const { client, service, source } = await start({}, { lateWriteWindowMs: 3_600_000 });
    service.faults.add({ reset: true, times: 1, match: { method: 'PUT' } });
    await client.personas.update(1, { name: 'Twice' });
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('not when the service refused it', async () => {
    const { client, service, source } = await start({}, { lateWriteWindowMs: 3_600_000 });
    service.faults.add({ status: 409, times: 1, match: { method: 'PUT' } });
    service.faults.add({ status: 429, times: 1, match: { method: 'DELETE' } });
    await client.personas.update(1, { name: 'Refused' }).catch(() => {});
    await client.personas.delete(2);
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    await client.personas.list();
    expect(await source(client.withMeta.personas.list())).toBe('cache');
  });
});

describe('what is kept and fresh', () => {
  it('is had while the circuit is open, and counts for nothing there', async () => {
    const { client, service, source } = await start({ seed: 2 }, { retry: false, breaker: { failMax: 1 } });
    await client.personas.get(1);
    service.faults.add(fail({ status: 503 }));
    await failureOf(PersonaServerError, client.personas.get(2));
    expect(client.circuit).toBe('open');
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    expect(client.circuit).toBe('open');
  });

  it('is had when the token has ended, without a new one', async () => {
    const auth = { username: 'admin', password: 'secret' };
    const service = { seed: 1, auth: { users: { admin: 'secret' }, accessTtlSeconds: 2 } };
    const { client, asked, source } = await start(service, { auth });
    await client.personas.get(1);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_000);
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    expect(asked()).toEqual(['POST /api/v1/auth/login', 'GET /api/v1/personas/1']);
    await client.personas.get(1, { cache: 'reload' }); // what has to be asked needs one
    expect(asked()[2]).toBe('POST /api/v1/auth/refresh');
  });
});

describe('client.cache', () => {
  it('counts and empties', async () => {
    const { client, source } = await start({}, { cache: { ttlMs: 60_000 } });
    await Promise.all([client.personas.get(1), client.personas.get(1)]);
    await client.personas.get(1);
    expect(client.cache.stats()).toMatchObject({
      hits: 1,
      misses: 1,
      joined: 1,
      stale: 0,
      entries: 1,
      evictions: 0,
    });
    await client.cache.clear();
    expect(client.cache.stats()).toMatchObject({ hits: 1, entries: 0, bytes: 0 });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('of a view empties what that view has read, and counts for all', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { client, source } = await start({ auth: { users } }, {});
    const [ada, bob] = (['ada', 'bob'] as const).map((username) =>
      client.as({ username, password: users[username] }),
    );
    await ada?.personas.get(1);
    await bob?.personas.get(1);
    await ada?.cache.clear();
    expect(await source(bob?.withMeta.personas.get(1) as never)).toBe('cache');
    expect(await source(ada?.withMeta.personas.get(1) as never)).toBe('network');
    expect(client.cache.stats()).toMatchObject({ hits: 1, misses: 3 });
  });

  it('of one user is ended by what another one writes', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { client } = await start({ auth: { users } }, {});
    const ada = client.as({ username: 'ada', password: 'one' });
    const bob = client.as({ username: 'bob', password: 'two' });
    await ada.personas.get(1);
    await bob.personas.update(1, { name: 'By Bob' });
    expect((await ada.personas.get(1)).name).toBe('By Bob');
  });
});

describe('an outage', () => {
  it('is stood in for by what a write did not end, and by nothing older', async () => {
    const { client, service } = await start({}, { cache: { ttlMs: 0 }, retry: false });
    await client.personas.get(1);
    await client.personas.get(2);
    await client.personas.delete(2);
    service.faults.add({ status: 503 });
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('stale');
    await failureOf(PersonaServerError, client.personas.get(2));
  });

  it('ends at the deadline where nothing is kept', async () => {
    const { client, service } = await start();
    service.faults.add({ stall: true });
    await failureOf(PersonaTimeoutError, client.personas.get(1, { deadlineMs: 30 }));
  });
});
