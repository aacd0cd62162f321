import type { LockedTokens, TokenPair, TokenStore } from 'persona-client';
import { PersonaAuthenticationError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import {
  ADMIN,
  EXPIRED_TOKEN_RESPONSE,
  LOGIN_PATH,
  login,
  REFRESH_PATH,
  setupAuth,
} from '../../support/auth.js';
import { expectRejection } from '../../support/failures.js';

const principal = 'shared';

/** An in-memory store with `lock` and `watch`, like the stores that tabs or processes share. */
class SharedStore implements TokenStore {
  readonly rows = new Map<string, TokenPair>();
  readonly watchers = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();
  /** Runs between the client's read and its write, like a change by another process. */
  beforeReplace: () => void = () => {};
  isLockLost = false;

  get = (key: string) => this.rows.get(key);
  set = (key: string, tokens: TokenPair) => this.rows.set(key, tokens);
  delete = (key: string) => this.rows.delete(key);
  lock = <T>(key: string, work: (locked: LockedTokens) => Promise<T>): Promise<T> => {
    let lastRead: TokenPair | undefined;
    const locked: LockedTokens = {
      get: () => {
        lastRead = this.rows.get(key);
        return lastRead;
      },
      replace: (tokens) => {
        this.beforeReplace();
        if (this.isLockLost || this.rows.get(key) !== lastRead) return false;
        if (tokens) this.rows.set(key, tokens);
        else this.rows.delete(key);
        return true;
      },
    };
    const result = this.#last.then(() => work(locked));
    this.#last = result.catch(() => {});
    return result;
  };
  watch = (_key: string, changed: () => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };
  /** Notifies all watchers, like a change by another tab. */
  notify = () => {
    for (const changed of this.watchers) changed();
  };
}

async function setupShared(auth?: typeof ADMIN) {
  const tokenStore = new SharedStore();
  const context = await setupAuth(auth, {}, { tokenStore, principal });
  const onlyEntry = () => [...tokenStore.rows.entries()][0] ?? ['', undefined];
  return { ...context, tokenStore, onlyEntry };
}

describe('clients that share a store with a lock', () => {
  it('refresh once for all of them', async () => {
    const { connect, service, requestCount } = await setupShared();
    const clients = [connect(), connect(), connect(), connect()];
    await clients[0]?.auth.login(ADMIN);
    for (const client of clients) await client.personas.get(1);
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 4, match: { path: '/api/v1/personas/1' } });
    await Promise.all(clients.map((client) => client.personas.get(1)));
    expect(requestCount(REFRESH_PATH)).toBe(1);
  });

  it('are logged out together, and log in again if they have a password', async () => {
    const { connect, tokenStore, requestCount } = await setupShared();
    const [one, other, withPassword] = [connect(), connect(), connect({ auth: ADMIN })];
    await one.auth.login(ADMIN);
    for (const client of [other, withPassword]) await client.personas.get(1);
    await one.auth.logout();
    tokenStore.notify();
    await vi.waitFor(async () => expect(await other.auth.session()).toMatchObject({ isLoggedIn: false }));
    await expectRejection(PersonaAuthenticationError, other.personas.get(1));
    await withPassword.personas.get(1);
    expect(requestCount(LOGIN_PATH)).toBe(2);
    tokenStore.notify();
    await vi.waitFor(async () => expect(await other.auth.session()).toMatchObject({ isLoggedIn: true }));
    await other.personas.get(1);
  });

  it('notice a logout at the next rejected token, also without watch', async () => {
    const { connect, tokenStore, requestCount } = await setupShared();
    const [one, other] = [connect(), connect()];
    await one.auth.login(ADMIN);
    await other.personas.get(1);
    await one.auth.logout();
    await expectRejection(PersonaAuthenticationError, other.personas.get(1));
    expect(await other.auth.session()).toMatchObject({ isLoggedIn: false });
    expect([tokenStore.rows.size, requestCount(REFRESH_PATH)]).toEqual([0, 0]);
  });

  it('keep tokens that another process stored during the refresh, even if the refresh is rejected', async () => {
    for (const isRejected of [false, true]) {
      const { connect, service, tokenStore, onlyEntry, url } = await setupShared();
      const client = connect();
      await client.auth.login(ADMIN);
      const newer = await login(url);
      const [key] = onlyEntry();
      if (isRejected)
        service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: REFRESH_PATH } });
      tokenStore.beforeReplace = () => tokenStore.rows.set(key, newer);
      await client.auth.refresh();
      expect(onlyEntry()).toEqual([key, newer]);
      await client.personas.get(1);
      expect(service.requests.at(-1)?.headers.authorization).toBe(`Bearer ${newer.accessToken}`);
    }
  });

  it('store nothing when another process logs out during the refresh', async () => {
    const { connect, tokenStore, onlyEntry } = await setupShared();
    const client = connect();
    await client.auth.login(ADMIN);
    const [key] = onlyEntry();
    tokenStore.beforeReplace = () => tokenStore.rows.delete(key);
    await expectRejection(PersonaAuthenticationError, client.auth.refresh());
    expect(tokenStore.rows.size).toBe(0);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });

  it('send nothing if another process holds the lock for too long, and keep using a valid token', async () => {
    const { connect, tokenStore, requestCount } = await setupShared();
    const client = connect({ timeoutMs: 200 });
    await client.auth.login(ADMIN);
    for (const lock of [
      () => Promise.reject(Object.assign(new Error('held'), { code: 'locked' })),
      () => new Promise<never>(() => {}),
    ]) {
      tokenStore.lock = lock;
      const error = await expectRejection(PersonaAuthenticationError, client.auth.refresh());
      expect(error.message).toMatch(/failed to lock.*Nothing was sent/);
    }
    expect(requestCount(REFRESH_PATH)).toBe(0);
    await client.personas.get(1);
  });

  it('send nothing if they lose the lock while they read', async () => {
    const { connect, tokenStore, requestCount } = await setupShared();
    const client = connect();
    await client.auth.login(ADMIN);
    const lost = Object.assign(new Error('lost'), { code: 'locked' });
    tokenStore.lock = (_key, work) => work({ get: () => Promise.reject(lost), replace: () => false });
    const error = await expectRejection(PersonaAuthenticationError, client.auth.refresh());
    expect(error.message).toMatch(/failed to read.*Nothing was sent/);
    expect(requestCount(REFRESH_PATH)).toBe(0);
  });

  it('watch the store until the client or view is closed', async () => {
    const { connect, tokenStore } = await setupShared();
    const client = connect();
    await client.auth.session();
    const view = client.as(ADMIN, { principal });
    await view.auth.session();
    expect(tokenStore.watchers.size).toBe(2);
    view.close();
    expect(tokenStore.watchers.size).toBe(1);
    client.close();
    expect(tokenStore.watchers.size).toBe(0);
  });
});
