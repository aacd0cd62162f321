import type { LockedTokens, TokenPair, TokenStore } from 'persona-client';
import { PersonaAuthenticationError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { credentials, expired, setUp, signIn } from '../../support/auth.js';

const REFRESH = '/api/v1/auth/refresh';
const principal = 'shared';

/** A store in memory with a lock and a watch, as tabs and processes have it. */
class SharedStore implements TokenStore {
  readonly rows = new Map<string, TokenPair>();
  readonly watchers = new Set<() => void>();
  #last: Promise<unknown> = Promise.resolve();
  /** What another does between the client's look into the store and its write. */
  meanwhile: () => void = () => {};
  isLost = false;

  get = (key: string) => this.rows.get(key);
  set = (key: string, tokens: TokenPair) => this.rows.set(key, tokens);
  delete = (key: string) => this.rows.delete(key);
  lock = <T>(key: string, work: (held: LockedTokens) => Promise<T>): Promise<T> => {
    let seen: TokenPair | undefined;
    const held: LockedTokens = {
      get: () => {
        seen = this.rows.get(key);
        return seen;
      },
      replace: (tokens) => {
        this.meanwhile();
        if (this.isLost || this.rows.get(key) !== seen) return false;
        if (tokens) this.rows.set(key, tokens);
        else this.rows.delete(key);
        return true;
      },
    };
    const working = this.#last.then(() => work(held));
    this.#last = working.catch(() => {});
    return working;
  };
  watch = (_key: string, changed: () => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };
  /** Another tab has changed something. */
  tell = () => {
    for (const changed of this.watchers) changed();
  };
}

async function shared(auth?: typeof credentials) {
  const tokenStore = new SharedStore();
  const set = await setUp(auth, {}, { tokenStore, principal });
  const only = () => [...tokenStore.rows.entries()][0] ?? ['', undefined];
  return { ...set, tokenStore, only };
}

describe('clients that share a store with a lock', () => {
  it('refresh once between them', async () => {
    const { connect, service, sent } = await shared();
    const clients = [connect(), connect(), connect(), connect()];
    await clients[0]?.auth.login(credentials);
    for (const client of clients) await client.personas.get(1);
    service.faults.add({ ...expired, times: 4, match: { path: '/api/v1/personas/1' } });
    await Promise.all(clients.map((client) => client.personas.get(1)));
    expect(sent(REFRESH)).toBe(1);
  });

  it('are all signed out by one, and sign in again where they have a password', async () => {
    const { connect, tokenStore, sent } = await shared();
    const [one, other, own] = [connect(), connect(), connect({ auth: credentials })];
    await one.auth.login(credentials);
    for (const client of [other, own]) await client.personas.get(1);
    await one.auth.logout();
    tokenStore.tell();
    await vi.waitFor(async () => expect(await other.auth.session()).toMatchObject({ signedIn: false }));
    await failureOf(PersonaAuthenticationError, other.personas.get(1));
    await own.personas.get(1);
    expect(sent('/api/v1/auth/login')).toBe(2);
    tokenStore.tell();
    await vi.waitFor(async () => expect(await other.auth.session()).toMatchObject({ signedIn: true }));
    await other.personas.get(1);
  });

  it('learn of a sign-out at the next refused token, too, without a watch', async () => {
    const { connect, tokenStore, sent } = await shared();
    const [one, other] = [connect(), connect()];
    await one.auth.login(credentials);
    await other.personas.get(1);
    await one.auth.logout();
    await failureOf(PersonaAuthenticationError, other.personas.get(1));
    expect(await other.auth.session()).toMatchObject({ signedIn: false });
    expect([tokenStore.rows.size, sent(REFRESH)]).toEqual([0, 0]);
  });

  it('keep what another has stored while they refreshed: neither overwrite it, nor delete it when refused', async () => {
    for (const refused of [false, true]) {
      const { connect, service, tokenStore, only, url } = await shared();
      const client = connect();
      await client.auth.login(credentials);
      const newer = await signIn(url);
      const [key] = only();
      if (refused) service.faults.add({ ...expired, times: 1, match: { path: REFRESH } });
      tokenStore.meanwhile = () => tokenStore.rows.set(key, newer);
      await client.auth.refresh();
      expect(only()).toEqual([key, newer]);
      await client.personas.get(1);
      expect(service.requests.at(-1)?.headers.authorization).toBe(`Bearer ${newer.accessToken}`);
    }
  });

  it('store nothing when another signs out while they refresh', async () => {
    const { connect, tokenStore, only } = await shared();
    const client = connect();
    await client.auth.login(credentials);
    const [key] = only();
    tokenStore.meanwhile = () => tokenStore.rows.delete(key);
    await failureOf(PersonaAuthenticationError, client.auth.refresh());
    expect(tokenStore.rows.size).toBe(0);
    expect(await client.auth.session()).toMatchObject({ signedIn: false });
  });

  it('send nothing when the lock cannot be had, or not in time; a living token is used on', async () => {
    const { connect, tokenStore, sent } = await shared();
    const client = connect({ timeoutMs: 200 });
    await client.auth.login(credentials);
    for (const lock of [
      () => Promise.reject(new Error('the disk is full')),
      () => new Promise<never>(() => {}),
    ]) {
      tokenStore.lock = lock;
      const error = await failureOf(PersonaAuthenticationError, client.auth.refresh());
      expect(error.message).toMatch(/failed to lock.*Nothing was sent/);
    }
    expect(sent(REFRESH)).toBe(0);
    await client.personas.get(1);
  });

  it('watch until they are closed, views too', async () => {
    const { connect, tokenStore } = await shared();
    const client = connect();
    await client.auth.session();
    const view = client.as(credentials, { principal });
    await view.auth.session();
    expect(tokenStore.watchers.size).toBe(2);
    view.close();
    expect(tokenStore.watchers.size).toBe(1);
    client.close();
    expect(tokenStore.watchers.size).toBe(0);
  });
});
