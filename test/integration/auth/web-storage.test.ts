import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TokenStore } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, REFRESH_PATH, setupAuth } from '../../support/auth.js';
import { expectThrow } from '../../support/failures.js';

afterEach(() => vi.unstubAllGlobals());

/** A storage of a page, which can be full. */
class FakeStorage implements Partial<Storage> {
  readonly entries = new Map<string, string>();
  isFull = false;
  getItem = (key: string) => this.entries.get(key) ?? null;
  setItem = (key: string, value: string) => {
    if (this.isFull) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    this.entries.set(key, value);
  };
}

/** Emulates the globals of a page, with Web Locks that are always free. */
function stubPage(): FakeStorage {
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
