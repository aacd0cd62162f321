import type { TokenPair, TokenStore } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { bob, credentials, expired, setUp, signIn } from '../../support/auth.js';

const keyOf = (url: string, name: string) => `persona-client:${url}:${name}`;
const subjectOf = (token = '') => JSON.parse(atob(token.split('.')[1] ?? '')).sub;
const soon = { timeout: 2_000, interval: 5 };

describe('a token store and who is meant', () => {
  it('keeps who signs in as another under that name, never under the configured one', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service, url } = await setUp(credentials, {}, { tokenStore });
    const client = connect();
    await client.personas.get(1);
    await client.auth.login(bob);
    await client.auth.refresh();
    expect([...tokenStore].map(([key, { accessToken }]) => [key, subjectOf(accessToken)])).toEqual([
      [keyOf(url, 'admin'), 'admin'],
      [keyOf(url, 'bob'), 'bob'],
    ]);
    await connect().personas.get(1);
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('admin');
    await client.auth.logout();
    expect([...tokenStore.keys()]).toEqual([keyOf(url, 'admin')]);
  });

  it('keeps the configured user under `principal`, and others not', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, url } = await setUp(credentials, {}, { tokenStore, principal: 'the boss' });
    await connect().auth.login(credentials);
    await connect().auth.login(bob);
    expect([...tokenStore.keys()]).toEqual([keyOf(url, 'the boss'), keyOf(url, 'bob')]);
  });

  it('without `auth`, finds under `principal` who signed in the last time', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, url } = await setUp(undefined, {}, { tokenStore, principal: 'this machine' });
    await connect().auth.login(bob);
    expect([...tokenStore.keys()]).toEqual([keyOf(url, 'this machine')]);
    expect(await connect().auth.session()).toMatchObject({ signedIn: true });
    expect(await connect({ principal: 'another' }).auth.session()).toMatchObject({ signedIn: false });
  });

  it.each(['a pair', 'a fixed token', 'getToken'] as const)(
    'is not used for %s without a name',
    async (what) => {
      const tokenStore = new Map<string, TokenPair>();
      const { connect, service, url } = await setUp(undefined, {}, { tokenStore });
      const authOf = async (who: typeof bob) => {
        const pair = await signIn(url, who);
        if (what === 'a pair') return pair;
        return what === 'a fixed token' ? { token: pair.accessToken } : { getToken: () => pair.accessToken };
      };
      for (const who of [credentials, bob]) {
        const client = connect({ auth: await authOf(who) });
        if (what === 'a pair') await client.auth.refresh();
        await client.personas.get(1);
        expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe(who.username);
      }
      expect(tokenStore.size).toBe(0);
    },
  );

  it('is never used for a fixed token, nor for getToken, even with `principal`', async () => {
    const { connect, service, url } = await setUp();
    const tokenStore = new Map([[keyOf(url, 'x'), await signIn(url)]]);
    const { accessToken } = await signIn(url, bob);
    for (const auth of [{ token: accessToken }, { getToken: () => accessToken }]) {
      await connect({ auth, tokenStore, principal: 'x' }).personas.get(1);
      expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
    }
    expect(tokenStore.size).toBe(1);
  });

  it('with `principal` keeps what a pair was refreshed to', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service, url, sent } = await setUp(undefined, {}, { tokenStore, principal: 'x' });
    const auth = await signIn(url);
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas/1' } });
    await connect({ auth }).personas.get(1);
    await connect({ auth }).auth.refresh(); // the given one is spent
    expect(sent('/api/v1/auth/refresh')).toBe(2);
  });
});

describe('a token store of the application’s own', () => {
  it('stays itself, with its own state', async () => {
    const tokenStore = {
      held: {} as Record<string, TokenPair | undefined>,
      get(key: string) {
        return this.held[key];
      },
      set(key: string, tokens: TokenPair) {
        this.held = { ...this.held, [key]: tokens };
      },
      delete(key: string) {
        this.held = { ...this.held, [key]: undefined };
      },
    };
    const { connect, url } = await setUp(credentials, {}, { tokenStore });
    await connect().personas.get(1);
    expect(Object.keys(tokenStore.held)).toEqual([keyOf(url, 'admin')]);
  });

  it('that writes slowly holds nothing after the sign-out', async () => {
    const held = new Map<string, TokenPair>();
    let write = () => {};
    const writable = new Promise<void>((resolve) => {
      write = resolve;
    });
    const tokenStore: TokenStore = {
      get: (key) => held.get(key),
      set: async (key, tokens) => {
        await writable;
        held.set(key, tokens);
      },
      delete: async (key) => held.delete(key),
    };
    const { client, sent } = await setUp(undefined, {}, { tokenStore });
    const login = client.auth.login(credentials);
    await vi.waitFor(async () => expect(await client.auth.session()).toMatchObject({ signedIn: true }), soon);
    const logout = client.auth.logout();
    await vi.waitFor(() => expect(sent('/api/v1/auth/logout')).toBe(1), soon); // the tokens are deleted by then, or waiting
    write();
    await Promise.all([login, logout]);
    expect(held.size).toBe(0);
  });

  it('is not read again after a sign-in, though it could not be read before', async () => {
    const { connect, url, service } = await setUp(credentials);
    const stale = await signIn(url);
    let reads = 0;
    const get = () => {
      if (++reads === 1) throw new Error('locked');
      return stale;
    };
    const client = connect({ tokenStore: { get, set: () => {}, delete: () => {} } });
    await expect(client.personas.get(1)).rejects.toThrow(/store failed to read/);
    await client.auth.login(bob);
    await client.personas.get(1);
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('that cannot be read is cleared by a sign-out all the same', async () => {
    const { connect, url } = await setUp(credentials);
    const tokenStore = new Map([[keyOf(url, 'admin'), { accessToken: 'two\nlines' }]]);
    const client = connect({ tokenStore });
    await expect(client.auth.logout()).rejects.toThrow(/store failed to read/);
    expect(tokenStore.size).toBe(0);
    expect(await client.auth.session()).toMatchObject({ signedIn: false });
  });
});
