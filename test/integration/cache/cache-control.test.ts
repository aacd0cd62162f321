import type { ClientOptions } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, vi } from 'vitest';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { createTestClient } from '../../support/service.js';

/** Creates a client of a service that adds headers to every response. `isDown` makes the service fail with 503. */
function setup(headers: Record<string, string>, options: ClientOptions = {}) {
  const service = createPersonaService({ validators: 'etag' });
  const state = { isDown: false, headers };
  const client = createTestClient({
    dialect: 'subresource',
    retry: false,
    fetch: async (...args) => {
      const response = await service.fetch(...args);
      for (const [name, value] of Object.entries(state.headers)) response.headers.set(name, value);
      return state.isDown ? new Response('', { status: 503 }) : response;
    },
    ...options,
  });
  const readSource = async (...args: [id?: number, options?: object]) =>
    (await client.withMeta.personas.get(args[0] ?? 1, args[1])).meta.source;
  return { client, state, readSource };
}

describe('a second read', () => {
  it.each([
    [{ 'cache-control': 'no-store' }, 'network'],
    [{ 'cache-control': 'private, NO-STORE' }, 'network'],
    [{ 'cache-control': 'max-age=3600' }, 'cache'],
    [{ 'cache-control': 'no-cache' }, 'revalidated'],
    [{ 'cache-control': 'no-cache="set-cookie"' }, 'revalidated'],
    [{ 'cache-control': 'max-age=0, must-revalidate' }, 'revalidated'],
    [{ 'cache-control': 'private , max-age = 0' }, 'revalidated'],
    [{ 'cache-control': 'max-age="0"' }, 'revalidated'],
    [{ 'cache-control': 'max-age=soon' }, 'revalidated'],
    [{ 'cache-control': 'max-age=0, max-age=3600' }, 'revalidated'],
    [{ 'cache-control': 'max-age=3600, MAX-AGE=0' }, 'revalidated'],
    [{ 'cache-control': 'max-age=3600, max-age=soon' }, 'revalidated'],
    [{ 'cache-control': 'max-age=soon, max-age=3600' }, 'revalidated'],
    [{ 'cache-control': 'max-age=60, max-age=-1' }, 'revalidated'],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}` }, 'cache'],
    [{ 'cache-control': 'max-age=3600, max-age=60' }, 'cache'],
    [{ 'cache-control': 'max-age=60', age: '60' }, 'revalidated'],
    [{ 'cache-control': 'max-age=60', age: '90, 10' }, 'revalidated'],
    [{ 'cache-control': 'max-age=60', age: ' 60 ,x' }, 'revalidated'],
    [{ 'cache-control': 'max-age=60', age: '10, 90' }, 'cache'],
    [{ 'cache-control': 'max-age=60', age: '1e9' }, 'cache'],
    [{ 'cache-control': 'max-age=60', age: 'x, 90' }, 'cache'],
    [{ 'cache-control': 'max-age=60', age: '9'.repeat(400) }, 'revalidated'],
    [{ age: '90' }, 'cache'],
    [{ 'cache-control': 'max-age=0', age: '-60' }, 'revalidated'],
    [{ 'cache-control': 'max-age=3600', expires: '0' }, 'cache'],
    [{ 'cache-control': 's-maxage=0, max-age=60' }, 'cache'],
    [{ 'cache-control': 'x-no-store-here' }, 'cache'],
    [{ 'cache-control': 'extension="no-store, no-cache", max-age=60' }, 'cache'],
    [{ 'cache-control': 'must-revalidate' }, 'cache'],
    [{ expires: '0' }, 'revalidated'],
    [{ expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, 'revalidated'],
    [{ expires: new Date(Date.now() + 3_600_000).toUTCString() }, 'cache'],
    [{ vary: '*' }, 'network'],
    [{ vary: 'Accept, *' }, 'network'],
    [{ vary: 'Accept-Encoding' }, 'cache'],
    [{}, 'cache'],
  ] as [Record<string, string>, string][])(
    'of a response with %j comes from %s',
    async (headers, expected) => {
      const { readSource } = setup(headers);
      expect([await readSource(), await readSource()]).toEqual(['network', expected]);
    },
  );

  it('in another process comes from the shared store, also with must-revalidate', async () => {
    const store = new MemoryStore();
    const cache = { store, keySecret: KEY_SECRET };
    const [first, second] = [1, 2].map(() => setup({ 'cache-control': 'must-revalidate' }, { cache }));
    expect(await first?.readSource()).toBe('network');
    await vi.waitUntil(() => store.entries.size > 2); // the entry and the versions of its tags
    expect(await second?.readSource()).toBe('cache');
  });

  it('sends a request again if a response with no-cache has no validator', async () => {
    const { readSource } = setup({ 'cache-control': 'no-cache', etag: '' });
    expect([await readSource(), await readSource()]).toEqual(['network', 'network']);
  });
});

describe('the limit of the service', () => {
  it('caps the TTL of the client and the TTL of a call', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { readSource } = setup({ 'cache-control': 'max-age=60' }, { cache: { ttlMs: 3_600_000 } });
    await readSource();
    vi.advanceTimersByTime(59_000);
    expect(await readSource()).toBe('cache');
    vi.advanceTimersByTime(2_000);
    expect(await readSource(1, { cache: { ttlMs: 3_600_000 } })).toBe('revalidated');
    vi.useRealTimers();
  });

  it('applies to the personas that a list contains', async () => {
    const { client, readSource } = setup({ 'cache-control': 'no-cache' });
    await client.personas.list();
    expect(await readSource()).toBe('network');
  });

  it('changes if a 304 response has another one', async () => {
    const { readSource, state } = setup({ 'cache-control': 'no-cache' });
    await readSource();
    state.headers = { 'cache-control': 'max-age=60' };
    expect(await readSource()).toBe('revalidated');
  });

  it('stays if a 304 response has none', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { readSource, state } = setup({ 'cache-control': 'max-age=60' }, { cache: { ttlMs: 3_600_000 } });
    await readSource();
    state.headers = {};
    for (let minute = 0; minute < 3; minute++) {
      vi.advanceTimersByTime(61_000);
      expect(await readSource()).toBe('revalidated');
      expect(await readSource()).toBe('cache');
    }
    vi.useRealTimers();
  });

  it.each<[string, ClientOptions['cache']]>([
    ['in memory', undefined],
    ['in a shared store', { store: new MemoryStore(), keySecret: KEY_SECRET }],
  ])(
    'counts the age of a 304 response without limits, not that of the entry before: %s',
    async (_, cache) => {
      vi.useFakeTimers({ toFake: ['performance', 'Date'] });
      const headers = { 'cache-control': 'max-age=60', age: '20' };
      const { readSource, state } = setup(headers, { cache: { ...cache, ttlMs: 3_600_000 } });
      const readAfter = async (ms: number) => {
        vi.advanceTimersByTime(ms);
        return readSource();
      };
      await readSource();
      expect(await readAfter(39_000)).toBe('cache');
      state.headers = { age: '50' };
      expect(await readAfter(2_000)).toBe('revalidated');
      expect(await readAfter(9_000)).toBe('cache');
      state.headers = { age: '70' };
      expect(await readAfter(2_000)).toBe('revalidated'); // by another cache, with an entry that is stale there
      state.headers = {};
      expect(await readAfter(0)).toBe('revalidated');
      expect(await readAfter(59_000)).toBe('cache');
      expect(await readAfter(2_000)).toBe('revalidated');
      vi.useRealTimers();
    },
  );
});

describe('a stale response', () => {
  const cache = { ttlMs: 0, staleIfErrorMs: 60_000 };

  it('is never served if it has must-revalidate, and a 304 response without Cache-Control has confirmed it', async () => {
    const { readSource, state } = setup({ 'cache-control': 'must-revalidate' }, { cache });
    await readSource();
    state.headers = {};
    expect(await readSource()).toBe('revalidated');
    state.isDown = true;
    await expect(readSource()).rejects.toMatchObject({ code: 'server_error' });
  });

  it('is served while the service is unavailable', async () => {
    const { readSource, state } = setup({ 'cache-control': 'max-age=60' }, { cache });
    await readSource();
    state.isDown = true;
    expect(await readSource()).toBe('stale');
  });

  it.each(['must-revalidate', 'no-cache', 'max-age=0'])('is never served if it has %s', async (value) => {
    const { client, readSource, state } = setup(
      { 'cache-control': value },
      { cache: { ...cache, staleWhileRevalidateMs: 60_000 } },
    );
    await readSource();
    await expect(client.personas.get(1, { cache: 'only-if-cached' })).rejects.toMatchObject({
      code: 'not_cached',
    });
    state.isDown = true;
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'server_error' });
  });
});
