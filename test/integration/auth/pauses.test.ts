import { PersonaAuthenticationError, type PersonaClient, PersonaError, type TokenPair } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { ADMIN, BOB, EXPIRED_TOKEN_RESPONSE, LOGIN_PATH, login, REFRESH_PATH } from '../../support/auth.js';
import { catchError, expectRejection } from '../../support/failures.js';
import { jsonBody, NO_BACKOFF } from '../../support/service.js';
import { installFakeTime, pass, setupTimedAuth } from '../../support/timed-auth.js';

installFakeTime();

const LOGIN = { path: LOGIN_PATH };
const tooManyRequests = (seconds: number) => ({ status: 429, headers: { 'retry-after': String(seconds) } });
const read = (client: PersonaClient, deadlineMs = 60_000) => client.personas.get(1, { deadlineMs });

/** Whether a promise is still pending after all that needs no time. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  let settled = false;
  catchError(work).then(() => {
    settled = true;
  });
  await pass(0);
  return !settled;
}

describe('after a failed login', () => {
  it('the next call waits for Retry-After, and then logs in once', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...tooManyRequests(20), times: 1, match: LOGIN });
    expect(await catchError(read(client))).toMatchObject({ code: 'rate_limited', retryAfterMs: 20_000 });
    const waiting = [read(client), read(client)];
    await pass(19_900);
    expect([logins(), await isPending(waiting[0] as Promise<unknown>)]).toEqual([1, true]);
    await pass(200);
    await Promise.all(waiting);
    expect(logins()).toBe(2);
  });

  it('a call whose deadline comes first fails at once, with the reason and the rest of the pause', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...tooManyRequests(60), match: LOGIN });
    await catchError(read(client));
    await pass(10_000);
    for (let i = 0; i < 100; i++) {
      const error = await catchError(read(client, 40_000));
      expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 50_000, attempts: 0 });
      expect(String(error)).toMatch(/auth\.login .* paused for another 50000 ms/);
    }
    expect(logins()).toBe(1);
  });

  it.each([
    ['429 without Retry-After', { status: 429 }],
    ['429 with Retry-After: 0', tooManyRequests(0)],
    ['408', { status: 408 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a proxy that responds with 403', { status: 403, body: '<h1>Blocked</h1>' }],
    ['a broken connection', { reset: true as const }],
    ['a malformed response', { status: 200, body: '{' }],
    ['a malformed token', { status: 200, ...jsonBody({ access_token: 'two words' }) }],
  ])('pauses grow from 5 s to 60 s: %s', async (_, fault) => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...fault, match: LOGIN });
    for (const [index, pauseMs] of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      const error = await expectRejection(PersonaError, read(client));
      expect([logins(), error.retryAfterMs]).toEqual([index + 1, pauseMs]);
      await pass(pauseMs - 100);
      expect(logins()).toBe(index + 1);
      await pass(100);
    }
    service.faults.clear();
    await read(client);
    service.faults.add({ status: 503, match: { path: /personas|refresh/ } });
    expect(await catchError(client.auth.refresh())).toMatchObject({ retryAfterMs: 5_000 });
  });

  it('calls wait up to 5 s, and fail at once if the pause lasts longer', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ status: 503, times: 2, match: LOGIN });
    await catchError(read(client));
    const second = catchError(read(client));
    await pass(5_000);
    expect(await second).toMatchObject({ status: 503, retryAfterMs: 10_000 });
    for (let i = 0; i < 100; i++) expect(await catchError(read(client))).toMatchObject({ status: 503 });
    await pass(6_000);
    const last = read(client);
    expect([logins(), await isPending(last)]).toEqual([2, true]);
    await pass(4_000);
    await last;
    expect(logins()).toBe(3);
  });

  it('one call does not log in again, whatever its retry options', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN, retry: { ...NO_BACKOFF, limit: 5 } });
    service.faults.add({ status: 503, match: LOGIN });
    expect(await catchError(read(client))).toMatchObject({ status: 503, attempts: 0 });
    expect(logins()).toBe(1);
  });

  it.each([500, 403])('with %i, detection of the dialect does not log in again', async (status) => {
    for (const call of [
      (client: PersonaClient) => client.demographic.get(1),
      (client: PersonaClient) => client.psychographic.update(1, { lifestyle: 'calm' }),
      (client: PersonaClient) => client.fieldConfig.get(),
    ]) {
      const { service, connect, logins } = setupTimedAuth();
      service.faults.add({ status, body: '<h1>no</h1>', match: LOGIN });
      expect(await catchError(call(connect({ auth: ADMIN })))).toMatchObject({ status });
      expect(logins()).toBe(1);
    }
  });

  it.each([
    ['', undefined],
    [' with a token store', new Map<string, TokenPair>()],
  ])('concurrent calls%s wait for the login in progress, and share the next one', async (_, tokenStore) => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN, concurrency: 10, ...(tokenStore && { tokenStore }) });
    service.faults.add({ status: 503, times: 1, match: LOGIN });
    const outcomes = Promise.all(Array.from({ length: 100 }, () => catchError(read(client))));
    await pass(5_000);
    expect((await outcomes).filter((error) => error !== undefined)).toHaveLength(1);
    expect(logins()).toBe(2);
  });

  it('waiting calls leave their places in the limiter to other users', async () => {
    const { service, connect } = setupTimedAuth();
    const client = connect({ auth: ADMIN, concurrency: 1 });
    const bob = client.as(BOB);
    service.faults.add({ ...tooManyRequests(30), times: 1, match: LOGIN });
    await catchError(read(client));
    const waiting = read(client);
    await expect(read(bob)).resolves.toBeDefined();
    await pass(30_000);
    await expect(waiting).resolves.toBeDefined();
  });

  it('views with the same password share the pause, and others do not', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: BOB });
    service.faults.add({ ...tooManyRequests(60), times: 1, match: LOGIN });
    for (let i = 0; i < 100; i++) expect(await catchError(read(client.as(ADMIN)))).toBeDefined();
    expect(logins()).toBe(1);
    await read(client);
    await read(client.as(ADMIN, { principal: 'another' }).as(BOB));
    await pass(60_000);
    await read(client.as(ADMIN));
  });

  it('views with the same password wait for the login in progress after the pause, and share its failure', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: BOB });
    const readAll = (count: number, deadlineMs?: number) =>
      Promise.all(Array.from({ length: count }, () => catchError(read(client.as(ADMIN), deadlineMs))));
    service.faults.add({ status: 503, times: 1, match: LOGIN });
    await readAll(1);
    await pass(5_000);
    service.faults.add({ status: 503, delayMs: 1_000, times: 1, match: LOGIN });
    const failures = readAll(10);
    await pass(1_000);
    for (const error of await failures) expect(error).toMatchObject({ status: 503, retryAfterMs: 10_000 });
    expect(logins()).toBe(2);
    await pass(10_000);
    service.faults.add({ delayMs: 4_000, times: 1, match: LOGIN });
    const [patient, impatient] = [readAll(10), readAll(1, 1_000)];
    await pass(1_000);
    expect((await impatient)[0]).toMatchObject({ status: 503, attempts: 0 });
    await pass(3_000);
    expect(await patient).toEqual(Array(10).fill(undefined));
  });

  it('auth.login and auth.refresh are sent at once', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...tooManyRequests(60), times: 2, match: LOGIN });
    await catchError(read(client));
    await expectRejection(PersonaError, client.auth.refresh());
    await client.auth.refresh();
    expect(logins()).toBe(3);
    await read(client);
    service.faults.add({ ...tooManyRequests(60), times: 1, match: { path: REFRESH_PATH } });
    await expectRejection(PersonaError, client.auth.refresh());
    await client.auth.login(ADMIN);
    await read(client);
  });

  it('a waiting call ends with its signal or with close()', async () => {
    const { service, connect } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...tooManyRequests(30), match: LOGIN });
    await catchError(read(client));
    const controller = new AbortController();
    const aborted = catchError(client.personas.get(1, { signal: controller.signal }));
    const closed = catchError(read(client));
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'aborted' });
    client.close();
    expect(await closed).toMatchObject({ code: 'aborted' });
  });

  it('calls that need no token are not delayed', async () => {
    const { service, connect } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...tooManyRequests(60), match: LOGIN });
    await catchError(read(client));
    await expect(client.health.check()).resolves.toBeDefined();
  });
});

describe('after getToken fails', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('the vault is sealed'))],
    ['returns no token', async () => undefined as unknown as string],
    ['never responds', () => new Promise<string>(() => {})],
  ])('pauses grow from 5 s to 60 s: it %s', async (_, getToken) => {
    const { connect } = setupTimedAuth();
    let calls = 0;
    const client = connect({
      auth: {
        getToken: () => {
          calls++;
          return getToken();
        },
      },
      timeoutMs: 1_000,
    });
    for (const [index, pauseMs] of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      const outcome = expectRejection(PersonaAuthenticationError, read(client));
      await pass(1_000);
      expect(await outcome).toMatchObject({ retryAfterMs: pauseMs });
      expect(calls).toBe(index + 1);
      await pass(pauseMs);
    }
  });
});

describe('an outage that outlasts the token', () => {
  it.each(['password', 'token pair'])('costs less than 1.1 requests per call: %s', async (kind) => {
    const { service, connect } = setupTimedAuth({
      auth: { users: { admin: ADMIN.password }, accessTtlSeconds: 60 },
    });
    const fetch: typeof globalThis.fetch = (...request) => service.fetch(...request);
    const auth = kind === 'password' ? ADMIN : await login('http://service', ADMIN, fetch);
    const client = connect({ auth, retry: NO_BACKOFF, breaker: false });
    await read(client);
    service.faults.add({ status: 503 });
    await pass(61_000);
    const before = service.requests.length;
    let calls = 0;
    for (let second = 0; second < 600; second++) {
      const outcome = catchError(read(client, 500));
      await pass(1_000);
      expect(await outcome).toMatchObject({ status: 503 });
      calls++;
    }
    expect((service.requests.length - before) / calls).toBeLessThan(0.1);
    service.faults.clear();
    await pass(60_000);
    await read(client);
  });
});

describe('a rejected password', () => {
  const wrong = { ...ADMIN, password: 'wrong' };

  it('is sent again after pauses from 30 s to 15 min', async () => {
    const { connect, logins } = setupTimedAuth();
    const client = connect({ auth: wrong });
    for (const [index, seconds] of [30, 60, 120, 240, 480, 900, 900].entries()) {
      const details = { code: 'credentials_rejected', status: 401 };
      expect(await catchError(read(client))).toMatchObject({ ...details, retryAfterMs: seconds * 1_000 });
      for (let i = 1; i <= 10; i++) {
        expect(await catchError(read(client))).toMatchObject(details);
        await pass(seconds * 100 - 1);
      }
      expect(logins()).toBe(index + 1);
      await pass(10);
    }
  });

  it('is sent again on request, and the calls that follow succeed if the service accepts it', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 2, match: LOGIN });
    await expectRejection(PersonaAuthenticationError, read(client));
    await expectRejection(PersonaAuthenticationError, client.auth.refresh());
    await client.auth.refresh();
    await read(client);
    expect(logins()).toBe(3);
  });

  it('logs in after the pause, without an error for the call that does so', async () => {
    const { service, connect } = setupTimedAuth();
    const client = connect({ auth: ADMIN, cache: {} });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: LOGIN });
    await expectRejection(PersonaAuthenticationError, read(client));
    await pass(30_000);
    await read(client);
    expect((await client.withMeta.personas.get(1)).meta.source).toBe('cache');
  });

  it('is not sent by other views meanwhile, but the right password is', async () => {
    const { connect, logins } = setupTimedAuth();
    const client = connect({ auth: BOB });
    for (let i = 0; i < 50; i++)
      await expectRejection(PersonaAuthenticationError, read(client.as(wrong, { principal: 'admin' })));
    expect(logins()).toBe(1);
    await read(client.as(ADMIN, { principal: 'admin' }));
    await pass(30_000);
    const views = Array.from({ length: 50 }, () => catchError(read(client.as(wrong))));
    await Promise.all(views);
    expect(logins()).toBe(3);
  });

  it('does not keep a user logged out who logs in otherwise', async () => {
    const { connect } = setupTimedAuth();
    const client = connect({ auth: wrong });
    await expectRejection(PersonaAuthenticationError, read(client));
    await client.auth.login(ADMIN);
    await read(client);
  });
});

describe('a 401 that a new token does not cure', () => {
  it.each(['password', 'token pair', 'getToken'])(
    'costs one refresh per minute, not one per read: %s',
    async (kind) => {
      const { service, connect, logins, refreshes } = setupTimedAuth();
      const fetch: typeof globalThis.fetch = (...request) => service.fetch(...request);
      let calls = 0;
      const getToken = async () => {
        calls++;
        return (await login('http://service', ADMIN, fetch)).accessToken;
      };
      const pair = await login('http://service', ADMIN, fetch);
      const client = connect({
        auth: kind === 'password' ? ADMIN : kind === 'getToken' ? { getToken } : pair,
      });
      await read(client);
      const before = calls + refreshes();
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: '/api/v1/personas/2' } });
      for (let i = 0; i < 100; i++) {
        expect(await catchError(client.personas.get(2))).toMatchObject({
          code: 'unauthenticated',
          status: 401,
        });
        await read(client);
        await pass(500);
      }
      expect(calls + refreshes() - before).toBe(1);
      await pass(15_000);
      await catchError(client.personas.get(2));
      expect(calls + refreshes() - before).toBe(2);
      if (kind === 'password') expect(logins()).toBe(2);
      service.faults.clear();
      await pass(60_000);
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/2' } });
      await expect(client.personas.get(2)).resolves.toBeDefined();
    },
  );

  it('costs one call of getToken if it returns the same token', async () => {
    const { service, connect } = setupTimedAuth({ auth: false });
    let calls = 0;
    const client = connect({ auth: { getToken: () => `token-${Math.min(1, ++calls)}` } });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE });
    for (let i = 0; i < 20; i++) await expectRejection(PersonaAuthenticationError, read(client));
    expect(calls).toBe(2);
  });
});

describe('a call that waited for a token leaves no timer, which would keep the process alive', () => {
  const stored = () => ({ get: async () => undefined, set: async () => {}, delete: async () => {} });
  it.each([
    ['getToken', () => ({ auth: { getToken: async () => 'token' } })],
    ['a token store', () => ({ auth: ADMIN, tokenStore: stored() })],
    ['a failed getToken', () => ({ auth: { getToken: () => Promise.reject(new Error('no')) } })],
    [
      'a failed token store',
      () => ({ auth: ADMIN, tokenStore: { ...stored(), get: () => Promise.reject(new Error('no')) } }),
    ],
  ])('%s', async (_, options) => {
    const { connect } = setupTimedAuth();
    await catchError(read(connect(options())));
    expect(vi.getTimerCount()).toBe(0);
  });
});
