import { PersonaError, PersonaNotCachedError, PersonaServerError, PersonaTimeoutError } from 'persona-client';
import { fail } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

const setup = async (options: Parameters<typeof startService>[0] = {}, clientOptions = {}) => {
  const served = await startService(options);
  const client = served.connect({ dialect: served.dialect, retry: NO_BACKOFF, ...clientOptions });
  const outcomes: string[] = [];
  client.on('cache', ({ outcome }) => outcomes.push(outcome));
  return {
    ...served,
    client,
    outcomes,
    source: async (work: Promise<{ meta: { source: string } }>) => (await work).meta.source,
  };
};

describe.each(DIALECTS)('responses that contain other reads (%s)', (dialect) => {
  it('a list fills the cache with its personas, as a single read returns them', async () => {
    const { client, service, requestLines } = await setup({ dialect, seed: 5 });
    const { items } = await client.personas.list();
    service.clearRequests();
    for (const item of items) {
      const { data, meta } = await client.withMeta.personas.get(item.id);
      expect(meta).toMatchObject({ source: 'cache', attempts: 0, status: 200 });
      expect(data).toEqual(item);
      expect(data).not.toBe(item);
      expect(await client.personas.get(item.id, { cache: 'no-store' })).toEqual(data);
    }
    expect(requestLines()).toHaveLength(5);
  });

  it('create and update store their response, as a read returns it', async () => {
    const { client, service, source } = await setup({ dialect });
    const created = await client.personas.create({ name: 'Ada', contextual: { season: 'spring' } });
    expect(await source(client.withMeta.personas.get(created.id))).toBe('cache');
    const updated = await client.personas.update(created.id, { name: 'Ada Lovelace' });
    expect((await client.withMeta.personas.get(created.id)).data).toEqual(updated);
    expect(service.requests.filter(({ method }) => method === 'GET')).toEqual([]);
    expect(await client.personas.get(created.id, { cache: 'no-store' })).toEqual(updated);
  });

  it.each(['demographic', 'psychographic', 'behavioral', 'contextual'] as const)(
    'the update of %s stores its response and invalidates the persona',
    async (category) => {
      const { client, source } = await setup({ dialect });
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

  it('does not store the response of a call with no-store or with its own headers', async () => {
    const { client, source } = await setup({ dialect });
    await client.personas.update(1, { name: 'A' }, { cache: 'no-store' });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    await client.personas.update(1, { name: 'B' }, { headers: { 'x-on-behalf-of': 'someone' } });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('does not store the response of an update that overlaps another', async () => {
    const { client, service } = await setup({ dialect });
    service.faults.add({ delayMs: 30, times: 1, match: { method: 'PUT' } }); // is applied and answered after the second
    const [, second] = await Promise.all([
      client.personas.update(1, { name: 'First' }),
      client.personas.update(1, { name: 'Second' }),
    ]);
    expect(second.name).toBe('Second');
    expect(await client.personas.get(1)).toEqual(await client.personas.get(1, { cache: 'no-store' }));
  });
});

describe('the TTL', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }));
  afterEach(() => void vi.useRealTimers());
  const cache = { ttlMs: 1_000, ttlMsFor: { 'personas.get': 5_000, 'fieldConfig.get': 60_000 } };

  it('is the entry of ttlMsFor for the read, or else ttlMs', async () => {
    const { client, source } = await setup({ dialect: 'attributes' }, { cache });
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

  it('of an entry from another response is that of the single read', async () => {
    const { client, source } = await setup({}, { cache });
    await client.personas.list();
    await client.personas.update(2, { name: 'Written' });
    vi.advanceTimersByTime(4_999);
    const both = () =>
      Promise.all([client.withMeta.personas.get(1), client.withMeta.personas.get(2)].map(source));
    expect(await both()).toEqual(['cache', 'cache']);
    vi.advanceTimersByTime(1);
    expect(await both()).toEqual(['network', 'network']);
  });

  it('can be set per call, for reading and for storing', async () => {
    const { client, source } = await setup({}, { cache });
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
  it('sends nothing, and returns the cached entry or fails with a typed error', async () => {
    const { client, service, outcomes } = await setup();
    const error = await expectRejection(
      PersonaNotCachedError,
      client.personas.get(1, { cache: 'only-if-cached' }),
    );
    expect(error).toMatchObject({ code: 'not_cached', attempts: 0, maybeApplied: false });
    expect(error.message).toMatch(
      /personas\.get .* is not in the cache, and cache: 'only-if-cached' forbids a request\./,
    );
    expect(service.requests).toEqual([]);
    await client.personas.get(1);
    const { meta } = await client.withMeta.personas.get(1, { cache: 'only-if-cached' });
    expect(meta).toMatchObject({ source: 'cache', attempts: 0 });
    expect(service.requests).toHaveLength(1);
    expect(outcomes).toEqual(['miss', 'miss', 'hit']);
  });

  it('returns a stale entry, with source "stale"', async () => {
    const { client } = await setup({}, { cache: { ttlMs: 0 } });
    await client.personas.get(1);
    const { meta } = await client.withMeta.personas.get(1, { cache: 'only-if-cached' });
    expect(meta).toMatchObject({ source: 'stale', attempts: 0 });
  });

  it('does not detect the dialect, and fails for reads that are never cached', async () => {
    const { client, service } = await setup({}, { dialect: 'auto' });
    const cache = 'only-if-cached';
    await expectRejection(PersonaNotCachedError, client.demographic.get(1, { cache }));
    await expectRejection(PersonaNotCachedError, client.schema.get({ cache }));
    await expectRejection(PersonaNotCachedError, client.health.check({ cache }));
    expect(service.requests).toEqual([]);
    expect(await client.demographic.update(1, { city: 'Bern' }, { cache })).toMatchObject({ city: 'Bern' });
  });

  it('fails with the same error if the cache is off', async () => {
    const { client, service } = await setup({}, { cache: false });
    await expectRejection(PersonaNotCachedError, client.personas.get(1, { cache: 'only-if-cached' }));
    expect(service.requests).toEqual([]);
    expect(client.cache.stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
    await client.cache.clear();
  });
});

describe.each(['etag', 'last-modified'] as const)('revalidation by %s', (validators) => {
  let aheadMs = 60_000;
  const later = { now: () => Date.now() + aheadMs }; // the seed personas must not be from the current second
  beforeEach(() => {
    aheadMs = 60_000;
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  });
  afterEach(() => void vi.useRealTimers());

  it('keeps serving a stale entry that the service confirms with 304', async () => {
    const { client, service, outcomes } = await setup({ validators, ...later });
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

  it('returns a separate copy to each deduplicated caller', async () => {
    const { client } = await setup({ validators, ...later });
    await client.personas.get(1);
    vi.advanceTimersByTime(300_000);
    const [one, two] = await Promise.all([client.withMeta.personas.get(1), client.withMeta.personas.get(1)]);
    expect([one.meta.source, two.meta.source]).toEqual(['revalidated', 'deduplicated']);
    expect(one.data).toEqual(two.data);
    expect(one.data).not.toBe(two.data);
  });

  it('returns the new data if it has changed', async () => {
    const { client, service, connect } = await setup({ validators, ...later });
    await client.personas.get(1);
    await connect().personas.update(1, { name: 'Changed elsewhere' });
    aheadMs += 60_000;
    vi.advanceTimersByTime(300_000);
    service.clearRequests();
    const { data, meta } = await client.withMeta.personas.get(1);
    expect([data.name, meta.source]).toEqual(['Changed elsewhere', 'network']);
    expect(service.requests.map(({ status }) => status)).toEqual([200]);
  });

  it('sends no conditional request after a write, with reload or with no-store', async () => {
    const { client, service } = await setup({ validators, ...later });
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

describe('a 304 response to an unconditional request', () => {
  it('fails with unexpected_status', async () => {
    const { client, service } = await setup();
    service.faults.add({ status: 304, times: 1 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unexpected_status' });
  });
});

describe('Last-Modified', () => {
  it('is not used if the response is from the same second as the change', async () => {
    const { client, service } = await setup({ validators: 'last-modified' }, { cache: { ttlMs: 0 } });
    await client.personas.update(1, { name: 'Just now' }, { cache: 'no-store' });
    await client.personas.get(1);
    await client.personas.get(1);
    expect(service.requests.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('the size limit', () => {
  it('is in bytes: the least recently used entry is evicted first', async () => {
    const { client, source } = await setup({ seed: 20 }, { cache: { maxBytes: 20_000 } });
    for (let id = 1; id <= 20; id++) await client.personas.get(id);
    const { bytes, entries, evictions } = client.cache.stats();
    expect(bytes).toBeLessThanOrEqual(20_000);
    expect(bytes).toBeGreaterThan(10_000);
    expect(entries + evictions).toBe(20);
    expect(evictions).toBeGreaterThan(0);
    expect(await source(client.withMeta.personas.get(20))).toBe('cache');
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('rejects a single entry that is larger than the cache', async () => {
    const { client, source } = await setup({}, { cache: { maxBytes: 100 } });
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
    expect(client.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('a write whose response was lost', () => {
  const WINDOW_MS = 200;
  it('prevents storing entries with its tags until the late-write window ends', async () => {
    const { client, service, source } = await setup({}, { lateWriteWindowMs: WINDOW_MS, retry: false });
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

  it('has a late-write window even if a retry succeeded', async () => {
    const { client, service, source } = await setup({}, { lateWriteWindowMs: 3_600_000 });
    service.faults.add({ reset: true, times: 1, match: { method: 'PUT' } });
    await client.personas.update(1, { name: 'Twice' });
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('has no late-write window if the service rejected it', async () => {
    const { client, service, source } = await setup({}, { lateWriteWindowMs: 3_600_000 });
    service.faults.add({ status: 409, times: 1, match: { method: 'PUT' } });
    service.faults.add({ status: 429, times: 1, match: { method: 'DELETE' } });
    await client.personas.update(1, { name: 'Rejected' }).catch(() => {});
    await client.personas.delete(2);
    await client.personas.get(1);
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    await client.personas.list();
    expect(await source(client.withMeta.personas.list())).toBe('cache');
  });
});

describe('a fresh entry', () => {
  it('is served while the circuit is open, and does not count as a success', async () => {
    const { client, service, source } = await setup({ seed: 2 }, { retry: false, breaker: { failMax: 1 } });
    await client.personas.get(1);
    service.faults.add(fail({ status: 503 }));
    await expectRejection(PersonaServerError, client.personas.get(2));
    expect(client.circuit).toBe('open');
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    expect(client.circuit).toBe('open');
  });

  it('is served after the token expires, without a refresh', async () => {
    const auth = { username: 'admin', password: 'secret' };
    const service = { seed: 1, auth: { users: { admin: 'secret' }, accessTtlSeconds: 2 } };
    const { client, requestLines, source } = await setup(service, { auth });
    await client.personas.get(1);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_000);
    expect(await source(client.withMeta.personas.get(1))).toBe('cache');
    expect(requestLines()).toEqual(['POST /api/v1/auth/login', 'GET /api/v1/personas/1']);
    await client.personas.get(1, { cache: 'reload' }); // a request needs a token
    expect(requestLines()[2]).toBe('POST /api/v1/auth/refresh');
  });
});

describe('client.cache', () => {
  it('reports statistics and clears all entries', async () => {
    const { client, source } = await setup({}, { cache: { ttlMs: 60_000 } });
    await Promise.all([client.personas.get(1), client.personas.get(1)]);
    await client.personas.get(1);
    expect(client.cache.stats()).toMatchObject({
      hits: 1,
      misses: 1,
      deduplicated: 1,
      stale: 0,
      entries: 1,
      evictions: 0,
    });
    await client.cache.clear();
    expect(client.cache.stats()).toMatchObject({ hits: 1, entries: 0, bytes: 0 });
    expect(await source(client.withMeta.personas.get(1))).toBe('network');
  });

  it('clears the entries of one view; the statistics cover all views', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { client, source } = await setup({ auth: { users } }, {});
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

  it('invalidates the entries of one user when another user writes', async () => {
    const users = { ada: 'one', bob: 'two' };
    const { client } = await setup({ auth: { users } }, {});
    const ada = client.as({ username: 'ada', password: 'one' });
    const bob = client.as({ username: 'bob', password: 'two' });
    await ada.personas.get(1);
    await bob.personas.update(1, { name: 'By Bob' });
    expect((await ada.personas.get(1)).name).toBe('By Bob');
  });
});

describe('during an outage', () => {
  it('a stale entry is served, unless a write invalidated it', async () => {
    const { client, service } = await setup({}, { cache: { ttlMs: 0 }, retry: false });
    await client.personas.get(1);
    await client.personas.get(2);
    await client.personas.delete(2);
    service.faults.add({ status: 503 });
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('stale');
    await expectRejection(PersonaServerError, client.personas.get(2));
  });

  it('a read without an entry ends at its deadline', async () => {
    const { client, service } = await setup();
    service.faults.add({ stall: true });
    await expectRejection(PersonaTimeoutError, client.personas.get(1, { deadlineMs: 30 }));
  });
});

describe('a read that joined another one which failed', () => {
  it.each([
    ['retries', { retry: false }, { retry: { limit: 1 } }],
    ['a longer timeout', { timeoutMs: 50 }, { timeoutMs: 5_000 }],
    ['a later deadline', { deadlineMs: 5_000 }, { deadlineMs: 50_000 }],
  ] as const)('continues alone if its options allow more: %s', async (name, impatient, patient) => {
    const { client, service, outcomes } = await setup({}, { retry: { ...NO_BACKOFF, limit: 0 } });
    service.faults.add({ ...(name === 'a longer timeout' ? { stall: true } : { status: 503 }), times: 1 });
    const failing = expectRejection(PersonaError, client.personas.get(1, impatient));
    const joined = client.personas.get(1, patient);
    await failing;
    expect((await joined).id).toBe(1);
    expect(outcomes).toEqual(['miss', 'deduplicated', 'miss']);
  });

  it('fails with it if its options allow no more', async () => {
    const { client, service } = await setup({}, { retry: false });
    service.faults.add({ status: 503 });
    const reads = Array.from({ length: 50 }, () =>
      expectRejection(PersonaServerError, client.personas.get(1)),
    );
    await Promise.all(reads);
    await expectRejection(PersonaServerError, client.personas.get(2, { retry: { limit: 1 } }));
    expect(service.requests).toHaveLength(3);
  });

  it('does not continue after its own abort, or after an error that repeats', async () => {
    const { client, service } = await setup({}, { retry: false });
    const controller = new AbortController();
    service.faults.add({ delayMs: 20, status: 503, times: 1 });
    const failing = expectRejection(PersonaServerError, client.personas.get(1));
    const aborted = client.personas.get(1, { retry: { limit: 1 }, signal: controller.signal });
    controller.abort();
    await Promise.all([failing, expectRejection(PersonaError, aborted)]);
    const missing = [client.personas.get(999), client.personas.get(999, { retry: { limit: 1 } })];
    await Promise.all(missing.map((read) => expectRejection(PersonaError, read)));
    expect(service.requests).toHaveLength(2);
  });
});

describe('after the machine slept for eight hours', () => {
  const sleep = () => vi.setSystemTime(Date.now() + 8 * 3_600_000);
  const cache = { ttlMs: 60_000, staleIfErrorMs: 3_600_000, staleWhileRevalidateMs: 3_600_000 };
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('sends a read again instead of serving the entry as fresh', async () => {
    const { client, connect } = await setup({}, { cache: { ttlMs: 60_000 } });
    await client.personas.get(1);
    await connect().personas.update(1, { name: 'Changed elsewhere' });
    sleep();
    const { data, meta } = await client.withMeta.personas.get(1);
    expect([data.name, meta.source]).toEqual(['Changed elsewhere', 'network']);
  });

  it('serves no entry whose windows have passed, and reports the age of other entries', async () => {
    const { client, service } = await setup({}, { cache, retry: false });
    await client.personas.get(1);
    await client.personas.get(2, { cache: { ttlMs: 24 * 3_600_000 } });
    sleep();
    service.faults.add({ status: 503 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ status: 503 });
    const { meta } = await client.withMeta.personas.get(2);
    expect(meta).toMatchObject({ source: 'cache', ageMs: 8 * 3_600_000 });
  });

  it('keeps entries if the wall clock was set back', async () => {
    const { client } = await setup({}, { cache: { ttlMs: 60_000 } });
    await client.personas.get(1);
    vi.setSystemTime(Date.now() - 8 * 3_600_000);
    expect((await client.withMeta.personas.get(1)).meta).toMatchObject({ source: 'cache', ageMs: 0 });
  });
});
