import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientOptions,
  PersonaAuthenticationError,
  type PersonaClient,
  PersonaError,
  type TokenPair,
  type TokenStore,
} from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { fileTokenStore } from 'persona-client/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';
import { createUserService, TOKEN_KINDS, type TokenKind } from '../../support/user-service.js';

const KINDS = Object.keys(TOKEN_KINDS) as TokenKind[];
const SOURCES = ['getToken', 'a token store with a lock', 'a token store with watch'] as const;
type Source = (typeof SOURCES)[number];

const nameOf = async (client: PersonaClient, id = 1) => (await client.personas.get(id)).name;

/** Starts a session of Alice, whose client can get Bob's token next. */
async function startSession(kind: TokenKind, source: Source, options: ClientOptions = {}) {
  const service = createUserService(kind);
  let user = 'alice';
  let onChange = () => {};
  const rows = new Map<string, TokenPair>();
  const base = {
    fetch: service.fetch,
    dialect: 'subresource',
    retry: NO_BACKOFF,
    ...options,
  } as const;
  const store = {
    get: (key: string) => rows.get(key),
    set: (key: string, tokens: TokenPair) => void rows.set(key, tokens),
    delete: (key: string) => void rows.delete(key),
    lock: <T>(key: string, work: (tokens: object) => Promise<T>) =>
      work({ get: () => rows.get(key), replace: (tokens: TokenPair) => !!rows.set(key, tokens) }),
    ...(source === 'a token store with watch' && {
      watch: (_key: string, listener: () => void) => {
        onChange = listener;
        return () => {};
      },
    }),
  } as ClientOptions['tokenStore'] & object;
  const client =
    source === 'getToken'
      ? createTestClient({ auth: { getToken: () => service.issue(user) }, ...base })
      : createTestClient({ auth: { username: 'alice', password: 'secret' }, tokenStore: store, ...base });
  await client.personas.get(9);
  return {
    client,
    service,
    /** Makes the application, or another process, change the user. Alice's tokens expire. */
    becomeBob: () => {
      user = 'bob';
      service.expireTokens();
      for (const key of rows.keys()) rows.set(key, service.issuePair('bob'));
    },
    /** Makes the client notice the change: by the store, or by a call whose token is rejected. */
    notice: async () => {
      if (source !== 'a token store with watch') return void (await client.personas.get(8));
      onChange();
      await vi.waitFor(async () => expect(await nameOf(client, 8)).toBe('seen by bob'));
      await client.cache.clear();
    },
  };
}

describe.each(SOURCES)('tokens from %s that may belong to another user', (source) => {
  describe.each(KINDS)('%s', (kind) => {
    it('the cache of the previous user is not served', async () => {
      const { client, becomeBob, notice } = await startSession(kind, source);
      for (const id of [1, 2]) expect(await nameOf(client, id)).toBe('seen by alice');
      await client.psychographic.get(1);
      await client.personas.list();
      becomeBob();
      await notice();
      for (const id of [1, 2]) expect(await nameOf(client, id)).toBe('seen by bob');
      expect((await client.personas.list()).items[0]?.name).toBe('seen by bob');
      expect((await client.psychographic.get(1)).lifestyle).toBe('seen by bob');
    });

    it('auth.refresh() notices the other user, too', async () => {
      const { client, becomeBob } = await startSession(kind, source);
      await nameOf(client);
      becomeBob();
      await client.auth.refresh();
      expect(await nameOf(client)).toBe('seen by bob');
    });

    it.each([401, 503])('a write under way is not sent with the new token after %i', async (status) => {
      const { client, service, becomeBob, notice } = await startSession(kind, source);
      const { reached, release } = service.hold(/PUT .*personas\/1/);
      const pending = client.personas.update(1, { name: 'By Alice' });
      await reached;
      becomeBob();
      await notice();
      release(Response.json({ msg: 'no' }, { status }));
      const error = await expectRejection(PersonaAuthenticationError, pending);
      expect(error).toMatchObject({ code: 'unauthenticated' });
      expect(error.message).toMatch(/was not sent again: .*set `principal`/);
      expect(service.sent.filter((line) => line.startsWith('bob: PUT'))).toEqual([]);
    });

    it('a write that notices the change itself is not sent with the new token', async () => {
      const { client, service, becomeBob } = await startSession(kind, source);
      becomeBob();
      const error = await expectRejection(
        PersonaAuthenticationError,
        client.personas.update(1, { name: 'By Alice' }),
      );
      expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
      expect(service.sent.filter((line) => line.startsWith('bob: PUT'))).toEqual([]);
      expect((await client.personas.update(1, { name: 'By Bob' })).name).toBe('seen by bob');
    });

    it('a read under way is not retried with the new token', async () => {
      const { client, service, becomeBob, notice } = await startSession(kind, source);
      const { reached, release } = service.hold(/GET .*personas\/1$/);
      const pending = client.personas.get(1);
      await reached;
      becomeBob();
      await notice();
      release(new Response('', { status: 503 }));
      await expectRejection(PersonaAuthenticationError, pending);
      expect(service.sent).not.toContain('bob: GET /personas/1');
    });

    it.each([
      ['personas.get', (client: PersonaClient) => client.personas.get(1)],
      ['personas.list', async (client: PersonaClient) => (await client.personas.list()).items[0]],
    ])('a read under way is neither joined nor stored: %s', async (_, read) => {
      const { client, service, becomeBob, notice } = await startSession(kind, source);
      const { reached, release } = service.hold(/GET .*personas(\/1)?$/);
      const pending = read(client);
      await reached;
      becomeBob();
      await notice();
      expect((await read(client))?.name).toBe('seen by bob');
      await client.cache.clear();
      release(undefined);
      expect((await pending)?.name).toBe('seen by alice');
      expect((await read(client))?.name).toBe('seen by bob');
      expect(await nameOf(client)).toBe('seen by bob'); // a list contains single personas
    });

    // The client calls getToken at most once in 5 s, so this test is slow there. One kind of token is enough.
    const isFast = source !== 'getToken' || kind === KINDS[0];
    if (isFast)
      it('parallel reads whose token is rejected continue with the new token, and are not stored', async () => {
        const { client, becomeBob } = await startSession(kind, source);
        for (const id of [1, 2, 3]) await client.personas.get(id);
        becomeBob();
        const reads = await Promise.all([1, 2, 3].map((id) => client.personas.get(id, { cache: 'reload' })));
        expect(reads.map(({ name }) => name)).toEqual(Array(3).fill('seen by bob'));
        expect(await nameOf(client)).toBe('seen by bob');
      });

    it('a conditional read that continues as another user gets no 304 for what the previous one has read', async () => {
      const cache = { ttlMs: 1, staleIfErrorMs: 60_000 };
      const { client, becomeBob } = await startSession(kind, source, { cache });
      await nameOf(client);
      const storedAt = performance.now();
      await vi.waitFor(() => expect(performance.now() - storedAt).toBeGreaterThan(2), { interval: 1 });
      becomeBob();
      expect(await nameOf(client)).toBe('seen by bob');
      expect(await nameOf(client)).toBe('seen by bob');
    });

    it('a revalidation in the background stores nothing for the other user', async () => {
      const cache = { ttlMs: 1, staleWhileRevalidateMs: 60_000 };
      const { client, service, becomeBob, notice } = await startSession(kind, source, { cache });
      await nameOf(client);
      const { reached, release } = service.hold(/GET .*personas\/1$/);
      await vi.waitFor(async () => {
        await nameOf(client);
        await Promise.race([reached, Promise.reject(new Error('not revalidated yet'))]);
      });
      becomeBob();
      await notice();
      release(undefined);
      for (let i = 0; i < 3; i++) expect(await nameOf(client)).toBe('seen by bob');
    });
  });
});

describe('a call under way of a user who logs out', () => {
  const options = { dialect: 'subresource', retry: NO_BACKOFF } as const;

  it.each(['logout and login', 'login'] as const)(
    'is not sent as the next user, although both have the same principal: %s',
    async (change) => {
      const service = createUserService('opaque');
      const client = createTestClient({ principal: 'this browser', fetch: service.fetch, ...options });
      await client.auth.login({ username: 'alice', password: 'secret' });
      expect(await nameOf(client)).toBe('seen by alice');
      const { reached, release } = service.hold(/PUT .*personas\/1/);
      const pending = client.personas.update(1, { name: 'By Alice' });
      await reached;
      if (change !== 'login') await client.auth.logout();
      await client.auth.login({ username: 'bob', password: 'secret' });
      release(new Response('', { status: 503 }));
      await expectRejection(PersonaAuthenticationError, pending);
      expect(service.sent.filter((line) => line.startsWith('bob: '))).toEqual([]);
      expect(await nameOf(client)).toBe('seen by bob');
    },
  );

  it('is not searched for as the next user', async () => {
    const service = createUserService('opaque');
    let user = 'alice';
    const client = createTestClient({
      auth: { getToken: () => service.issue(user) },
      onUnknownOutcome: 'reconcile',
      fetch: service.fetch,
      ...options,
    });
    await nameOf(client);
    const { reached, release } = service.hold(/POST .*personas$/);
    const pending = client.personas.create({ name: "Alice's persona" });
    await reached;
    user = 'bob';
    await client.auth.refresh();
    release(new Response('', { status: 500 }));
    expect(await expectRejection(PersonaError, pending)).toMatchObject({ maybeApplied: true });
    expect(service.sent.filter((line) => line.startsWith('bob: '))).toEqual([]);
  });
});

describe('the same user, whatever the tokens are', () => {
  const KEPT = KINDS.filter((kind) => kind !== 'a JWT with another sub');

  /** Expects that the cache survives, and that reads and writes under way continue. */
  async function expectContinuity(client: PersonaClient, service: ReturnType<typeof createUserService>) {
    await client.personas.get(1);
    service.expireTokens();
    await client.personas.update(2, { name: 'A write whose token is rejected' });
    const { meta } = await client.withMeta.personas.get(1);
    expect(meta.source).toBe('cache');
    const { reached, release } = service.hold(/PUT .*personas\/3$/);
    const pending = client.personas.update(3, { name: 'A write under way' });
    await reached;
    await client.auth.refresh();
    release(new Response('', { status: 503 }));
    await pending;
  }

  it.each(KEPT)('getToken with principal: %s', async (kind) => {
    const service = createUserService(kind);
    const auth = { getToken: () => service.issue('alice') };
    const options = { fetch: service.fetch, dialect: 'subresource', retry: NO_BACKOFF } as const;
    await expectContinuity(createTestClient({ auth, principal: 'alice', ...options }), service);
  });

  it.each(['password', 'token pair', 'password whose refresh is rejected'] as const)(
    'renewed by the session itself: %s',
    async (auth) => {
      const service = createUserService('opaque');
      const options = { fetch: service.fetch, dialect: 'subresource', retry: NO_BACKOFF } as const;
      const client = createTestClient({
        auth: auth === 'token pair' ? service.issuePair('alice') : { username: 'alice', password: 'secret' },
        ...options,
      });
      await client.personas.get(9);
      if (auth === 'password whose refresh is rejected') service.revokeRefreshTokens();
      await expectContinuity(client, service);
    },
  );

  it.each(KEPT)('tokens of another process, with principal: %s', async (kind) => {
    const service = createUserService(kind);
    const tokenStore = new Map<string, TokenPair>();
    let onChange = () => {};
    const store = {
      get: (key: string) => tokenStore.get(key),
      set: (key: string, tokens: TokenPair) => tokenStore.set(key, tokens),
      delete: (key: string) => tokenStore.delete(key),
      watch: (_key: string, listener: () => void) => {
        onChange = listener;
        return () => {};
      },
    };
    const client = createTestClient({
      auth: { username: 'alice', password: 'secret' },
      principal: 'alice',
      tokenStore: store,
      fetch: service.fetch,
      dialect: 'subresource',
    });
    await client.personas.get(1);
    service.expireTokens();
    const newPair = service.issuePair('alice');
    for (const key of tokenStore.keys()) tokenStore.set(key, newPair);
    onChange();
    await client.auth.session();
    await vi.waitFor(async () =>
      expect((await client.withMeta.personas.update(2, { name: 'x' })).meta.attempts).toBe(1),
    );
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('cache');
  });

  it('a JWT with the same sub and issuer keeps the cache, from getToken and without principal', async () => {
    const service = createUserService('a JWT with another sub');
    const auth = { getToken: () => service.issue('alice') };
    const options = { fetch: service.fetch, dialect: 'subresource', retry: NO_BACKOFF } as const;
    await expectContinuity(createTestClient({ auth, ...options }), service);
  });
});

/** The token stores of {@link startProcesses}. `strip` changes what a store of the application keeps. */
const SHARED_STORES = {
  fileTokenStore: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'persona-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return fileTokenStore(join(folder, 'tokens.json'));
  },
  'a store of the application': () => createLockedStore((tokens) => tokens),
  'a store that keeps only some fields': () =>
    createLockedStore(({ accessToken, refreshToken }) => ({ accessToken, refreshToken })),
} satisfies Record<string, () => TokenStore | Promise<TokenStore>>;
const KEEPING_STORES = ['fileTokenStore', 'a store of the application'] as const;

function createLockedStore(
  strip: (tokens: TokenPair) => TokenPair,
): TokenStore & { rows: Map<string, TokenPair> } {
  const rows = new Map<string, TokenPair>();
  const set = (key: string, tokens: TokenPair) => rows.set(key, strip(tokens));
  return {
    rows,
    get: (key) => rows.get(key),
    set,
    delete: (key) => rows.delete(key),
    lock: (key, work) =>
      work({
        get: () => rows.get(key),
        replace: (tokens) => (tokens ? !!set(key, tokens) : rows.delete(key)),
      }),
  };
}

/** Starts two processes with the same token store and a principal that names no user. */
async function startProcesses(kind: TokenKind, store: TokenStore, options: ClientOptions = {}) {
  const service = createUserService(kind);
  const open = () =>
    createTestClient({
      principal: 'this browser',
      tokenStore: store,
      fetch: service.fetch,
      dialect: 'subresource',
      retry: NO_BACKOFF,
      ...options,
    });
  return { service, first: open(), second: open() };
}

describe('processes whose principal names no user', () => {
  describe.each(Object.keys(SHARED_STORES) as (keyof typeof SHARED_STORES)[])('%s', (name) => {
    it.each(KINDS)('a login of another user in one process is noticed by the other: %s', async (kind) => {
      const { service, first, second } = await startProcesses(kind, await SHARED_STORES[name]());
      await first.auth.login({ username: 'alice', password: 'secret' });
      expect(await nameOf(first)).toBe('seen by alice');
      await second.auth.login({ username: 'bob', password: 'secret' });
      service.expireTokens();
      await second.auth.refresh();
      const error = await expectRejection(
        PersonaAuthenticationError,
        first.personas.update(2, { name: 'By Alice' }),
      );
      expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
      expect(service.sent.filter((line) => line.startsWith('bob: PUT'))).toEqual([]);
      expect(await nameOf(first)).toBe('seen by bob');
    });
  });

  it.each(KEEPING_STORES)('a second login of the same user counts as another one: %s', async (name) => {
    const { first, second, service } = await startProcesses('opaque', await SHARED_STORES[name]());
    for (const client of [first, second]) await client.auth.login({ username: 'alice', password: 'secret' });
    service.expireTokens();
    await expectRejection(PersonaAuthenticationError, first.personas.update(2, { name: 'By Alice' }));
  });

  it.each(KEEPING_STORES)(
    'a refresh of the same login keeps the cache and pending writes: %s',
    async (name) => {
      const { service, first, second } = await startProcesses('opaque', await SHARED_STORES[name]());
      await first.auth.login({ username: 'alice', password: 'secret' });
      await first.personas.get(1);
      await second.personas.get(1);
      for (const [refreshing, other] of [
        [second, first],
        [first, second],
        [second, first],
      ] as const) {
        service.expireTokens();
        await refreshing.auth.refresh();
        await other.personas.update(2, { name: 'By Alice' });
        expect((await other.withMeta.personas.get(1)).meta.source).toBe('cache');
      }
    },
  );

  it('tokens without a session id get one with the next refresh', async () => {
    const store = createLockedStore((tokens) => tokens);
    const { service, first, second } = await startProcesses('opaque', store);
    await first.auth.login({ username: 'alice', password: 'secret' });
    for (const [key, { sessionId: _, ...tokens }] of store.rows) store.rows.set(key, tokens);
    await second.personas.get(1);
    await second.auth.refresh();
    const ids = [...store.rows.values()].map(({ sessionId }) => sessionId);
    expect(ids).toEqual([expect.stringMatching(/^[\da-f-]{32,}$/)]);
    service.expireTokens();
    await second.auth.refresh();
    expect([...store.rows.values()].map(({ sessionId }) => sessionId)).toEqual(ids);
  });

  it('each login has an id of its own, which a logout ends', async () => {
    const store = createLockedStore((tokens) => tokens);
    const { first } = await startProcesses('opaque', store);
    const ids = new Set<string | undefined>();
    for (const username of ['alice', 'alice', 'bob']) {
      await first.auth.login({ username, password: 'secret' });
      for (const { sessionId } of store.rows.values()) ids.add(sessionId);
    }
    await first.auth.logout();
    await first.auth.login({ username: 'bob', password: 'secret' });
    for (const { sessionId } of store.rows.values()) ids.add(sessionId);
    expect([ids.size, ids.has(undefined)]).toEqual([4, false]);
  });

  it.each([1, true, {}, ['x']])('a stored session id must not be %j', async (sessionId) => {
    const store = createLockedStore((tokens) => tokens);
    const { first, second } = await startProcesses('opaque', store);
    await first.auth.login({ username: 'alice', password: 'secret' });
    for (const [key, tokens] of store.rows) store.rows.set(key, { ...tokens, sessionId: sessionId as never });
    await expect(second.personas.get(1)).rejects.toThrow(/store failed to read the tokens/);
  });

  it('webStorageTokenStore keeps the session id', async () => {
    const rows = new Map<string, string>();
    const storage = {
      getItem: (key: string) => rows.get(key) ?? null,
      setItem: (key: string, text: string) => void rows.set(key, text),
    } as unknown as Storage;
    const { first } = await startProcesses('opaque', webStorageTokenStore({ storage }));
    await first.auth.login({ username: 'alice', password: 'secret' });
    const key = [...rows.keys()][0] ?? '';
    expect(await webStorageTokenStore({ storage }).get(key)).toMatchObject({ sessionId: expect.any(String) });
  });
});

describe('processes with a password and a principal that names its user', () => {
  it.each(['the session id', 'the principal'] as const)('share the session by %s', async (proof) => {
    const store = createLockedStore(({ accessToken, refreshToken, sessionId }) => ({
      accessToken,
      refreshToken,
      ...(proof === 'the session id' && { sessionId }),
    }));
    const { service, first, second } = await startProcesses('opaque', store, {
      auth: { username: 'alice', password: 'secret' },
      principal: 'alice',
    });
    for (const client of [first, second]) await client.personas.get(1);
    service.expireTokens();
    await second.auth.refresh();
    service.revokeRefreshTokens();
    await first.personas.update(2, { name: 'By Alice' });
    service.expireTokens();
    await first.personas.update(2, { name: 'By Alice, after another login with the password' });
    await second.personas.update(2, { name: 'By Alice' });
    for (const client of [first, second])
      expect((await client.withMeta.personas.get(1)).meta.source).toBe('cache');
  });
});
