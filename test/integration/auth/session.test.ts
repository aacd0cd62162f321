import { inspect } from 'node:util';
import { PersonaAuthenticationError, PersonaError, type TokenPair } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, login, setupAuth } from '../../support/auth.js';
import { catchError, expectRejection } from '../../support/failures.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a password', () => {
  it('logs in on the first call, once for concurrent calls', async () => {
    const { client, requestCount } = await setupAuth(ADMIN);
    expect(requestCount('/api/v1/auth')).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => client.personas.list()));
    expect(requestCount('/api/v1/auth/login')).toBe(1);
  });

  it('is not sent again after the service rejected it', async () => {
    const { client, requestCount } = await setupAuth({ username: 'admin', password: 'wrong' });
    for (let i = 0; i < 3; i++)
      await expect(client.personas.get(1)).rejects.toMatchObject({
        code: 'credentials_rejected',
        status: 401,
      });
    expect(requestCount('/api/v1/auth/login')).toBe(1);
    await client.auth.login(ADMIN);
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
  });

  it('logs in again when the refresh is rejected', async () => {
    const { client, service, requestCount } = await setupAuth(ADMIN);
    await client.personas.list();
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/1' } });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/auth/refresh' } });
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    expect([requestCount('/api/v1/auth/refresh'), requestCount('/api/v1/auth/login')]).toEqual([1, 2]);
  });
});

describe('an expired token', () => {
  it('is refreshed once for concurrent calls, and each call is repeated once', async () => {
    let serviceIsAheadMs = 0;
    const now = () => Date.now() + serviceIsAheadMs;
    const { client, requestCount } = await setupAuth(ADMIN, { now }, { concurrency: 50, retry: false });
    await client.personas.list();
    serviceIsAheadMs = 2 * 3_600_000;
    const all = await Promise.all(Array.from({ length: 50 }, () => client.withMeta.personas.get(1)));
    expect(all.map(({ meta }) => meta.attempts)).toEqual(Array(50).fill(1));
    expect(requestCount('/api/v1/auth/refresh')).toBe(1);
    expect(requestCount('/api/v1/personas/1')).toBe(100);
  });

  it('fails the call if the repeated request is rejected, too', async () => {
    const { client, service, requestCount } = await setupAuth(ADMIN);
    await client.personas.list();
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: '/api/v1/personas/1' } });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.get(1));
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401, attempts: 1 });
    expect(requestCount('/api/v1/personas/1')).toBe(2);
    expect(client.circuit).toBe('closed');
  });

  it('is refreshed shortly before its exp claim', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { client, service, requestCount } = await setupAuth(ADMIN);
    await client.personas.list();
    vi.advanceTimersByTime(3_560_000);
    await client.personas.list();
    expect(requestCount('/api/v1/auth/refresh')).toBe(0);
    vi.advanceTimersByTime(15_000);
    await client.personas.list();
    expect(requestCount('/api/v1/auth/refresh')).toBe(1);
    expect(service.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it.each([500, 503, 429])('keeps the session when the refresh fails with %i', async (status) => {
    const { client, service } = await setupAuth(ADMIN, {}, { retry: false });
    await client.personas.list();
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas' } });
    service.faults.add({ status, times: 1, match: { path: '/api/v1/auth/refresh' } });
    const error = await expectRejection(PersonaError, client.personas.create({ name: 'Ada' }));
    expect(error).toMatchObject({ status, maybeApplied: false, request: { method: 'POST' } });
    expect(error.message).toMatch(/personas\.create .*could not be sent again/);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
    await expect(client.personas.list()).resolves.toBeDefined();
  });

  it('does not fail other calls when one of them aborts during the refresh', async () => {
    const { client, service } = await setupAuth(ADMIN);
    await client.personas.list();
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 2, match: { path: /personas\/[12]$/ } });
    service.faults.add({ delayMs: 100, match: { path: '/api/v1/auth/refresh' } });
    const controller = new AbortController();
    client.on('response', ({ status }) => status === 401 && controller.abort(new Error('bye')));
    const first = catchError(client.personas.get(1, { signal: controller.signal }));
    const second = client.personas.get(2);
    expect(await first).toMatchObject({ code: 'aborted', cause: new Error('bye') });
    expect(await second).toMatchObject({ id: 2 });
  });
});

describe('a pair of tokens', () => {
  it('is refreshed, and the session ends when the refresh is rejected', async () => {
    const { connect, url, service, requestCount } = await setupAuth();
    const client = connect({ auth: await login(url) });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/1' } });
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 2, match: { path: /personas\/1$|refresh/ } });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected' });
    expect(await client.auth.session()).toEqual({ isLoggedIn: false, canRefresh: false });
    expect(requestCount('/api/v1/auth/refresh')).toBe(2);
  });
});

describe('a fixed token', () => {
  it('is sent unchanged, and cannot be replaced after a rejection', async () => {
    const { connect, url, requestCount } = await setupAuth();
    const { accessToken } = await login(url);
    await expect(connect({ auth: { token: accessToken } }).personas.get(1)).resolves.toMatchObject({ id: 1 });
    await expect(connect({ auth: { token: `${accessToken}x` } }).personas.get(1)).rejects.toMatchObject({
      code: 'unauthenticated',
      status: 422,
    });
    expect(requestCount('/api/v1/auth/refresh')).toBe(0);
  });
});

describe('getToken', () => {
  it('is called once for concurrent calls, and again when its token is rejected', async () => {
    const { connect, url } = await setupAuth();
    const previousTokens: (string | undefined)[] = [];
    const { accessToken } = await login(url);
    const client = connect({
      auth: {
        getToken: async ({ previousToken }: { previousToken: string | undefined }) => {
          previousTokens.push(previousToken);
          return previousToken === undefined ? 'not.a.token' : accessToken;
        },
      },
    });
    await Promise.all([client.personas.get(1), client.personas.get(2)]);
    expect(previousTokens).toEqual([undefined, 'not.a.token']);
  });

  it('fails the call with its error as the cause, and does not count against the circuit breaker', async () => {
    const cause = new Error('vault is sealed');
    const { connect, service } = await setupAuth();
    const client = connect({ auth: { getToken: () => Promise.reject(cause) }, breaker: { failMax: 1 } });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.create({ name: 'Ada' }));
    expect((error.cause as Error).cause).toBe(cause);
    expect(error.maybeApplied).toBe(false);
    expect(client.circuit).toBe('closed');
    expect(service.requests).toEqual([]);
  });
});

describe('client.auth', () => {
  it('logs in and out, and revokes the token at the service', async () => {
    const { client, service } = await setupAuth();
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await client.auth.login(ADMIN)).toMatchObject({ isLoggedIn: true, canRefresh: true });
    await client.personas.get(1);
    const authorization = service.requests.at(-1)?.headers.authorization ?? '';
    await client.auth.logout();
    expect(await client.auth.session()).toEqual({ isLoggedIn: false, canRefresh: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    const { url } = await service.listen({ port: 0 });
    const after = await fetch(`${url}/api/v1/personas/1`, { headers: { authorization } });
    expect([after.status, await after.json()]).toEqual([401, { msg: 'Token has been revoked' }]);
  });

  it('refreshes on demand, and fails without credentials', async () => {
    const { client, requestCount } = await setupAuth();
    await expect(client.auth.refresh()).rejects.toThrow(
      /auth\.refresh failed: there is no refresh token, password or getToken function\. Nothing was sent/,
    );
    await client.auth.login(ADMIN);
    await client.auth.refresh();
    expect(requestCount('/api/v1/auth/refresh')).toBe(1);
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('clears the cache of the previous user', async () => {
    const { connect, requestCount } = await setupAuth(ADMIN);
    const client = connect({ cache: {} });
    await client.personas.get(1);
    await client.auth.login(ADMIN);
    await client.personas.get(1);
    expect(requestCount('/api/v1/personas/1')).toBe(2);
  });

  it('does not store the tokens of a refresh that ends after logout', async () => {
    const store = new Map<string, TokenPair>();
    const { client, service } = await setupAuth(undefined, {}, { tokenStore: store });
    await client.auth.login(ADMIN);
    expect(store.size).toBe(1);
    service.faults.add({ delayMs: 100, match: { path: '/api/v1/auth/refresh' } });
    const refreshing = catchError(client.auth.refresh());
    await client.auth.logout();
    await refreshing;
    expect(store.size).toBe(0);
    expect(await client.auth.session()).toEqual({ isLoggedIn: false, canRefresh: false });
  });

  it('rejects invalid input before sending', async () => {
    const { client, service } = await setupAuth();
    await expect(client.auth.login({ username: '', password: 'x' })).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: ['username'] }],
    });
    expect(service.requests).toEqual([]);
  });

  it('emits token events without the tokens', async () => {
    const { client } = await setupAuth();
    const tokenEvents: unknown[] = [];
    client.on('token', (event) => tokenEvents.push(event));
    await client.auth.login({ ...ADMIN, password: 'wrong' }).catch(() => {});
    await client.auth.login(ADMIN);
    await client.auth.refresh();
    await client.auth.logout();
    expect(tokenEvents).toEqual([
      { action: 'login', ok: false },
      { action: 'login', ok: true },
      { action: 'refresh', ok: true },
      { action: 'logout', ok: true },
    ]);
  });
});

describe('a token store', () => {
  it('keeps the tokens for the next client', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, requestCount } = await setupAuth(ADMIN, {}, { tokenStore });
    await connect().personas.get(1);
    await connect().personas.get(1);
    expect(requestCount('/api/v1/auth/login')).toBe(1);
    await connect({ principal: 'someone else' }).personas.get(1);
    expect(requestCount('/api/v1/auth/login')).toBe(2);
  });
});

describe('a token store that fails to', () => {
  const failingStore = (method: 'get' | 'set' | 'delete') => {
    const fail = () => Promise.reject(new Error('disk full'));
    const store = new Map<string, TokenPair>();
    return {
      get: method === 'get' ? fail : (key: string) => store.get(key),
      set: method === 'set' ? fail : (key: string, tokens: TokenPair) => store.set(key, tokens),
      delete: method === 'delete' ? fail : (key: string) => store.delete(key),
    };
  };

  it('read: the call fails with the cause, and the next one reads again', async () => {
    const { connect, requestCount } = await setupAuth(ADMIN);
    const client = connect({ tokenStore: failingStore('get') });
    for (let i = 0; i < 2; i++) {
      const error = await catchError(client.personas.get(1));
      expect(error).toMatchObject({ code: 'unauthenticated', maybeApplied: false });
      expect(error).toHaveProperty('cause.cause', new Error('disk full'));
    }
    expect(requestCount('/')).toBe(0);
  });

  it('write: the call succeeds, and an event is emitted', async () => {
    const { connect } = await setupAuth(ADMIN);
    const client = connect({ tokenStore: failingStore('set') });
    const tokenEvents: unknown[] = [];
    client.on('token', (event) => tokenEvents.push(event));
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    expect(tokenEvents).toEqual([
      { action: 'login', ok: true },
      { action: 'store', ok: false },
    ]);
  });

  it('delete: logout revokes the token at the service and fails', async () => {
    const { connect, requestCount } = await setupAuth(ADMIN);
    const client = connect({ tokenStore: failingStore('delete') });
    await client.personas.get(1);
    await expect(client.auth.logout()).rejects.toThrow(
      /failed to delete the tokens\. They may remain in the store/,
    );
    expect(requestCount('/api/v1/auth/logout')).toBe(1);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });
});

describe('secrets', () => {
  it('are absent from errors and inspected objects', async () => {
    const { client, service, url, connect } = await setupAuth(ADMIN, {}, { retry: false });
    const errors: unknown[] = [];
    const collectError = (work: Promise<unknown>) => work.catch((error) => errors.push(error));
    await collectError(client.personas.get(99_999));
    await collectError(client.auth.login({ username: 'admin', password: 'wrong horse' }));
    service.faults.add({ reset: true, times: 1 });
    await collectError(client.personas.create({ name: 'Ada' }));
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 3 });
    await collectError(client.personas.get(1));
    const pair = await login(url);
    await collectError(connect({ auth: { token: `${pair.accessToken}x` } }).personas.get(1));
    const tokens = service.requests.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? []);
    expect(errors).toHaveLength(5);
    expect(tokens.length).toBeGreaterThan(3);
    const output = [client, ...errors]
      .flatMap((value) => [
        inspect(value, { depth: 12, showHidden: true }),
        JSON.stringify(value),
        String(value instanceof Error && value.stack),
      ])
      .join('\n');
    for (const secret of [ADMIN.password, 'wrong horse', ...tokens, 'Bearer'])
      expect(output).not.toContain(secret);
  });
});
