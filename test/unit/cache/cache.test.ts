import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ResponseCache } from '../../../src/cache/index.js';
import type { CacheRequest, LoadResult, PrimedEntry } from '../../../src/cache/types.js';
import type { ResolvedCacheOptions } from '../../../src/config/resolve-options.js';
import type { Call } from '../../../src/core/call.js';
import { PersonaNotFoundError } from '../../../src/core/errors/index.js';
import { Events } from '../../../src/core/events.js';
import { aborted, aCall, cut, deferred, rejection, timedOut } from '../../support/pipeline.js';

type Data = { name: string; tags?: string[] };

const loaded = (name: string, given: Partial<LoadResult<Data>> = {}): LoadResult<Data> => ({
  data: { name },
  status: 200,
  requestId: `id-of-${name}`,
  attempts: 1,
  storable: true,
  ...given,
});

const PLAN = { mode: 'default', ttlMs: undefined, brings: (): PrimedEntry[] => [] } as const;

function setUp(rules: Partial<ResolvedCacheOptions> = {}) {
  const events = new Events();
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
      ...rules,
    },
    events,
  );
  const loads: Call[] = [];
  let load: (call: Call) => Promise<LoadResult<Data>> = async () => loaded('Ada');
  return {
    cache,
    outcomes,
    loads,
    /** What the service does from now on. */
    service: (behave: typeof load) => {
      load = behave;
    },
    read: async (plan: Partial<CacheRequest<Data>> = {}, call = aCall().call) =>
      cache.read<Data>(call, {
        ...PLAN,
        tags: ['persona:1'],
        load: (own) => {
          loads.push(own);
          return load(own);
        },
        ...plan,
      }),
    write: (
      tags: string[],
      work: () => Promise<LoadResult<Data>> = async () => loaded('written'),
      sent = true,
      brings: CacheRequest<Data>['brings'] = PLAN.brings,
    ) => {
      const { call } = aCall({ method: 'PUT', isWrite: true });
      call.progress.attempts = sent ? 1 : 0;
      return cache.write<Data>(call, { ...PLAN, tags, load: work, brings });
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
  it('serves a read again until its TTL is over, and says how old it is', async () => {
    const { read, loads, outcomes } = setUp();
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

  it('gives each caller an object of its own', async () => {
    const { read, service } = setUp();
    service(async () => loaded('Ada', { data: { name: 'Ada', tags: ['a'] } }));
    const [first, joined] = await Promise.all([read(), read()]);
    first.data.tags?.push('mine');
    joined.data.name = 'changed';
    const hit = await read();
    expect(hit.data).toEqual({ name: 'Ada', tags: ['a'] });
    hit.data.name = 'changed';
    expect((await read()).data.name).toBe('Ada');
  });

  it('gives it nothing of what others have put on Object.prototype', async () => {
    const { read } = setUp();
    await read();
    await read();
    const polluted = Object.prototype as { theirs?: object };
    polluted.theirs = {};
    try {
      expect(Object.keys((await read()).data)).toEqual(['name']);
    } finally {
      delete polluted.theirs;
    }
  });

  it('takes a shorter TTL from the call, and does not keep what the service forbids to keep', async () => {
    const { read, loads, service } = setUp();
    await read();
    await vi.advanceTimersByTimeAsync(100);
    await read({ ttlMs: 100 });
    expect(loads).toHaveLength(2);
    const other = setUp();
    other.service(async () => loaded('Ada', { storable: false }));
    await other.read();
    await other.read();
    expect(other.loads).toHaveLength(2);
    service(async () => loaded('Ada'));
  });

  it("'no-store' neither looks nor keeps nor joins; 'reload' keeps", async () => {
    const { read, loads } = setUp();
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

  it("'reload' joins nothing that began earlier", async () => {
    const { read, service } = setUp();
    const slow = deferred<LoadResult<Data>>();
    service(() => slow.promise);
    const early = read();
    service(async () => loaded('new'));
    expect((await read({ mode: 'reload' })).data.name).toBe('new');
    slow.resolve(loaded('old'));
    expect((await early).data.name).toBe('old');
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'new' } });
  });

  it('keeps no more than maxEntries, the least recently used going first', async () => {
    const { read, loads } = setUp({ maxEntries: 2 });
    const of = (id: number) => read({}, aCall({ path: `/${id}` }).call);
    await of(1);
    await of(2);
    await of(1);
    await of(3);
    await of(1);
    expect(loads).toHaveLength(3);
    await of(2);
    expect(loads).toHaveLength(4);
  });

  it('tells two endpoints of one URL apart', async () => {
    const { read, loads } = setUp();
    await read({}, aCall({ name: 'personas.get' }).call);
    await read({}, aCall({ name: 'demographic.get' }).call);
    expect(loads).toHaveLength(2);
  });

  it('does not keep failures', async () => {
    const { read, service } = setUp();
    service(({ ...call }) => Promise.reject(cut(call)));
    await rejection(read());
    service(async () => loaded('Ada'));
    expect((await read()).source).toBe('network');
  });
});

describe('cache: equal reads under way', () => {
  it('share one load', async () => {
    const { read, loads, service } = setUp();
    const landing = deferred<LoadResult<Data>>();
    service(() => landing.promise);
    const reads = [read(), read(), read()];
    landing.resolve(loaded('Ada'));
    expect((await Promise.all(reads)).map(({ source }) => source)).toEqual([
      'network',
      'deduplicated',
      'deduplicated',
    ]);
    expect(loads).toHaveLength(1);
  });

  it('let one leave without hurting the other', async () => {
    const { read, service, loads } = setUp();
    const landing = deferred<LoadResult<Data>>();
    service(() => landing.promise);
    const leaving = aCall();
    const first = read({}, leaving.call);
    const second = read();
    const reason = aborted(leaving.call);
    leaving.end.abort(reason);
    expect(await rejection(first)).toBe(reason);
    expect(loads[0]?.signal.aborted).toBe(false);
    landing.resolve(loaded('Ada'));
    expect((await second).data.name).toBe('Ada');
  });

  it('end when the last one leaves; whoever comes then starts anew', async () => {
    const { read, service, loads } = setUp();
    service(() => new Promise(() => {}));
    const [one, two] = [aCall(), aCall()];
    const reads = [rejection(read({}, one.call)), rejection(read({}, two.call))];
    one.end.abort(aborted(one.call));
    two.end.abort(aborted(two.call));
    await Promise.all(reads);
    expect(loads[0]?.signal.aborted).toBe(true);
    service(async () => loaded('Ada'));
    expect((await read()).source).toBe('network');
  });

  it('have as much time as the most patient of them', async () => {
    const { read, service, loads } = setUp();
    service(() => new Promise(() => {}));
    const now = performance.now();
    read({}, aCall({ deadline: { at: now + 10 } }).call).catch(() => {});
    read({}, aCall({ deadline: { at: now + 900 } }).call).catch(() => {});
    expect(loads[0]?.deadline.at).toBe(now + 900);
  });
});

describe('cache: writes', () => {
  it('end what they touch, and nothing else', async () => {
    const { read, write, loads } = setUp();
    const one = () => read({ tags: ['persona:1'] }, aCall({ path: '/1' }).call);
    const two = () => read({ tags: ['persona:2'] }, aCall({ path: '/2' }).call);
    await one();
    await two();
    await write(['persona:1', 'lists']);
    await one();
    await two();
    expect(loads).toHaveLength(3);
  });

  it('end it when they fail too, unless they never left', async () => {
    const { read, write, loads } = setUp();
    await read();
    await rejection(write(['persona:1'], () => Promise.reject(cut(aCall().call)), false));
    await read();
    expect(loads).toHaveLength(1);
    await rejection(write(['persona:1'], () => Promise.reject(timedOut(aCall().call))));
    await read();
    expect(loads).toHaveLength(2);
  });

  it('overtake a read under way: it is answered, not kept, and not joined by later reads', async () => {
    const { read, write, service, loads } = setUp();
    const landing = deferred<LoadResult<Data>>();
    service(() => landing.promise);
    const early = read();
    await write(['persona:1']);
    service(async () => loaded('new'));
    const late = read();
    landing.resolve(loaded('old'));
    expect((await early).data.name).toBe('old');
    expect((await late).data.name).toBe('new');
    expect((await read()).data.name).toBe('new');
    expect(loads).toHaveLength(2);
  });

  it('keep what they were answered, but not where another write overlapped', async () => {
    const { read, write } = setUp();
    const { name, path } = aCall().call;
    const of = (work: () => Promise<LoadResult<Data>>) =>
      write(['persona:1'], work, true, (data) => [{ name, path, tags: ['persona:1'], data }]);
    await of(async () => loaded('alone'));
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'alone' } });
    const landing = deferred<LoadResult<Data>>();
    const first = of(() => landing.promise);
    await of(async () => loaded('second'));
    landing.resolve(loaded('first'));
    await first;
    expect(await read()).toMatchObject({ source: 'network' });
  });

  it('leave nothing stale behind', async () => {
    const { read, write, service } = setUp();
    await read();
    await write(['persona:1']);
    service((call) => Promise.reject(cut(call)));
    expect(await rejection(read())).toMatchObject({ code: 'connection_failed' });
  });
});

describe('cache: stale answers', () => {
  it('stand in for a service that is unavailable, within their window', async () => {
    const { read, service, outcomes } = setUp();
    await read();
    service((call) => Promise.reject(cut(call)));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await read()).toMatchObject({ data: { name: 'Ada' }, source: 'stale', ageMs: 3_000 });
    expect(outcomes.at(-1)).toBe('stale');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await rejection(read())).toMatchObject({ code: 'connection_failed' });
  });

  it('never stand in for a no, and end with a 404', async () => {
    const { read, service } = setUp();
    await read();
    await vi.advanceTimersByTimeAsync(2_000);
    service(() => Promise.reject(new PersonaNotFoundError('gone', { personaId: 1 })));
    expect(await rejection(read())).toBeInstanceOf(PersonaNotFoundError);
    service((call) => Promise.reject(cut(call)));
    expect(await rejection(read())).toMatchObject({ code: 'connection_failed' });
  });

  it('are gone after it: not held, not to be had without a request, not asked for again', async () => {
    const { read, service, loads, cache } = setUp();
    service(async () => loaded('Ada', { etag: '"1"' }));
    await read();
    await vi.advanceTimersByTimeAsync(5_999);
    expect(await read({ mode: 'only-if-cached' })).toMatchObject({ source: 'stale', ageMs: 5_999 });
    await vi.advanceTimersByTimeAsync(1);
    expect(await rejection(read({ mode: 'only-if-cached' }))).toMatchObject({ code: 'not_cached' });
    expect(cache.stats).toMatchObject({ entries: 0, bytes: 0 });
    await read();
    expect(loads.map(({ headers }) => headers)).toEqual([loads[0]?.headers, loads[0]?.headers]);
  });

  it('are not served when switched off', async () => {
    const { read, service } = setUp({ staleIfErrorMs: 0 });
    await read();
    await vi.advanceTimersByTimeAsync(1_000);
    service((call) => Promise.reject(cut(call)));
    await rejection(read());
  });

  it('are given at once while one load renews them behind', async () => {
    const { read, service, loads } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    const renewing = deferred<LoadResult<Data>>();
    service(() => renewing.promise);
    const stale = await Promise.all([read(), read()]);
    expect(stale.map(({ source, data }) => [source, data.name])).toEqual([
      ['stale', 'Ada'],
      ['stale', 'Ada'],
    ]);
    expect(loads).toHaveLength(2);
    renewing.resolve(loaded('new'));
    await vi.advanceTimersByTimeAsync(0);
    expect(await read()).toMatchObject({ source: 'cache', data: { name: 'new' } });
  });

  it('are not given at once past their window', async () => {
    const { read, service } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    service((call) => Promise.reject(cut(call)));
    await vi.advanceTimersByTimeAsync(2_999);
    expect((await read()).source).toBe('stale');
    await vi.advanceTimersByTimeAsync(1);
    service(async () => loaded('new'));
    expect(await read()).toMatchObject({ source: 'network', data: { name: 'new' } });
  });

  it('end when the renewal finds that there is nothing any more', async () => {
    const { read, service } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => Promise.reject(new PersonaNotFoundError('gone', { personaId: 1 })));
    await read();
    await vi.advanceTimersByTimeAsync(0);
    expect(await rejection(read())).toBeInstanceOf(PersonaNotFoundError);
  });

  it('stay when the renewal fails, and nothing is left unhandled', async () => {
    const { read, service } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service((call) => Promise.reject(cut(call)));
    await read();
    await vi.advanceTimersByTimeAsync(100);
    expect((await read()).source).toBe('stale');
  });
});

describe('cache: clear and close', () => {
  it('forgets everything, what is under way included', async () => {
    const { cache, read, service } = setUp();
    await read();
    await cache.forget('somebody');
    const landing = deferred<LoadResult<Data>>();
    service(() => landing.promise);
    const early = read();
    await cache.forget('somebody');
    landing.resolve(loaded('old'));
    await early;
    service(async () => loaded('new'));
    expect(await read()).toMatchObject({ source: 'network', data: { name: 'new' } });
  });

  it('ends a renewal that a write has overtaken, too', async () => {
    const { cache, read, write, service, loads } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => new Promise(() => {}));
    await read();
    await write(['persona:1']);
    cache.close();
    expect(loads[1]?.signal.aborted).toBe(true);
  });

  it('ends a renewal that runs for nobody', async () => {
    const { cache, read, service, loads } = setUp({ staleWhileRevalidateMs: 2_000 });
    await read();
    await vi.advanceTimersByTimeAsync(1_500);
    service(() => new Promise(() => {}));
    await read();
    cache.close();
    expect(loads[1]?.signal.aborted).toBe(true);
  });
});
