import { PersonaAbortError, PersonaAuthenticationError, type TokenPair } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Session } from '../../../src/auth/session.js';
import { resolveOptions } from '../../../src/config/resolve-options.js';
import { LightAbortController } from '../../../src/core/abort.js';
import { Events } from '../../../src/core/events.js';
import { bob, credentials, expired, setUp, signIn } from '../../support/auth.js';

afterEach(() => {
  vi.useRealTimers();
});

const LOGIN = { path: '/api/v1/auth/login' };
const REFRESH = { path: '/api/v1/auth/refresh' };
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (reason) => reason,
  );
const until = (check: () => boolean) => vi.waitFor(() => expect(check()).toBe(true), { interval: 2 });
const subjectOf = (token = '') => JSON.parse(atob(token.split('.')[1] ?? '')).sub;

/** A `fetch` that holds back the answers of a path until it is told to let go. */
function holding(path: string) {
  let release: () => void = () => {};
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  let answered = 0;
  const fetch: typeof globalThis.fetch = async (...request) => {
    const response = await globalThis.fetch(...request);
    if (!String(request[0]).endsWith(path)) return response;
    answered++;
    await open;
    return response;
  };
  return { fetch, release: () => release(), answered: () => answered > 0 };
}

describe('a login in progress', () => {
  const wrong = { username: 'admin', password: 'wrong' };

  it.each([
    ['before', [20, 150]],
    ['after', [150, 20]],
  ])('outlives a refusal of the configured password that comes %s its answer', async (_, delays) => {
    const { client, service, sent } = await setUp(wrong);
    for (const delayMs of delays) service.faults.add({ delayMs, times: 1, match: LOGIN });
    const read = failure(client.personas.get(1));
    await until(() => sent('/api/v1/auth/login') === 1);
    expect(await client.auth.login(bob)).toMatchObject({ signedIn: true });
    expect(await read).toMatchObject({ code: 'credentials_rejected' });
    expect(await client.auth.session()).toMatchObject({ signedIn: true });
    await client.personas.get(1);
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('is not replaced by the configured user’s, begun meanwhile and granted later', async () => {
    const { client, service, sent } = await setUp(credentials);
    service.faults.add({ delayMs: 50, times: 1, match: LOGIN });
    service.faults.add({ delayMs: 150, times: 1, match: LOGIN });
    const login = client.auth.login(bob);
    await until(() => sent('/api/v1/auth/login') === 1);
    const read = failure(client.personas.get(1));
    await login;
    expect(String(await read)).toMatch(/signed in or out since it was begun/);
    await client.personas.get(2);
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });

  it('that is refused costs nobody the session, nor what a refresh brings meanwhile', async () => {
    const { client, service, sent } = await setUp();
    await client.auth.login(credentials);
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const login = failure(client.auth.login({ ...bob, password: 'wrong' }));
    await until(() => sent('/api/v1/auth/login') === 2);
    await client.auth.refresh();
    expect(await login).toMatchObject({ code: 'credentials_rejected' });
    await client.auth.refresh(); // the one before is spent
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('gives way to a later one, and to a sign-out', async () => {
    const { client, service } = await setUp();
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const first = client.auth.login(credentials);
    await client.auth.login(bob);
    await first;
    await client.personas.get(1);
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
    service.faults.add({ delayMs: 80, times: 1, match: LOGIN });
    const second = client.auth.login(credentials);
    await client.auth.logout();
    expect(await second).toMatchObject({ signedIn: false });
  });
});

describe('a refresh that succeeds after the sign-out', () => {
  it('is dropped, and says what happened', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { fetch, release, answered } = holding('/auth/refresh');
    const { client } = await setUp(undefined, {}, { tokenStore, fetch });
    await client.auth.login(credentials);
    const refreshing = failure(client.auth.refresh());
    await until(answered);
    await client.auth.logout();
    release();
    const error = await refreshing;
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(String(error)).toMatch(/signed out meanwhile/);
    expect(String(error)).not.toMatch(/Nothing was sent/);
    expect(await client.auth.session()).toEqual({ signedIn: false, refreshable: false });
    expect(tokenStore.size).toBe(0);
  });

  it('does not hold up who signs in next', async () => {
    const { fetch, release, answered } = holding('/auth/refresh');
    const { client, service } = await setUp(undefined, {}, { fetch });
    await client.auth.login(credentials);
    const refreshing = failure(client.auth.refresh());
    await until(answered);
    await client.auth.login(bob);
    service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas/1' } });
    const read = client.personas.get(1);
    await expect(read).resolves.toBeDefined();
    release();
    await refreshing;
    expect(subjectOf(service.requests.at(-1)?.headers.authorization)).toBe('bob');
  });
});

describe('a refresh that is refused', () => {
  it('after someone else signed in ends nobody’s session', async () => {
    const { fetch, release, answered } = holding('/auth/refresh');
    const { client, service } = await setUp(undefined, {}, { fetch });
    await client.auth.login(credentials);
    service.faults.add({ ...expired, times: 1, match: REFRESH });
    const refreshing = failure(client.auth.refresh());
    await until(answered);
    await client.auth.login(bob);
    release();
    expect(await refreshing).toMatchObject({ code: 'credentials_rejected' });
    expect(String(await refreshing)).toMatch(/the refresh was refused with 401 \(Token has expired\)/);
    expect(await client.auth.session()).toMatchObject({ signedIn: true });
  });
});

describe('an early refresh', () => {
  const atItsEnd = async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const set = await setUp(credentials, {}, { retry: false });
    await set.client.personas.get(1);
    vi.advanceTimersByTime(3_580_000);
    return set;
  };

  it('that fails leaves the living token in use', async () => {
    const { client, service, sent } = await atItsEnd();
    service.faults.add({ status: 503, times: 1, match: REFRESH });
    await expect(client.personas.get(1)).resolves.toBeDefined();
    await client.personas.get(1);
    expect(sent('/api/v1/auth/refresh')).toBe(1);
    vi.advanceTimersByTime(5_000);
    await client.personas.get(1);
    expect(sent('/api/v1/auth/refresh')).toBe(2);
  });

  it('that fails when the token has ended fails the call', async () => {
    const { client, service } = await atItsEnd();
    vi.advanceTimersByTime(30_000);
    service.faults.add({ status: 503, times: 1, match: REFRESH });
    await expect(client.personas.get(1)).rejects.toMatchObject({ status: 503 });
  });

  it('is not due for a token of a minute that was just granted', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { client, sent } = await setUp(credentials, {
      auth: { users: { admin: credentials.password }, accessTtlSeconds: 60 },
    });
    await client.personas.get(1);
    vi.advanceTimersByTime(39_000);
    await client.personas.get(1);
    expect(sent('/api/v1/auth/refresh')).toBe(0);
    vi.advanceTimersByTime(7_000);
    await client.personas.get(1);
    expect(sent('/api/v1/auth/refresh')).toBe(1);
  });
});

describe('a refusal', () => {
  it.each([400, 403, 422])('of %i that is not the service’s own fails the call alone', async (status) => {
    const { client, service } = await setUp(credentials, {}, { retry: false });
    service.faults.add({ status, body: '<h1>Blocked</h1>', times: 1, match: LOGIN });
    await expect(client.personas.get(1)).rejects.toMatchObject({ status });
    await expect(client.personas.get(1)).resolves.toBeDefined();
    service.faults.add({ status, body: '{"ray": 1}', times: 1, match: REFRESH });
    await expect(client.auth.refresh()).rejects.toMatchObject({ status });
    expect(await client.auth.session()).toMatchObject({ signedIn: true });
  });

  it.each([
    [401, '<h1>no</h1>'],
    [400, '{"message":"Missing password"}'],
    [403, '{"error":"Account locked"}'],
    [422, '{"msg":"Not enough segments"}'],
  ])('of %i with %s is remembered', async (status, body) => {
    const { client, service, sent } = await setUp(credentials);
    service.faults.add({ status, body, times: 1, match: LOGIN });
    for (let i = 0; i < 2; i++)
      await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected', status });
    expect(sent('/api/v1/auth/login')).toBe(1);
  });
});

describe('the client’s own headers', () => {
  it('go with requests about tokens too, but never in place of theirs', async () => {
    const headers = { 'X-Api-Key': 'k', Authorization: 'Basic x', 'Content-Type': 'text/plain' };
    const { client, service } = await setUp(undefined, {}, { headers });
    await client.auth.login(credentials);
    await client.auth.refresh();
    await client.auth.logout();
    const [login, refresh, logout] = service.requests.map((request) => request.headers);
    expect([login, refresh, logout].map((one) => one?.['x-api-key'])).toEqual(['k', 'k', 'k']);
    expect(login?.['content-type']).toBe('application/json');
    expect([refresh, logout].map((one) => one?.['content-type'])).toEqual([undefined, undefined]);
    for (const one of [refresh, logout]) expect(one?.authorization).toMatch(/^Bearer /);
  });
});

describe('what never answers', () => {
  let hung = 0;
  const hang = () => {
    hung++;
    return new Promise<never>(() => {});
  };
  const silent = (...names: ('get' | 'set' | 'delete')[]) => {
    const held = new Map<string, TokenPair>();
    return {
      get: names.includes('get') ? hang : (key: string) => held.get(key),
      set: names.includes('set') ? hang : (key: string, tokens: TokenPair) => held.set(key, tokens),
      delete: names.includes('delete') ? hang : (key: string) => held.delete(key),
    };
  };

  it.each([
    ['getToken', { auth: { getToken: hang } }],
    ['the token store', { auth: credentials, tokenStore: silent('get') }],
  ])('%s: a call ends with its deadline or its signal, and gives up its place', async (_, options) => {
    const { connect } = await setUp();
    const client = connect({ ...options, concurrency: 1 });
    await expect(client.personas.get(1, { deadlineMs: 30 })).rejects.toMatchObject({ scope: 'deadline' });
    const signal = AbortSignal.timeout(30);
    await expect(client.personas.get(1, { signal })).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.health.check()).resolves.toBeDefined();
  });

  it('the token store: whoever waits for a token may leave, whether it is the first or another', async () => {
    const session = new Session({
      options: resolveOptions({ auth: credentials, tokenStore: silent('get') }),
      requests: { login: hang, refresh: hang, logout: hang },
      events: new Events(),
      closing: new LightAbortController(),
      viewClosing: new LightAbortController(),
      forget: async () => {},
    });
    const gone = new Error('gone');
    const leaving = new AbortController();
    const current = Promise.resolve(session.current(leaving.signal));
    const waiting = [current, session.replace('x', leaving.signal)].map(failure);
    leaving.abort(gone);
    expect(await Promise.all(waiting)).toEqual([gone, gone]);
  });

  it('getToken: a call fails after timeoutMs, and the next one asks again', async () => {
    const { connect, url } = await setUp();
    const { accessToken } = await signIn(url);
    let asked = 0;
    const getToken = () => (++asked === 1 ? hang() : accessToken);
    const client = connect({ auth: { getToken }, timeoutMs: 300 });
    const error = await failure(client.personas.get(1));
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(String(error)).toMatch(/getToken did not answer within 300 ms/);
    await expect(client.personas.get(1)).resolves.toBeDefined();
    expect(client.circuit).toBe('closed');
  });

  it('the token store: a call fails after timeoutMs, and the next one reads again', async () => {
    const { connect } = await setUp(credentials);
    let reads = 0;
    const get = () => (++reads === 1 ? hang() : undefined);
    const client = connect({ tokenStore: { ...silent(), get }, timeoutMs: 300 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(client.personas.get(1)).resolves.toBeDefined();
  });

  it('the token store: what cannot be written or deleted in time is said', async () => {
    const { connect } = await setUp();
    const client = connect({ tokenStore: silent('set'), timeoutMs: 200 });
    const told: unknown[] = [];
    client.on('token', (event) => told.push(event));
    expect(await client.auth.login(credentials)).toMatchObject({ signedIn: true });
    expect(told).toContainEqual({ action: 'store', ok: false });
    await expect(client.auth.logout()).rejects.toThrow(/may still be in it/);
    expect(await client.auth.session()).toMatchObject({ signedIn: false });
  });

  it('holds up nothing when the client is closed', async () => {
    const before = hung;
    const { connect } = await setUp(credentials);
    const unread = () => connect({ tokenStore: silent('get') });
    const client = connect({ auth: { getToken: hang } });
    const undeleted = connect({ tokenStore: silent('delete') });
    await undeleted.personas.get(1);
    const [one, two, three] = [unread(), unread(), unread()];
    const waiting = [
      one.auth.session(),
      two.auth.refresh(),
      three.auth.logout(),
      three.personas.get(1),
      client.auth.refresh(),
      undeleted.auth.logout(),
    ].map(failure);
    await vi.waitFor(() => expect(hung - before).toBe(5));
    for (const each of [one, two, three, client, undeleted]) each.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(PersonaAbortError);
    const asked = vi.fn(hang);
    const closed = connect({ auth: { getToken: asked } });
    closed.close();
    expect(await failure(closed.auth.refresh())).toBeInstanceOf(PersonaAbortError);
    expect(asked).not.toHaveBeenCalled();
  });

  it('holds up no login when the client is closed', async () => {
    const { connect, service } = await setUp();
    service.faults.add({ delayMs: 5_000, match: LOGIN });
    const client = connect();
    const login = failure(client.auth.login(credentials));
    client.close();
    expect(await login).toBeInstanceOf(PersonaAbortError);
  });
});
