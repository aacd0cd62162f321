import { inspect } from 'node:util';
import { PersonaAuthenticationError, type TokenPair } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { credentials, expired, setUp, signIn } from '../../support/auth.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a password', () => {
  it('signs in on first need, once for all who need it', async () => {
    const { client, sent } = await setUp(credentials);
    expect(sent('/api/v1/auth')).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => client.personas.list()));
    expect(sent('/api/v1/auth/login')).toBe(1);
  });

  it('is refused once, and not tried again with every call', async () => {
    const { client, sent } = await setUp({ username: 'admin', password: 'wrong' });
    for (let i = 0; i < 3; i++)
      await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected', status: 401 });
    expect(sent('/api/v1/auth/login')).toBe(1);
    await client.auth.login(credentials);
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
  });

  it('signs in again when the refresh is refused', async () => {
    const { client, service, sent } = await setUp(credentials);
    await client.personas.list();
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas/1' } });
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/auth/refresh' } });
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    expect([sent('/api/v1/auth/refresh'), sent('/api/v1/auth/login')]).toEqual([1, 2]);
  });
});

describe('a refused token', () => {
  it('is replaced once, however many calls meet it, and each is replayed once', async () => {
    let serviceIsAheadMs = 0;
    const now = () => Date.now() + serviceIsAheadMs;
    const { client, sent } = await setUp(credentials, { now }, { concurrency: 50, retry: false });
    await client.personas.list();
    serviceIsAheadMs = 2 * 3_600_000;
    const all = await Promise.all(Array.from({ length: 50 }, () => client.withMeta.personas.get(1)));
    expect(all.map(({ meta }) => meta.attempts)).toEqual(Array(50).fill(1));
    expect(sent('/api/v1/auth/refresh')).toBe(1);
    expect(sent('/api/v1/personas/1')).toBe(100);
  });

  it('is refused for good when the replay is refused too', async () => {
    const { client, service, sent } = await setUp(credentials);
    await client.personas.list();
    service.faults.add({ ...expired, match: { path: '/api/v1/personas/1' } });
    const error = await client.personas.get(1).catch((reason) => reason);
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401, attempts: 1 });
    expect(sent('/api/v1/personas/1')).toBe(2);
    expect(client.circuit).toBe('closed');
  });

  it('that ends by its own word is replaced before it is sent', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { client, service, sent } = await setUp(credentials);
    await client.personas.list();
    vi.advanceTimersByTime(3_560_000);
    await client.personas.list();
    expect(sent('/api/v1/auth/refresh')).toBe(0);
    vi.advanceTimersByTime(15_000);
    await client.personas.list();
    expect(sent('/api/v1/auth/refresh')).toBe(1);
    expect(service.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it.each([500, 503, 429])('keeps the session when the refresh is answered %i', async (status) => {
    const { client, service } = await setUp(credentials, {}, { retry: false });
    await client.personas.list();
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas' } });
    service.faults.add({ status, times: 1, match: { path: '/api/v1/auth/refresh' } });
    const error = await client.personas.create({ name: 'Ada' }).catch((reason) => reason);
    expect(error).toMatchObject({ status, maybeApplied: false, request: { method: 'POST' } });
    expect(error.message).toMatch(/personas\.create .*could not be sent/);
    expect(await client.auth.session()).toMatchObject({ signedIn: true });
    await expect(client.personas.list()).resolves.toBeDefined();
  });

  it('does not fail others when one who waits for the new one leaves', async () => {
    const { client, service } = await setUp(credentials);
    await client.personas.list();
    service.faults.add({ ...expired, times: 2, match: { path: /personas\/[12]$/ } });
    service.faults.add({ delayMs: 100, match: { path: '/api/v1/auth/refresh' } });
    const leaving = new AbortController();
    client.on('response', ({ status }) => status === 401 && leaving.abort(new Error('bye')));
    const first = client.personas.get(1, { signal: leaving.signal }).catch((reason) => reason);
    const second = client.personas.get(2);
    expect(await first).toMatchObject({ code: 'aborted', cause: new Error('bye') });
    expect(await second).toMatchObject({ id: 2 });
  });
});

describe('a pair of tokens', () => {
  it('is refreshed, and ends the session when the refresh is refused', async () => {
    const { connect, url, service, sent } = await setUp();
    const client = connect({ auth: await signIn(url) });
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas/1' } });
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    service.faults.add({ ...expired, times: 2, match: { path: /personas\/1$|refresh/ } });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected' });
    expect(await client.auth.session()).toEqual({ signedIn: false, refreshable: false });
    expect(sent('/api/v1/auth/refresh')).toBe(2);
  });
});

describe('a fixed token', () => {
  it('is sent as it is; refused, there is no other', async () => {
    const { connect, url, sent } = await setUp();
    const { accessToken } = await signIn(url);
    await expect(connect({ auth: { token: accessToken } }).personas.get(1)).resolves.toMatchObject({ id: 1 });
    await expect(connect({ auth: { token: `${accessToken}x` } }).personas.get(1)).rejects.toMatchObject({
      code: 'unauthenticated',
      status: 422,
    });
    expect(sent('/api/v1/auth/refresh')).toBe(0);
  });
});

describe('getToken', () => {
  it('is asked once for all, and again when its token is refused', async () => {
    const { connect, url } = await setUp();
    const asked: (string | undefined)[] = [];
    const { accessToken } = await signIn(url);
    const client = connect({
      auth: {
        getToken: async ({ refused }: { refused: string | undefined }) => {
          asked.push(refused);
          return refused === undefined ? 'not.a.token' : accessToken;
        },
      },
    });
    await Promise.all([client.personas.get(1), client.personas.get(2)]);
    expect(asked).toEqual([undefined, 'not.a.token']);
  });

  it('failing is an authentication error with its cause, and no sign of the service’s health', async () => {
    const cause = new Error('vault is sealed');
    const { connect, service } = await setUp();
    const client = connect({ auth: { getToken: () => Promise.reject(cause) }, breaker: { failMax: 1 } });
    const error = await client.personas.create({ name: 'Ada' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(error.cause.cause).toBe(cause);
    expect(error.maybeApplied).toBe(false);
    expect(client.circuit).toBe('closed');
    expect(service.requests).toEqual([]);
  });
});

describe('client.auth', () => {
  it('signs in and out; the token is revoked at the service', async () => {
    const { client, service } = await setUp();
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await client.auth.login(credentials)).toMatchObject({ signedIn: true, refreshable: true });
    await client.personas.get(1);
    const used = service.requests.at(-1)?.headers.authorization ?? '';
    await client.auth.logout();
    expect(await client.auth.session()).toEqual({ signedIn: false, refreshable: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    const { url } = await service.listen({ port: 0 });
    const after = await fetch(`${url}/api/v1/personas/1`, { headers: { authorization: used } });
    expect([after.status, await after.json()]).toEqual([401, { msg: 'Token has been revoked' }]);
  });

  it('refreshes on demand, and says so when there is nothing to refresh with', async () => {
    const { client, sent } = await setUp();
    await expect(client.auth.refresh()).rejects.toThrow(/nothing to refresh with/);
    await client.auth.login(credentials);
    await client.auth.refresh();
    expect(sent('/api/v1/auth/refresh')).toBe(1);
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('drops what was cached for someone else', async () => {
    const { connect, sent } = await setUp(credentials);
    const client = connect({ cache: {} });
    await client.personas.get(1);
    await client.auth.login(credentials);
    await client.personas.get(1);
    expect(sent('/api/v1/personas/1')).toBe(2);
  });

  it('never stores what a refresh brings after the sign-out', async () => {
    const store = new Map<string, TokenPair>();
    const { client, service } = await setUp(undefined, {}, { tokenStore: store });
    await client.auth.login(credentials);
    expect(store.size).toBe(1);
    service.faults.add({ delayMs: 100, match: { path: '/api/v1/auth/refresh' } });
    const refreshing = client.auth.refresh().catch((reason) => reason);
    await client.auth.logout();
    await refreshing;
    expect(store.size).toBe(0);
    expect(await client.auth.session()).toEqual({ signedIn: false, refreshable: false });
  });

  it('refuses bad input before anything is sent', async () => {
    const { client, service } = await setUp();
    await expect(client.auth.login({ username: '', password: 'x' })).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: ['username'] }],
    });
    expect(service.requests).toEqual([]);
  });

  it('tells listeners what happened to tokens, never the tokens', async () => {
    const { client } = await setUp();
    const told: unknown[] = [];
    client.on('token', (event) => told.push(event));
    await client.auth.login({ ...credentials, password: 'wrong' }).catch(() => {});
    await client.auth.login(credentials);
    await client.auth.refresh();
    await client.auth.logout();
    expect(told).toEqual([
      { action: 'login', ok: false },
      { action: 'login', ok: true },
      { action: 'refresh', ok: true },
      { action: 'logout', ok: true },
    ]);
  });
});

describe('a token store', () => {
  it('keeps the tokens from one client to the next', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, sent } = await setUp(credentials, {}, { tokenStore });
    await connect().personas.get(1);
    await connect().personas.get(1);
    expect(sent('/api/v1/auth/login')).toBe(1);
    await connect({ principal: 'someone else' }).personas.get(1);
    expect(sent('/api/v1/auth/login')).toBe(2);
  });
});

describe('a token store that fails', () => {
  const broken = (method: 'get' | 'set' | 'delete') => {
    const fail = () => Promise.reject(new Error('disk full'));
    const store = new Map<string, TokenPair>();
    return {
      get: method === 'get' ? fail : (key: string) => store.get(key),
      set: method === 'set' ? fail : (key: string, tokens: TokenPair) => store.set(key, tokens),
      delete: method === 'delete' ? fail : (key: string) => store.delete(key),
    };
  };

  it('to read: the call fails, with the cause, and the next one tries again', async () => {
    const { connect, sent } = await setUp(credentials);
    const client = connect({ tokenStore: broken('get') });
    for (let i = 0; i < 2; i++) {
      const error = await client.personas.get(1).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
      expect(error.cause.cause).toEqual(new Error('disk full'));
    }
    expect(sent('/')).toBe(0);
  });

  it('to write: the call goes on, and listeners are told', async () => {
    const { connect } = await setUp(credentials);
    const client = connect({ tokenStore: broken('set') });
    const told: unknown[] = [];
    client.on('token', (event) => told.push(event));
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    expect(told).toEqual([
      { action: 'login', ok: true },
      { action: 'store', ok: false },
    ]);
  });

  it('to delete: signed out at the service all the same, and the caller knows', async () => {
    const { connect, sent } = await setUp(credentials);
    const client = connect({ tokenStore: broken('delete') });
    await client.personas.get(1);
    await expect(client.auth.logout()).rejects.toThrow(/may still be in it/);
    expect(sent('/api/v1/auth/logout')).toBe(1);
    expect(await client.auth.session()).toMatchObject({ signedIn: false });
  });
});

describe('secrets', () => {
  it('show in no error and no inspected object', async () => {
    const { client, service, url, connect } = await setUp(credentials, {}, { retry: false });
    const errors: unknown[] = [];
    const keep = (work: Promise<unknown>) => work.catch((error) => errors.push(error));
    await keep(client.personas.get(99_999));
    await keep(client.auth.login({ username: 'admin', password: 'wrong horse' }));
    service.faults.add({ reset: true, times: 1 });
    await keep(client.personas.create({ name: 'Ada' }));
    service.faults.add({ ...expired, times: 3 });
    await keep(client.personas.get(1));
    const pair = await signIn(url);
    await keep(connect({ auth: { token: `${pair.accessToken}x` } }).personas.get(1));
    const tokens = service.requests.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? []);
    expect(errors).toHaveLength(5);
    expect(tokens.length).toBeGreaterThan(3);
    const shown = [client, ...errors]
      .flatMap((value) => [
        inspect(value, { depth: 12, showHidden: true }),
        JSON.stringify(value),
        String(value instanceof Error && value.stack),
      ])
      .join('\n');
    for (const secret of [credentials.password, 'wrong horse', ...tokens, 'Bearer'])
      expect(shown).not.toContain(secret);
  });
});
