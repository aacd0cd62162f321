import type { TokenPair, TokenStore } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { ADMIN, BOB, EXPIRED_TOKEN_RESPONSE, login, setupAuth, tokenSubject } from '../../support/auth.js';

const storeKey = (url: string, name: string) => `persona-client:${url}:${name}`;
const HANGING_STORE: TokenStore = { get: () => new Promise(() => {}), set: () => {}, delete: () => {} };
const WAIT = { timeout: 2_000, interval: 5 };

describe('the name in the token store', () => {
  it('is the user name of another user who logs in, not the configured one', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service, url } = await setupAuth(ADMIN, {}, { tokenStore });
    const client = connect();
    await client.personas.get(1);
    await client.auth.login(BOB);
    await client.auth.refresh();
    expect([...tokenStore].map(([key, { accessToken }]) => [key, tokenSubject(accessToken)])).toEqual([
      [storeKey(url, 'admin'), 'admin'],
      [storeKey(url, 'bob'), 'bob'],
    ]);
    await connect().personas.get(1);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('admin');
    await client.auth.logout();
    expect([...tokenStore.keys()]).toEqual([storeKey(url, 'admin')]);
  });

  it('is `principal` for the configured user only', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, url } = await setupAuth(ADMIN, {}, { tokenStore, principal: 'tenant-1' });
    await connect().auth.login(ADMIN);
    await connect().auth.login(BOB);
    expect([...tokenStore.keys()]).toEqual([storeKey(url, 'tenant-1'), storeKey(url, 'bob')]);
  });

  it('is `principal` without `auth`: the next client finds the last user', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, url } = await setupAuth(undefined, {}, { tokenStore, principal: 'device-1' });
    await connect().auth.login(BOB);
    expect([...tokenStore.keys()]).toEqual([storeKey(url, 'device-1')]);
    expect(await connect().auth.session()).toMatchObject({ isLoggedIn: true });
    expect(await connect({ principal: 'device-2' }).auth.session()).toMatchObject({ isLoggedIn: false });
  });

  it.each(['a pair', 'a fixed token', 'getToken'] as const)(
    'is undefined for %s without `principal`, so nothing is stored',
    async (kind) => {
      const tokenStore = new Map<string, TokenPair>();
      const { connect, service, url } = await setupAuth(undefined, {}, { tokenStore });
      const createAuth = async (user: typeof BOB) => {
        const pair = await login(url, user);
        if (kind === 'a pair') return pair;
        return kind === 'a fixed token' ? { token: pair.accessToken } : { getToken: () => pair.accessToken };
      };
      for (const user of [ADMIN, BOB]) {
        const client = connect({ auth: await createAuth(user) });
        if (kind === 'a pair') await client.auth.refresh();
        await client.personas.get(1);
        expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe(user.username);
      }
      expect(tokenStore.size).toBe(0);
    },
  );

  it('is undefined for `token` and `getToken`, even with `principal`', async () => {
    const { connect, service, url } = await setupAuth();
    const tokenStore = new Map([[storeKey(url, 'x'), await login(url)]]);
    const { accessToken } = await login(url, BOB);
    for (const auth of [{ token: accessToken }, { getToken: () => accessToken }]) {
      await connect({ auth, tokenStore, principal: 'x' }).personas.get(1);
      expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
    }
    expect(tokenStore.size).toBe(1);
  });

  it('is `principal` for a refreshed pair', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service, url, requestCount } = await setupAuth(
      undefined,
      {},
      { tokenStore, principal: 'x' },
    );
    const auth = await login(url);
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/1' } });
    await connect({ auth }).personas.get(1);
    await connect({ auth }).auth.refresh(); // the supplied refresh token is used
    expect(requestCount('/api/v1/auth/refresh')).toBe(2);
  });
});

describe('a custom token store', () => {
  it('is called with its own `this`', async () => {
    const tokenStore = {
      entries: {} as Record<string, TokenPair | undefined>,
      get(key: string) {
        return this.entries[key];
      },
      set(key: string, tokens: TokenPair) {
        this.entries = { ...this.entries, [key]: tokens };
      },
      delete(key: string) {
        this.entries = { ...this.entries, [key]: undefined };
      },
    };
    const { connect, url } = await setupAuth(ADMIN, {}, { tokenStore });
    await connect().personas.get(1);
    expect(Object.keys(tokenStore.entries)).toEqual([storeKey(url, 'admin')]);
  });

  it('with slow writes is empty after logout', async () => {
    const entries = new Map<string, TokenPair>();
    let allowWrites = () => {};
    const writesAllowed = new Promise<void>((resolve) => {
      allowWrites = resolve;
    });
    const tokenStore: TokenStore = {
      get: (key) => entries.get(key),
      set: async (key, tokens) => {
        await writesAllowed;
        entries.set(key, tokens);
      },
      delete: async (key) => entries.delete(key),
    };
    const { client, requestCount } = await setupAuth(undefined, {}, { tokenStore });
    const pendingLogin = client.auth.login(ADMIN);
    await vi.waitFor(
      async () => expect(await client.auth.session()).toMatchObject({ isLoggedIn: true }),
      WAIT,
    );
    const logout = client.auth.logout();
    await vi.waitFor(() => expect(requestCount('/api/v1/auth/logout')).toBe(1), WAIT); // the delete is done or queued
    allowWrites();
    await Promise.all([pendingLogin, logout]);
    expect(entries.size).toBe(0);
  });

  it('is not read again after a login, even if an earlier read failed', async () => {
    const { connect, url, service } = await setupAuth(ADMIN);
    const stale = await login(url);
    let reads = 0;
    const get = () => {
      if (++reads === 1) throw new Error('locked');
      return stale;
    };
    const client = connect({ tokenStore: { get, set: () => {}, delete: () => {} } });
    await expect(client.personas.get(1)).rejects.toThrow(/store failed to read the tokens/);
    await client.auth.login(BOB);
    await client.personas.get(1);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('that returns malformed tokens is cleared by logout', async () => {
    const { connect, url } = await setupAuth(ADMIN);
    const tokenStore = new Map([[storeKey(url, 'admin'), { accessToken: 'two\nlines' }]]);
    const client = connect({ tokenStore });
    await expect(client.auth.logout()).rejects.toThrow(/store failed to read the tokens/);
    expect(tokenStore.size).toBe(0);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });
});

it('an error names the time limit if the store did not respond within it', async () => {
  const { connect } = await setupAuth(ADMIN, {}, { tokenStore: HANGING_STORE, timeoutMs: 20 });
  await expect(connect().personas.get(1)).rejects.toMatchObject({
    message: expect.stringContaining('No response from the token store within 20 ms (timeoutMs).'),
  });
});
