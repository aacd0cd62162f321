import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TokenStore } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ADMIN, REFRESH_PATH, setupAuth } from '../../support/auth.js';
import { expectThrow } from '../../support/failures.js';

/** A storage of a page, which can be full. */
class FakeStorage implements Partial<Storage> {
  readonly entries = new Map<string, string>();
  isFull = false;
  isDamaged = false;
  getItem = (key: string) => {
    if (this.isDamaged) throw new DOMException('', 'NS_ERROR_FILE_CORRUPTED'); // as Firefox does
    return this.entries.get(key) ?? null;
  };
  removeItem = (key: string) => {
    if (this.isDamaged) throw new DOMException('', 'NS_ERROR_FILE_CORRUPTED');
    this.entries.delete(key);
  };
  setItem = (key: string, value: string) => {
    if (this.isFull || this.isDamaged)
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    this.entries.set(key, value);
  };
}

/** Emulates the globals of a page, with Web Locks that are always free. */
function stubPage(): FakeStorage {
  onTestFinished(() => void vi.unstubAllGlobals()); // after the clients are closed
  const storage = new FakeStorage();
  const request = async (...args: unknown[]) => (args.at(-1) as (lock: object) => unknown)({});
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('document', new EventTarget());
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('removeEventListener', () => {});
  vi.stubGlobal('navigator', { locks: { request, query: async () => ({ held: [] }) } });
  return storage;
}

describe('a full localStorage', () => {
  it.each(['before', 'after'])('%s the login does not end the session', async (when) => {
    const storage = stubPage();
    const tokenStore = webStorageTokenStore();
    const { client, requestCount } = await setupAuth(
      undefined,
      {},
      { tokenStore, principal: 'this browser' },
    );
    const tokenEvents: unknown[] = [];
    client.on('token', (event) => tokenEvents.push(event));
    storage.isFull = when === 'before';
    await client.auth.login(ADMIN);
    storage.isFull = true;
    for (let i = 1; i <= 3; i++) {
      await client.auth.refresh();
      await client.personas.get(1);
      expect(requestCount(REFRESH_PATH)).toBe(i);
    }
    expect(tokenEvents.filter((event) => JSON.stringify(event).includes('store'))).toEqual([
      { action: 'store', ok: false },
    ]);
    storage.isFull = false;
    await client.auth.refresh();
    const stored = [...storage.entries].find(([key]) => key.endsWith('this browser'))?.[1] ?? '';
    expect(JSON.parse(stored)).toMatchObject({ tokens: { accessToken: expect.any(String) } });
    client.close(); // while the page exists
  });

  it('leaves the lock to Web Locks', async () => {
    const storage = stubPage();
    const store = webStorageTokenStore() as Required<TokenStore>;
    storage.isFull = true;
    await store.lock('key', async (locked) => {
      expect(await locked.get()).toBeUndefined();
      await expect(locked.replace({ accessToken: 'a' })).rejects.toThrow(/quota/);
    });
  });
});

/** Creates a client of a page. `key` is the key of its tokens. */
async function setupPage(storage: FakeStorage) {
  const tokenStore = webStorageTokenStore();
  const { client, url, service, connect } = await setupAuth(undefined, {}, { tokenStore, principal: 'me' });
  const key = `persona-client:${url}:me`;
  const readEntry = () => JSON.parse(storage.entries.get(key) ?? 'null');
  return { client, connect, service, key, readEntry };
}

const TOKEN = { accessToken: 'a' };
const FOREIGN_VALUES: readonly unknown[] = [
  null,
  5,
  'text',
  [],
  {},
  TOKEN,
  { tokens: TOKEN },
  { generation: '1', tokens: TOKEN },
  { generation: 1.5, tokens: TOKEN },
  { generation: 1, tokens: 'a' },
  { generation: 1, tokens: null },
  { generation: 1, tokens: {} },
  { generation: 1, tokens: { accessToken: 5 } },
  { generation: 1, tokens: { accessToken: 'two\nlines' } },
  { generation: 1, tokens: { ...TOKEN, refreshToken: 5 } },
  { generation: 1, tokens: { ...TOKEN, expiresAt: '5' } },
  { generation: 1, tokens: { ...TOKEN, expiresAt: -1 } },
  { generation: 1, tokens: { ...TOKEN, expiresAt: 1e99 } },
  { generation: 1, tokens: { ...TOKEN, sessionId: 5 } },
];
const JUNK = ['', '{', '\0', 'undefined', ...FOREIGN_VALUES.map((value) => JSON.stringify(value))];

describe('a stored value that is not from this package', () => {
  it.each(JUNK)('counts as no tokens, and a login replaces it: %j', async (junk) => {
    const storage = stubPage();
    const { client, key, readEntry } = await setupPage(storage);
    storage.entries.set(key, junk);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated', attempts: 1 });
    await client.auth.login(ADMIN);
    expect(readEntry()).toMatchObject({ tokens: { accessToken: expect.any(String) } });
    await client.personas.get(1);
  });

  it.each(JUNK)('is removed by a logout: %j', async (junk) => {
    const storage = stubPage();
    const { client, key, readEntry } = await setupPage(storage);
    storage.entries.set(key, junk);
    await client.auth.logout();
    expect(readEntry()).toEqual({ generation: expect.any(Number) });
  });

  const { MAX_SAFE_INTEGER } = Number;
  it.each([MAX_SAFE_INTEGER, MAX_SAFE_INTEGER - 1, MAX_SAFE_INTEGER - 2, -MAX_SAFE_INTEGER, -1])(
    'does not prevent later logins, refreshes and logouts if its generation is %d',
    async (generation) => {
      const storage = stubPage();
      const { client, connect, key } = await setupPage(storage);
      storage.entries.set(key, JSON.stringify({ generation, tokens: TOKEN }));
      const isLoggedInElsewhere = async () => (await connect().auth.session()).isLoggedIn;
      for (let i = 0; i < 2; i++) {
        await client.auth.login(ADMIN);
        expect(await isLoggedInElsewhere()).toBe(true);
        await client.auth.refresh();
        await client.personas.get(1);
        expect(await isLoggedInElsewhere()).toBe(true);
        await client.auth.logout();
        expect(await isLoggedInElsewhere()).toBe(false);
      }
    },
  );

  it('counts as a logout in a tab that had tokens', async () => {
    const storage = stubPage();
    const { client, key } = await setupPage(storage);
    await client.auth.login(ADMIN);
    storage.entries.set(key, 'junk');
    await expect(client.auth.refresh()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });
});

describe('a storage that throws', () => {
  it('counts as empty if it throws from the start, and the session lasts until the page closes', async () => {
    const storage = stubPage();
    storage.isDamaged = true;
    const { client } = await setupPage(storage);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
    await client.auth.login(ADMIN);
    for (let i = 0; i < 3; i++) {
      await client.auth.refresh();
      await client.personas.get(1);
    }
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
    await expect(client.auth.logout()).rejects.toThrow(/They may remain in the store/);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('does not end the session if it throws later, and is used again when it works', async () => {
    const storage = stubPage();
    const { client, connect, readEntry } = await setupPage(storage);
    await client.auth.login(ADMIN);
    storage.isDamaged = true;
    await client.auth.refresh();
    await client.personas.get(1);
    storage.isDamaged = false;
    await client.auth.refresh();
    expect(readEntry()).toMatchObject({ tokens: { accessToken: expect.any(String) } });
    expect(await connect().auth.session()).toMatchObject({ isLoggedIn: true });
  });

  it('does not prevent a logout if it is full', async () => {
    const storage = stubPage();
    const { client, key } = await setupPage(storage);
    await client.auth.login(ADMIN);
    storage.isFull = true;
    await client.auth.logout();
    expect(storage.entries.get(key)).toBeUndefined();
  });
});

/** A promise that no browser settles. */
const never = () => new Promise<never>(() => {});

describe('Web Locks that do not respond', () => {
  it.each<[string, object]>([
    ['never grant a lock', { request: never, query: async () => ({ held: [] }) }],
    ['never list the locks', { request: never, query: never }],
  ])('%s: the wait ends', async (_, locks) => {
    stubPage();
    vi.stubGlobal('navigator', { locks });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const store = webStorageTokenStore() as Required<TokenStore>;
    const work = vi.fn();
    const locking = store.lock('key', work).catch((error: unknown) => error);
    const writing = store.set('key', TOKEN);
    await vi.advanceTimersByTimeAsync(1_000);
    await writing;
    expect(await store.get('key')).toEqual(TOKEN);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(await locking).toMatchObject({ code: 'locked' });
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('grants a lock, but never lists the locks: the work runs', async () => {
    stubPage();
    const request = async (...args: unknown[]) => (args.at(-1) as (lock: object) => unknown)({});
    vi.stubGlobal('navigator', { locks: { request, query: never } });
    const { client } = await setupPage(localStorage as unknown as FakeStorage);
    await client.auth.login(ADMIN);
    await client.auth.refresh();
    await client.personas.get(1);
  });
});

describe('a localStorage that the page may not use', () => {
  const block = () =>
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get() {
        throw new DOMException('The document is sandboxed', 'SecurityError');
      },
    });
  const original = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  afterEach(() => {
    if (original) Object.defineProperty(globalThis, 'localStorage', original);
    else Reflect.deleteProperty(globalThis, 'localStorage');
  });

  it('throws a TypeError that says so', () => {
    block();
    expect(expectThrow(TypeError, () => webStorageTokenStore()).message).toMatch(/a browser may block them/);
  });

  it('does not prevent the use of another storage', async () => {
    block();
    const store = webStorageTokenStore({ storage: new FakeStorage() as unknown as Storage });
    await store.set('key', { accessToken: 'a' });
    expect(await store.get('key')).toEqual({ accessToken: 'a' });
  });
});

it('works with the localStorage of Node.js', () => {
  const script = fileURLToPath(new URL('./web-storage.program.ts', import.meta.url));
  const flags = ['--experimental-webstorage', '--localstorage-file=:memory:', '--import', 'tsx'];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, script], { encoding: 'utf8' });
  expect(stdout.trim(), stderr).toBe('{"isLoggedIn":true,"canRefresh":false}');
});
