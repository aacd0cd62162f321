import {
  type ClientOptions,
  PersonaAbortError,
  PersonaAuthenticationError,
  type TokenPair,
  type TokenStore,
} from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientCode } from '../../../src/auth/client-code.js';
import { RefreshPauses } from '../../../src/auth/refresh-pauses.js';
import { Session } from '../../../src/auth/session.js';
import { optionsSchema } from '../../../src/client/options.js';
import { resolveOptions } from '../../../src/config/resolve-options.js';
import { LightAbortController } from '../../../src/core/abort.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import {
  ADMIN,
  BOB,
  EXPIRED_TOKEN_RESPONSE,
  LOGIN_PATH,
  login,
  REFRESH_PATH,
  setupAuth,
  tokenSubject,
} from '../../support/auth.js';
import { catchError } from '../../support/failures.js';
import { createCall, deferred } from '../../support/pipeline.js';
import { ResponseGate } from '../../support/response-gate.js';

afterEach(() => {
  vi.useRealTimers();
});

const LOGIN = { path: LOGIN_PATH };
const REFRESH = { path: REFRESH_PATH };
const waitUntil = (check: () => boolean) => vi.waitUntil(check, { interval: 2 });

describe('a login in progress', () => {
  const wrong = { username: 'admin', password: 'wrong' };

  it.each([
    ['before', [20, 150]],
    ['after', [150, 20]],
  ])('survives a rejection of the configured password that arrives %s its response', async (_, delays) => {
    const { client, service, requestCount } = await setupAuth(wrong);
    for (const delayMs of delays) service.faults.add({ delayMs, times: 1, match: LOGIN });
    const read = catchError(client.personas.get(1));
    await waitUntil(() => requestCount(LOGIN_PATH) === 1);
    expect(await client.auth.login(BOB)).toMatchObject({ isLoggedIn: true });
    expect(await read).toMatchObject({ code: 'credentials_rejected' });
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
    await client.personas.get(1);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('is not replaced by a login of the configured user that starts and ends later', async () => {
    const { client, service, requestCount } = await setupAuth(ADMIN);
    service.faults.add({ delayMs: 50, times: 1, match: LOGIN });
    service.faults.add({ delayMs: 150, times: 1, match: LOGIN });
    const pendingLogin = client.auth.login(BOB);
    await waitUntil(() => requestCount(LOGIN_PATH) === 1);
    const read = catchError(client.personas.get(1));
    await pendingLogin;
    expect(String(await read)).toMatch(
      /was not sent: the logged-in user changed, or may have changed, after the call started/,
    );
    await client.personas.get(2);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('that is rejected keeps the current session, and the tokens of a concurrent refresh', async () => {
    const { client, service, requestCount } = await setupAuth();
    await client.auth.login(ADMIN);
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const pendingLogin = catchError(client.auth.login({ ...BOB, password: 'wrong' }));
    await waitUntil(() => requestCount(LOGIN_PATH) === 2);
    await client.auth.refresh();
    expect(await pendingLogin).toMatchObject({ code: 'credentials_rejected' });
    await client.auth.refresh(); // the first refresh token is used
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('has no effect after a later login or logout', async () => {
    const { client, service } = await setupAuth();
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const first = client.auth.login(ADMIN);
    await client.auth.login(BOB);
    await first;
    await client.personas.get(1);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const second = client.auth.login(ADMIN);
    await client.auth.logout();
    expect(await second).toMatchObject({ isLoggedIn: false });
  });
});

describe('a logout while the stored tokens are read', () => {
  /** Starts a logout, and a login that ends before the token store responds, if the client does not wait for it. */
  async function logoutAndLogin({
    options = {},
    credentials = BOB,
    isReadFailing = false,
  }: {
    options?: ClientOptions;
    credentials?: typeof BOB;
    isReadFailing?: boolean;
  }) {
    const { connect, service, url } = await setupAuth();
    const stored = await login(url);
    const { promise: read, resolve: endRead } = deferred<void>();
    const rows = new Map<string, TokenPair>();
    const name = options.principal ?? ADMIN.username;
    rows.set(`persona-client:${url}:${name}`, stored);
    const tokenStore: TokenStore = {
      get: async (key) => {
        await read;
        if (isReadFailing) throw new Error('no disk');
        return rows.get(key);
      },
      set: (key, tokens) => rows.set(key, tokens),
      delete: (key) => rows.delete(key),
    };
    const client = connect({ tokenStore, ...options });
    let hasLoginEnded = false;
    client.on('token', ({ action }) => {
      hasLoginEnded ||= action === 'login';
    });
    const pendingLogout = catchError(client.auth.logout());
    const pendingLogin = catchError(client.auth.login(credentials));
    await waitUntil(() => hasLoginEnded);
    await new Promise(setImmediate); // the login would replace the session now
    endRead();
    const errors = { logout: await pendingLogout, login: await pendingLogin };
    const revoked = service.requests
      .filter(({ path }) => path.endsWith('/auth/logout'))
      .map(({ headers }) => headers.authorization === `Bearer ${stored.accessToken}`);
    return { client, service, rows, errors, revoked };
  }

  it.each<[string, ClientOptions]>([
    ['the same principal', { principal: 'this browser' }],
    ['another user than the configured one', { auth: ADMIN }],
  ])('ends the old session, not the one of a login that follows: %s', async (_, options) => {
    const { client, service, rows, errors, revoked } = await logoutAndLogin({ options });
    expect(errors).toEqual({});
    expect(revoked).toEqual([true]);
    expect([...rows.keys()].map((key) => key.split(':').at(-1))).toEqual([options.principal ?? 'bob']);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
    await client.personas.get(1);
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('takes effect even if a login that follows is rejected', async () => {
    const { client, rows, errors, revoked } = await logoutAndLogin({
      options: { principal: 'this browser' },
      credentials: { ...BOB, password: 'wrong' },
    });
    expect(errors).toMatchObject({ logout: undefined, login: { code: 'credentials_rejected' } });
    expect([revoked, rows.size]).toEqual([[true], 0]);
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });

  it('does not end the session of a login that follows if the store cannot be read', async () => {
    const { client, errors } = await logoutAndLogin({
      options: { principal: 'this browser' },
      isReadFailing: true,
    });
    expect(String(errors.logout)).toContain('failed to read the tokens');
    expect(errors.login).toBeUndefined();
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
  });
});

describe('a refresh that ends after logout', () => {
  it('discards its tokens and fails with the reason', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const gate = new ResponseGate(/\/auth\/refresh$/);
    const fetch = gate.wrap(globalThis.fetch);
    const { client } = await setupAuth(undefined, {}, { tokenStore, fetch });
    await client.auth.login(ADMIN);
    const refreshing = catchError(client.auth.refresh());
    await gate.reached;
    await client.auth.logout();
    gate.open();
    const error = await refreshing;
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(String(error)).toMatch(/auth\.refresh failed: the session ended during the refresh/);
    expect(String(error)).not.toMatch(/Nothing was sent/);
    expect(await client.auth.session()).toEqual({ isLoggedIn: false, canRefresh: false });
    expect(tokenStore.size).toBe(0);
  });

  it('does not delay the next login', async () => {
    const gate = new ResponseGate(/\/auth\/refresh$/, 1);
    const fetch = gate.wrap(globalThis.fetch);
    const { client, service } = await setupAuth(undefined, {}, { fetch });
    await client.auth.login(ADMIN);
    const refreshing = catchError(client.auth.refresh());
    await gate.reached;
    await client.auth.login(BOB);
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/1' } });
    const read = client.personas.get(1);
    await expect(read).resolves.toBeDefined();
    gate.open();
    await refreshing;
    expect(tokenSubject(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });
});

describe('a refresh that is rejected', () => {
  it('does not end the session of a user who logged in later', async () => {
    const gate = new ResponseGate(/\/auth\/refresh$/);
    const fetch = gate.wrap(globalThis.fetch);
    const { client, service } = await setupAuth(undefined, {}, { fetch });
    await client.auth.login(ADMIN);
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: REFRESH });
    const refreshing = catchError(client.auth.refresh());
    await gate.reached;
    await client.auth.login(BOB);
    gate.open();
    expect(await refreshing).toMatchObject({ code: 'credentials_rejected' });
    expect(String(await refreshing)).toMatch(
      /auth\.refresh .* was rejected with 401 \(Token has expired\)\. Log in again\./,
    );
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
  });
});

describe('an early refresh', () => {
  const setupNearExpiry = async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const context = await setupAuth(ADMIN, {}, { retry: false });
    await context.client.personas.get(1);
    vi.advanceTimersByTime(3_580_000);
    return context;
  };

  it('leaves the valid token in use if it fails', async () => {
    const { client, service, requestCount } = await setupNearExpiry();
    service.faults.add({ status: 503, times: 1, match: REFRESH });
    await expect(client.personas.get(1)).resolves.toBeDefined();
    await client.personas.get(1);
    expect(requestCount(REFRESH_PATH)).toBe(1);
    vi.advanceTimersByTime(5_000);
    await client.personas.get(1);
    expect(requestCount(REFRESH_PATH)).toBe(2);
  });

  it('fails the call if it fails after the token expired', async () => {
    const { client, service } = await setupNearExpiry();
    vi.advanceTimersByTime(30_000);
    service.faults.add({ status: 503, times: 1, match: REFRESH });
    await expect(client.personas.get(1)).rejects.toMatchObject({ status: 503 });
  });

  it('starts after three quarters of a one-minute lifetime, minus jitter', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { client, requestCount } = await setupAuth(ADMIN, {
      auth: { users: { admin: ADMIN.password }, accessTtlSeconds: 60 },
    });
    await client.personas.get(1);
    vi.advanceTimersByTime(39_000);
    await client.personas.get(1);
    expect(requestCount(REFRESH_PATH)).toBe(0);
    vi.advanceTimersByTime(7_000);
    await client.personas.get(1);
    expect(requestCount(REFRESH_PATH)).toBe(1);
  });
});

describe('a rejected login', () => {
  it.each([400, 401, 403, 422])('with %i from a proxy fails only that call', async (status) => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { client, service } = await setupAuth(ADMIN, {}, { retry: false });
    service.faults.add({ status, body: '<h1>Blocked</h1>', times: 1, match: LOGIN });
    await expect(client.personas.get(1)).rejects.toMatchObject({ status });
    vi.advanceTimersByTime(5_000);
    await expect(client.personas.get(1)).resolves.toBeDefined();
    service.faults.add({ status, body: '{"ray": 1}', times: 1, match: REFRESH });
    await expect(client.auth.refresh()).rejects.toMatchObject({ status });
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
  });

  it.each([
    [401, '{"msg":"Bad credentials"}'],
    [400, '{"message":"Missing password","status_code":400}'],
    [403, '{"error":"Account locked"}'],
    [422, '{"msg":"Not enough segments"}'],
  ])('with %i and %s is not repeated', async (status, body) => {
    const { client, service, requestCount } = await setupAuth(ADMIN);
    service.faults.add({ status, body, times: 1, match: LOGIN });
    for (let i = 0; i < 2; i++)
      await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected', status });
    expect(requestCount(LOGIN_PATH)).toBe(1);
  });
});

describe('the headers of the client', () => {
  it('are sent with auth requests, but never replace Authorization or Content-Type', async () => {
    const headers = { 'X-Api-Key': 'k', Authorization: 'Basic x', 'Content-Type': 'text/plain' };
    const { client, service } = await setupAuth(undefined, {}, { headers });
    await client.auth.login(ADMIN);
    await client.auth.refresh();
    await client.auth.logout();
    const [login, refresh, logout] = service.requests.map((request) => request.headers);
    expect([login, refresh, logout].map((headers) => headers?.['x-api-key'])).toEqual(['k', 'k', 'k']);
    expect(login?.['content-type']).toBe('application/json');
    expect([refresh, logout].map((headers) => headers?.['content-type'])).toEqual([undefined, undefined]);
    for (const headers of [refresh, logout]) expect(headers?.authorization).toMatch(/^Bearer /);
  });
});

describe('application code that never responds', () => {
  let hangCount = 0;
  const hang = () => {
    hangCount++;
    return new Promise<never>(() => {});
  };
  const hangingStore = (...names: ('get' | 'set' | 'delete')[]) => {
    const entries = new Map<string, TokenPair>();
    return {
      get: names.includes('get') ? hang : (key: string) => entries.get(key),
      set: names.includes('set') ? hang : (key: string, tokens: TokenPair) => entries.set(key, tokens),
      delete: names.includes('delete') ? hang : (key: string) => entries.delete(key),
    };
  };

  it.each([
    ['getToken', { auth: { getToken: hang } }],
    ['the token store', { auth: ADMIN, tokenStore: hangingStore('get') }],
  ])(
    '%s: a call ends with its deadline or signal, and frees its place in the limiter',
    async (_, options) => {
      const { connect } = await setupAuth();
      const client = connect({ ...options, concurrency: 1 });
      await expect(client.personas.get(1, { deadlineMs: 30 })).rejects.toMatchObject({ scope: 'deadline' });
      const signal = AbortSignal.timeout(30);
      await expect(client.personas.get(1, { signal })).rejects.toMatchObject({ code: 'aborted' });
      await expect(client.health.check()).resolves.toBeDefined();
    },
  );

  it('the token store: every caller that waits for a token can abort', async () => {
    const { tokenProvider } = new Session({
      options: resolveOptions(optionsSchema(), { auth: ADMIN, tokenStore: hangingStore('get') }),
      code: clientCode,
      identity: 'admin',
      requests: { login: hang, refresh: hang, logout: hang },
      events: new EventEmitter(),
      pauses: new RefreshPauses(clientCode),
      closeSignal: new LightAbortController(),
      viewCloseSignal: new LightAbortController(),
      clearCache: async () => {},
    });
    const reason = new Error('aborted');
    const controller = new AbortController();
    const { call } = createCall({ signal: controller.signal });
    const waiting = [1, 2].map(() => catchError(Promise.resolve(tokenProvider.prepare(call))));
    controller.abort(reason);
    expect(await Promise.all(waiting)).toEqual([reason, reason]);
  });

  it('getToken: a call fails after timeoutMs, and a call five seconds later calls it again', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { connect, url } = await setupAuth();
    const { accessToken } = await login(url);
    let calls = 0;
    const getToken = () => (++calls === 1 ? hang() : accessToken);
    const client = connect({ auth: { getToken }, timeoutMs: 300 });
    const error = await catchError(client.personas.get(1));
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(String(error)).toMatch(/No response from getToken within 300 ms/);
    vi.advanceTimersByTime(5_000);
    await expect(client.personas.get(1)).resolves.toBeDefined();
    expect(client.circuit).toBe('closed');
  });

  it('the token store: a call fails after timeoutMs, and the next one reads again', async () => {
    const { connect } = await setupAuth(ADMIN);
    let reads = 0;
    const get = () => (++reads === 1 ? hang() : undefined);
    const client = connect({ tokenStore: { ...hangingStore(), get }, timeoutMs: 300 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('the token store: a timeout of a write emits an event, and a timeout of a delete fails the logout', async () => {
    const { connect } = await setupAuth();
    const client = connect({ tokenStore: hangingStore('set', 'delete'), timeoutMs: 200 });
    const tokenEvents: unknown[] = [];
    client.on('token', (event) => tokenEvents.push(event));
    expect(await client.auth.login(ADMIN)).toMatchObject({ isLoggedIn: true });
    expect(tokenEvents).toContainEqual({ action: 'store', ok: false });
    await expect(client.auth.logout()).rejects.toThrow(
      /failed to delete the tokens\. They may remain in the store/,
    );
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
  });

  it('does not delay anything after the client is closed', async () => {
    const before = hangCount;
    const { connect } = await setupAuth(ADMIN);
    const connectUnread = () => connect({ tokenStore: hangingStore('get') });
    const client = connect({ auth: { getToken: hang } });
    const undeleted = connect({ tokenStore: hangingStore('delete') });
    await undeleted.personas.get(1);
    const [one, two, three] = [connectUnread(), connectUnread(), connectUnread()];
    const waiting = [
      one.auth.session(),
      two.auth.refresh(),
      three.auth.logout(),
      three.personas.get(1),
      client.auth.refresh(),
      undeleted.auth.logout(),
    ].map(catchError);
    await vi.waitFor(() => expect(hangCount - before).toBe(5));
    for (const open of [one, two, three, client, undeleted]) open.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(PersonaAbortError);
    const getToken = vi.fn(hang);
    const closed = connect({ auth: { getToken } });
    closed.close();
    expect(await catchError(closed.auth.refresh())).toBeInstanceOf(PersonaAbortError);
    expect(getToken).not.toHaveBeenCalled();
  });

  it('aborts a login when the client is closed', async () => {
    const { connect, service } = await setupAuth();
    service.faults.add({ delayMs: 5_000, match: LOGIN });
    const client = connect();
    const pendingLogin = catchError(client.auth.login(ADMIN));
    client.close();
    expect(await pendingLogin).toBeInstanceOf(PersonaAbortError);
  });
});
