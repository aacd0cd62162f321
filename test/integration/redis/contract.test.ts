import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import KeyvRedis from '@keyv/redis';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { type CacheStore, PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { KEY_SECRET } from '../../support/cache.js';

const url = process.env.REDIS_URL ?? '';
const folder = mkdtempSync(join(tmpdir(), 'persona-client-sqlite-'));
const { default: KeyvSqlite } = createRequire(
  join(process.cwd(), 'test/integration/redis/tools/package.json'),
)('@keyv/sqlite') as {
  default: new (options: { uri: string; busyTimeout: number }) => KeyvStoreAdapter;
};
const openStores: (KeyvStoreAdapter | Keyv)[] = [];
const disconnectAfterAll = <Store extends KeyvStoreAdapter | Keyv>(store: Store): Store => {
  openStores.push(store);
  return store;
};
/** Long enough for a busy machine. */
const TIMEOUT_MS = 10_000;
const sqlite = () =>
  disconnectAfterAll(
    new KeyvSqlite({ uri: `sqlite://${join(folder, 'store.sqlite')}`, busyTimeout: TIMEOUT_MS }),
  );
/** Without these options @keyv/redis waits forever for an absent server (observed with 5.1.6). */
const redis = () =>
  disconnectAfterAll(
    new KeyvRedis<string>(url, { connectionTimeout: TIMEOUT_MS, throwOnConnectError: true }),
  );
const memory = new Keyv();

/** Each function connects like a separate process. */
const CACHE_STORES: Record<string, () => CacheStore> = {
  'Keyv in memory': () => memory,
  'Keyv on SQLite': () => new Keyv(sqlite()),
  'the SQLite adapter without Keyv': () => sqlite() as unknown as CacheStore,
  'Keyv on Redis': () => new Keyv(redis()),
  'the Redis adapter without Keyv': () => redis() as unknown as CacheStore,
};

afterAll(async () => {
  await Promise.all(openStores.map((store) => store.disconnect?.()));
  rmSync(folder, { recursive: true, force: true });
});

/** @keyv/sqlite ignores the TTL without Keyv (observed with 4.0.8). */
const STORES_WITH_TTL = Object.entries(CACHE_STORES).filter(
  ([name]) => name !== 'the SQLite adapter without Keyv',
);

const randomKey = () => `persona-client:${randomBytes(32).toString('base64')}`;
const normalize = (values: readonly unknown[] = []) => values.map((value) => value ?? undefined);

it.each(STORES_WITH_TTL)('%s deletes values after their TTL', async (_name, connect) => {
  const store = connect();
  const key = randomKey();
  await store.set(key, 'x', 50);
  await vi.waitFor(async () => expect(normalize([await store.get(key)])).toEqual([undefined]), {
    timeout: TIMEOUT_MS,
  });
});

describe.each(Object.entries(CACHE_STORES))('%s', (_name, connect) => {
  it('returns stored values on every connection, in the order of the keys', async () => {
    const [one, two] = [connect(), connect()];
    const [first, second, missing] = [randomKey(), randomKey(), randomKey()];
    await one.set(first, 'a', 60_000);
    await one.set(second, 'b', 60_000);
    expect(normalize(await two.getMany?.([second, missing, first]))).toEqual(['b', undefined, 'a']);
    expect(await two.get(first)).toBe('a');
    await two.set(first, 'c', 60_000);
    expect(normalize(await one.getMany?.([first]))).toEqual(['c']);
    await two.delete(second);
    expect((await one.get(second)) ?? undefined).toBeUndefined();
  });

  it('stores large values', async () => {
    const store = connect();
    const key = randomKey();
    const value = randomBytes(1_000_000).toString('base64');
    await store.set(key, value, 60_000);
    expect(await store.get(key)).toBe(value);
  });

  it('never returns an entry past its TTL and stale windows', async () => {
    await using service = createPersonaService();
    const cache = {
      store: connect(),
      keySecret: KEY_SECRET,
      namespace: `test-${randomBytes(8).toString('hex')}`,
      storeTimeoutMs: TIMEOUT_MS,
      ttlMs: 20,
      staleIfErrorMs: 20,
    };
    const createClient = () =>
      new PersonaClient({ baseUrl: 'http://localhost:1', fetch: service.fetch as typeof fetch, cache });
    using one = createClient();
    await one.personas.get(1);
    await vi.waitFor(
      async () => {
        using other = createClient();
        const read = other.personas.get(1, { cache: 'only-if-cached' });
        expect(await read.catch(({ code }) => code)).toBe('not_cached');
      },
      { timeout: 10_000 },
    );
  });

  it('lets two clients share entries and see the writes of each other', async () => {
    await using service = createPersonaService();
    const baseUrl = 'http://localhost:1';
    const namespace = `test-${randomBytes(8).toString('hex')}`;
    const createClient = () =>
      new PersonaClient({
        baseUrl,
        fetch: service.fetch as typeof fetch,
        cache: { store: connect(), keySecret: KEY_SECRET, namespace, storeTimeoutMs: TIMEOUT_MS },
      });
    using one = createClient();
    using two = createClient();
    const source = async (client: PersonaClient) => (await client.withMeta.personas.get(1)).meta.source;
    await one.personas.get(1);
    await vi.waitFor(async () => expect(await source(two)).toBe('cache'), { timeout: TIMEOUT_MS });
    for (let round = 0; round < 20; round++) {
      const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
      await writer.personas.update(1, { name: `Round ${round}` });
      expect((await reader.personas.get(1)).name).toBe(`Round ${round}`);
      expect((await writer.personas.get(1)).name).toBe(`Round ${round}`);
    }
    await one.cache.clear();
    expect(await source(two)).toBe('network');
  });
});
