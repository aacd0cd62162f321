import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResponseCache } from '../../../src/cache/index.js';
import type { CacheRequest, LoadResult, PrimedEntry } from '../../../src/cache/types.js';
import type { ResolvedCacheOptions } from '../../../src/config/cache-options.js';
import type { Call } from '../../../src/core/call.js';
import { PersonaError, PersonaNotFoundError } from '../../../src/core/errors/index.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import { expectRejection } from '../../support/failures.js';
import { abortError, connectionReset, createCall, deferred, timeoutError } from '../../support/pipeline.js';

type Data = { name: string; tags?: string[] };

const loaded = (name: string, overrides: Partial<LoadResult<Data>> = {}): LoadResult<Data> => ({
  data: { name },
  status: 200,
  requestId: `id-of-${name}`,
  attempts: 1,
  storable: true,
  ...overrides,
});

const LIMITS = {
  timeoutMs: 10_000,
  deadlineMs: 60_000,
  retry: { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 },
};
const REQUEST = {
  mode: 'default',
  ttlMs: undefined,
  assertSendable: () => {},
  findPrimedEntries: (): PrimedEntry[] => [],
} as const;

function setup(options: Partial<ResolvedCacheOptions> = {}) {
  const events = new EventEmitter();
  const outcomes: string[] = [];
  events.on('cache', ({ outcome }) => outcomes.push(outcome));
  const cache = new ResponseCache(
    {
      ttlMs: 1_000,
      ttlMsFor: {},
      maxEntries: 100,
      maxBytes: 1_000_000,
      staleIfErrorMs: 5_000,
      staleWhileRevalidateMs: 0,
      lateWriteWindowMs: 10_000,
      revalidationLimits: LIMITS,
      ...options,
    },
    events,
  );
  const loads: Call[] = [];
  let load: (call: Call) => Promise<LoadResult<Data>> = async () => loaded('Ada');
  return {
    cache,
    outcomes,
    loads,
    /** Replaces the service's response. */
    service: (respond: typeof load) => {
      load = respond;
    },
    read: async (request: Partial<CacheRequest<Data>> = {}, call = createCall().call) =>
      cache.read<Data>(call, {
        ...REQUEST,
        tags: ['persona:1'],
        load: (sharedCall) => {
          loads.push(sharedCall);
          return load(sharedCall);
        },
        ...request,
      }),
    write: (
      tags: string[],
      work: () => Promise<LoadResult<Data>> = async () => loaded('written'),
      sent = true,
      findPrimedEntries: CacheRequest<Data>['findPrimedEntries'] = REQUEST.findPrimedEntries,
    ) => {
      const { call } = createCall({ method: 'PUT', isWrite: true });
      call.progress.attempts = sent ? 1 : 0;
      return cache.write<Data>(call, { ...REQUEST, tags, load: work, findPrimedEntries });
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('cache: reads', () => {
  it('serves an entry until its TTL ends, and reports its age', async () => {
    const { read, loads, outcomes } = setup();
    expect(await read()).toMatchObject({ data: { name: 'Ada' }, source: 'network', ageMs: 0, attempts: 1 });
    await vi.advanceTimersByTimeAsync(999);
    expect(await read()).toMatchObject({
      data: { name: 'Ada' },
      source: 'cache',
      ageMs: 999,
      attempts: 0,
      requestId: 'id-of-Ada',
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(await read()).toMatchObject({ source: 'network' });
    expect(loads).toHaveLength(2);
    expect(outcomes).toEqual(['miss', 'hit', 'miss']);
  });

  it('returns a separate copy to each caller', async () => {
    const { read, service } = setup();
    service(async () => loaded('Ada', { data: { name: 'Ada', tags: ['a'] } }));
    const [first, second] = await Promise.all([read(), read()]);
    first.data.tags?.push('mine');
    second.data.name = 'changed';
    const hit = await read();
    expect(hit.data).toEqual({ name: 'Ada', tags: ['a'] });
    hit.data.name = 'changed';
    expect((await read()).data.name).toBe('Ada');
  });

  it('does not copy properties of Object.prototype', async () => {
    const { read } = setup();
    await read();
    await read();
    const polluted = Object.prototype as { extra?: object };
    polluted.extra = {};
    try {
      expect(Object.keys((await read()).data)).toEqual(['name']);
    } finally {
      delete polluted.extra;
    }
  });

  it('uses a shorter TTL of the call, and does not store responses that the service marks as no-store', async () => {
    const { read, loads, service } = setup();
    await read();
    await vi.advanceTimersByTimeAsync(100);
    await read({ ttlMs: 100 });
    expect(loads).toHaveLength(2);
    const other = setup();
    other.service(async () => loaded('Ada', { storable: false }));
    await other.read();
    await other.read();
    expect(other.loads).toHaveLength(2);
    service(async () => loaded('Ada'));
  });

  it("'no-store' neither reads, stores nor deduplicates; 'reload' stores", async () => {
    const { read, loads } = setup();
    await Promise.all([read({ mode: 'no-store' }), read({ mode: 'no-store' })]);
    await read();
    await read({ mode: 'no-store' });
    expect(loads).toHaveLength(4);
    await read({ mode: 'reload' });
    expect(loads).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(500);
    expect((await read()).ageMs).toBe(500);
    expect(loads).toHaveLength(5);
  });

  it("'reload' does not join an earlier read", async () => {
    const { read, service } = setup();
    const slow = deferred<LoadResult<Data>>();
    service(() => slow.promise);
    const early = read();
    service(async () => loaded('new'));
    expect((await read({ mode: 'reload' })).data.name).toBe('new');
    slow.resolve(loaded('old'));
    expect((await early).data.name).toBe('old');
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'new' } });
  });

  it('stores at most maxEntries, and evicts the least recently used', async () => {
    const { read, loads } = setup({ maxEntries: 2 });
    const readId = (id: number) => read({}, createCall({ path: `/${id}` }).call);
    await readId(1);
    await readId(2);
    await readId(1);
    await readId(3);
    await readId(1);
    expect(loads).toHaveLength(3);
    await readId(2);
    expect(loads).toHaveLength(4);
  });

  it('keeps endpoints with the same URL apart', async () => {
    const { read, loads } = setup();
    await read({}, createCall({ name: 'personas.get' }).call);
    await read({}, createCall({ name: 'demographic.get' }).call);
    expect(loads).toHaveLength(2);
  });

  it('does not store failures', async () => {
    const { read, service } = setup();
    service(({ ...call }) => Promise.reject(connectionReset(call)));
    await expectRejection(PersonaError, read());
    service(async () => loaded('Ada'));
    expect((await read()).source).toBe('network');
  });
});

describe('cache: equal reads in flight', () => {
  it('share one request', async () => {
    const { read, loads, service } = setup();
    const response = deferred<LoadResult<Data>>();
    service(() => response.promise);
    const reads = [read(), read(), read()];
    response.resolve(loaded('Ada'));
    expect((await Promise.all(reads)).map(({ source }) => source)).toEqual([
      'network',
      'deduplicated',
      'deduplicated',
    ]);
    expect(loads).toHaveLength(1);
  });

  it('continue when one caller aborts', async () => {
    const { read, service, loads } = setup();
    const response = deferred<LoadResult<Data>>();
    service(() => response.promise);
    const leaving = createCall();
    const first = read({}, leaving.call);
    const second = read();
    const reason = abortError(leaving.call);
    leaving.controller.abort(reason);
    expect(await expectRejection(PersonaError, first)).toBe(reason);
    expect(loads[0]?.signal.aborted).toBe(false);
    response.resolve(loaded('Ada'));
    expect((await second).data.name).toBe('Ada');
  });

  it('are aborted when the last caller aborts; a later read starts a new request', async () => {
    const { read, service, loads } = setup();
    service(() => new Promise(() => {}));
    const [one, two] = [createCall(), createCall()];
    const reads = [
      expectRejection(PersonaError, read({}, one.call)),
      expectRejection(PersonaError, read({}, two.call)),
    ];
    one.controller.abort(abortError(one.call));
    two.controller.abort(abortError(two.call));
    await Promise.all(reads);
    expect(loads[0]?.signal.aborted).toBe(true);
    service(async () => loaded('Ada'));
    expect((await read()).source).toBe('network');
  });

  it('use the latest deadline of their callers', async () => {
    const { read, service, loads } = setup();
    service(() => new Promise(() => {}));
    const now = performance.now();
    read({}, createCall({ deadline: { expiresAt: now + 10 } }).call).catch(() => {});
    read({}, createCall({ deadline: { expiresAt: now + 900 } }).call).catch(() => {});
    expect(loads[0]?.deadline.expiresAt).toBe(now + 900);
  });
});

describe('cache: writes', () => {
  it('invalidate entries with their tags only', async () => {
    const { read, write, loads } = setup();
    const one = () => read({ tags: ['persona:1'] }, createCall({ path: '/1' }).call);
    const two = () => read({ tags: ['persona:2'] }, createCall({ path: '/2' }).call);
    await one();
    await two();
    await write(['persona:1', 'lists']);
    await one();
    await two();
    expect(loads).toHaveLength(3);
  });

  it('invalidate when they fail, unless they were never sent', async () => {
    const { read, write, loads } = setup();
    await read();
    await expectRejection(
      PersonaError,
      write(['persona:1'], () => Promise.reject(connectionReset(createCall().call)), false),
    );
    await read();
    expect(loads).toHaveLength(1);
    await expectRejection(
      PersonaError,
      write(['persona:1'], () => Promise.reject(timeoutError(createCall().call))),
    );
    await read();
    expect(loads).toHaveLength(2);
  });

  it('let an earlier read finish, but do not store it or let later reads join it', async () => {
    const { read, write, service, loads } = setup();
    const response = deferred<LoadResult<Data>>();
    service(() => response.promise);
    const early = read();
    await write(['persona:1']);
    service(async () => loaded('new'));
    const late = read();
    response.resolve(loaded('old'));
    expect((await early).data.name).toBe('old');
    expect((await late).data.name).toBe('new');
    expect((await read()).data.name).toBe('new');
    expect(loads).toHaveLength(2);
  });

  it('store their response, unless another write overlaps', async () => {
    const { read, write } = setup();
    const { name, path } = createCall().call;
    const writeAndPrime = (work: () => Promise<LoadResult<Data>>) =>
      write(['persona:1'], work, true, (data) => [{ name, path, tags: ['persona:1'], data }]);
    await writeAndPrime(async () => loaded('alone'));
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'alone' } });
    const response = deferred<LoadResult<Data>>();
    const first = writeAndPrime(() => response.promise);
    await writeAndPrime(async () => loaded('second'));
    response.resolve(loaded('first'));
    await first;
    expect(await read()).toMatchObject({ source: 'network' });
  });

  it('leave no stale entry', async () => {
    const { read, write, service } = setup();
    await read();
    await write(['persona:1']);
    service((call) => Promise.reject(connectionReset(call)));
    expect(await expectRejection(PersonaError, read())).toMatchObject({ code: 'connection_failed' });
  });
});

describe('cache: stale entries', () => {
  it('are served while the service is unavailable, within staleIfErrorMs', async () => {
    const { read, service, outcomes } = setup();
    await read();
    service((call) => Promise.reject(connectionReset(call)));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await read()).toMatchObject({ data: { name: 'Ada' }, source: 'stale', ageMs: 3_000 });
    expect(outcomes.at(-1)).toBe('stale');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await expectRejection(PersonaError, read())).toMatchObject({ code: 'connection_failed' });
  });

  it('are not served for a rejected request, and a 404 deletes them', async () => {
    const { read, service } = setup();
    await read();
    await vi.advanceTimersByTimeAsync(2_000);
    service(() => Promise.reject(new PersonaNotFoundError('gone', { personaId: 1 })));
    expect(await expectRejection(PersonaError, read())).toBeInstanceOf(PersonaNotFoundError);
    service((call) => Promise.reject(connectionReset(call)));
    expect(await expectRejection(PersonaError, read())).toMatchObject({ code: 'connection_failed' });
  });

  it('are deleted after the window: neither served nor revalidated', async () => {
    const { read, service, loads, cache } = setup();
    service(async () => loaded('Ada', { etag: '"1"' }));
    await read();
    await vi.advanceTimersByTimeAsync(5_999);
    expect(await read({ mode: 'only-if-cached' })).toMatchObject({ source: 'stale', ageMs: 5_999 });
    await vi.advanceTimersByTimeAsync(1);
    expect(await expectRejection(PersonaError, read({ mode: 'only-if-cached' }))).toMatchObject({
      code: 'not_cached',
    });
    expect(cache.stats).toMatchObject({ entries: 0, bytes: 0 });
    await read();
    expect(loads.map(({ headers }) => headers)).toEqual([loads[0]?.headers, loads[0]?.headers]);
  });

  it('are not served with staleIfErrorMs: 0', async () => {
    const { read, service } = setup({ staleIfErrorMs: 0 });
    await read();
    await vi.advanceTimersByTimeAsync(1_000);
    service((call) => Promise.reject(connectionReset(call)));
    await expectRejection(PersonaError, read());
  });

  it('are served immediately while one request revalidates them', async () => {
    const { read, service, loads } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    const revalidation = deferred<LoadResult<Data>>();
    service(() => revalidation.promise);
    const stale = await Promise.all([read(), read()]);
    expect(stale.map(({ source, data }) => [source, data.name])).toEqual([
      ['stale', 'Ada'],
      ['stale', 'Ada'],
    ]);
    expect(loads).toHaveLength(2);
    revalidation.resolve(loaded('new'));
    await vi.advanceTimersByTimeAsync(0);
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'new' } });
  });

  it('are not served immediately after staleWhileRevalidateMs', async () => {
    const { read, service } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    service((call) => Promise.reject(connectionReset(call)));
    await vi.advanceTimersByTimeAsync(2_999);
    expect((await read()).source).toBe('stale');
    await vi.advanceTimersByTimeAsync(1);
    service(async () => loaded('new'));
    expect(await read()).toMatchObject({ source: 'network', data: { name: 'new' } });
  });

  it('are deleted when the revalidation returns 404', async () => {
    const { read, service } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => Promise.reject(new PersonaNotFoundError('gone', { personaId: 1 })));
    await read();
    await vi.advanceTimersByTimeAsync(0);
    expect(await expectRejection(PersonaError, read())).toBeInstanceOf(PersonaNotFoundError);
  });

  it('stay when the revalidation fails, without an unhandled rejection', async () => {
    const { read, service } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service((call) => Promise.reject(connectionReset(call)));
    await read();
    await vi.advanceTimersByTimeAsync(100);
    expect((await read()).source).toBe('stale');
  });
});

describe('cache: clear and close', () => {
  it('clear deletes all entries and does not store reads in flight', async () => {
    const { cache, read, service } = setup();
    await read();
    await cache.clear('user-1');
    const response = deferred<LoadResult<Data>>();
    service(() => response.promise);
    const early = read();
    await cache.clear('user-1');
    response.resolve(loaded('old'));
    await early;
    service(async () => loaded('new'));
    expect(await read()).toMatchObject({ source: 'network', data: { name: 'new' } });
  });

  it('close aborts a revalidation that a write has made outdated', async () => {
    const { cache, read, write, service, loads } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => new Promise(() => {}));
    await read();
    await write(['persona:1']);
    cache.close();
    expect(loads[1]?.signal.aborted).toBe(true);
  });

  it('close aborts a background revalidation', async () => {
    const { cache, read, service, loads } = setup({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => new Promise(() => {}));
    await read();
    cache.close();
    expect(loads[1]?.signal.aborted).toBe(true);
  });
});
