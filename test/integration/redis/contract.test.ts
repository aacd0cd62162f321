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

const KEY_SECRET = 'a secret of sixteen or more';
const url = process.env.REDIS_URL ?? '';
const folder = mkdtempSync(join(tmpdir(), 'persona-client-sqlite-'));
const { default: KeyvSqlite } = createRequire(join(process.cwd(), 'test/redis/tools/package.json'))(
  '@keyv/sqlite',
) as {
  default: new (options: { uri: string; busyTimeout: number }) => KeyvStoreAdapter;
};
const opened: (KeyvStoreAdapter | Keyv)[] = [];
const open = <Store extends KeyvStoreAdapter | Keyv>(store: Store): Store => {
  opened.push(store);
  return store;
};
/** Long enough that a busy machine is not taken for a dead store. */
const PATIENT_MS = 10_000;
const sqlite = () =>
  open(new KeyvSqlite({ uri: `sqlite://${join(folder, 'store.sqlite')}`, busyTimeout: PATIENT_MS }));
/** By itself it would wait for ever for a server that is not there (observed with 5.1.6). */
const redis = () =>
  open(new KeyvRedis<string>(url, { connectionTimeout: PATIENT_MS, throwOnConnectError: true }));
const memory = new Keyv();

/** Each call is a process of its own, as far as the store can tell. */
const STORES: Record<string, () => CacheStore> = {
  'Keyv in memory': () => memory,
  'Keyv on SQLite': () => new Keyv(sqlite()),
  'the SQLite adapter itself': () => sqlite() as unknown as CacheStore,
  'Keyv on Redis': () => new Keyv(redis()),
  'the Redis adapter itself': () => redis() as unknown as CacheStore,
};

afterAll(async () => {
  await Promise.all(opened.map((store) => store.disconnect?.()));
  rmSync(folder, { recursive: true, force: true });
});

/** @keyv/sqlite itself keeps everything; Keyv around it does not (observed with 4.0.8). */
const LET_GO = Object.entries(STORES).filter(([name]) => name !== 'the SQLite adapter itself');

const key = () => `persona-client:${randomBytes(32).toString('base64')}`;
const shown = (values: readonly unknown[] = []) => values.map((value) => value ?? undefined);

it.each(LET_GO)('%s lets go of what is past its time', async (_name, connect) => {
  const store = connect();
  const brief = key();
  await store.set(brief, 'x', 50);
  await vi.waitFor(async () => expect(shown([await store.get(brief)])).toEqual([undefined]), {
    timeout: PATIENT_MS,
  });
});

describe.each(Object.entries(STORES))('%s', (_name, connect) => {
  it('shows what was set, to another connection too, and in the order asked for', async () => {
    const [one, two] = [connect(), connect()];
    const [first, second, missing] = [key(), key(), key()];
    await one.set(first, 'a', 60_000);
    await one.set(second, 'b', 60_000);
    expect(shown(await two.getMany?.([second, missing, first]))).toEqual(['b', undefined, 'a']);
    expect(await two.get(first)).toBe('a');
    await two.set(first, 'c', 60_000);
    expect(shown(await one.getMany?.([first]))).toEqual(['c']);
    await two.delete(second);
    expect((await one.get(second)) ?? undefined).toBeUndefined();
  });

  it('takes large values', async () => {
    const store = connect();
    const large = key();
    const value = randomBytes(1_000_000).toString('base64');
    await store.set(large, value, 60_000);
    expect(await store.get(large)).toBe(value);
  });

  it('brings back nothing past its time, whether or not it lets go of it', async () => {
    await using service = createPersonaService();
    const cache = {
      store: connect(),
      keySecret: KEY_SECRET,
      namespace: `test-${randomBytes(8).toString('hex')}`,
      storeTimeoutMs: PATIENT_MS,
      ttlMs: 20,
      staleIfErrorMs: 20,
    };
    const as = () =>
      new PersonaClient({ baseUrl: 'http://localhost:1', fetch: service.fetch as typeof fetch, cache });
    using one = as();
    await one.personas.get(1);
    await vi.waitFor(
      async () => {
        using other = as();
        const read = other.personas.get(1, { cache: 'only-if-cached' });
        expect(await read.catch(({ code }) => code)).toBe('not_cached');
      },
      { timeout: 10_000 },
    );
  });

  it('serves two clients: each sees what the other has read, and what it writes', async () => {
    await using service = createPersonaService();
    const baseUrl = 'http://localhost:1';
    const namespace = `test-${randomBytes(8).toString('hex')}`;
    const as = () =>
      new PersonaClient({
        baseUrl,
        fetch: service.fetch as typeof fetch,
        cache: { store: connect(), keySecret: KEY_SECRET, namespace, storeTimeoutMs: PATIENT_MS },
      });
    using one = as();
    using two = as();
    const source = async (client: PersonaClient) => (await client.withMeta.personas.get(1)).meta.source;
    await one.personas.get(1);
    await vi.waitFor(async () => expect(await source(two)).toBe('cache'), { timeout: PATIENT_MS });
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
