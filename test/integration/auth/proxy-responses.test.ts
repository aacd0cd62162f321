import { PersonaError, type TokenPair } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { ADMIN, BOB, EXPIRED_TOKEN_RESPONSE, LOGIN_PATH, login, REFRESH_PATH } from '../../support/auth.js';
import { catchError, expectRejection } from '../../support/failures.js';
import { NO_BACKOFF } from '../../support/service.js';
import { installFakeTime, pass, setupTimedAuth } from '../../support/timed-auth.js';

installFakeTime();

const LOGIN = { path: LOGIN_PATH };
const REFRESH = { path: REFRESH_PATH };
const PERSONAS = { path: /personas/ };
const HTML = '<h1>401 Authorization Required</h1><hr>nginx';

/** Bodies that no service sends with an error. */
const PROXY_BODIES = [
  HTML,
  '',
  'Unauthorized',
  '[]',
  'null',
  '"msg"',
  '{}',
  '{"message":"Unauthorized"}',
  '{"error":{"code":401}}',
  '{"error":"invalid_token","error_description":"expired"}',
  '{"timestamp":1,"status":401,"error":"Unauthorized","path":"/api"}',
  '{"code":401,"msg":"no"}',
  '{"detail":"Not authenticated"}',
];
/** Bodies that the services and their JWT layer send with an error. */
const SERVICE_BODIES = [
  '{"msg":"Token has been revoked"}',
  '{"error":"Invalid credentials"}',
  '{"error":"Invalid credentials","details":["no"]}',
  '{"message":"Invalid credentials","status_code":401}',
  '{"errors":{},"message":"Invalid credentials","status_code":401}',
];

/** Starts a service, and a client of each kind that has tokens. */
async function startSession(kind: 'password' | 'token pair' | 'token store') {
  const timed = setupTimedAuth();
  const tokenStore = new Map<string, TokenPair>();
  const pair = () => login('http://service', ADMIN, (...request) => timed.service.fetch(...request));
  const client =
    kind === 'password'
      ? timed.connect({ auth: ADMIN })
      : kind === 'token pair'
        ? timed.connect({ auth: await pair() })
        : timed.connect({ principal: 'admin', tokenStore });
  if (kind === 'token store') await client.auth.login(ADMIN);
  await client.personas.get(1);
  const loginsBefore = timed.logins();
  return { ...timed, client, tokenStore, newLogins: () => timed.logins() - loginsBefore };
}

describe.each(PROXY_BODIES)('one 401 of a proxy with the body %s', (body) => {
  it('to a login keeps the password, and the next login follows a pause', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN, retry: { ...NO_BACKOFF, limit: 5 } });
    service.faults.add({ status: 401, body, times: 1, match: LOGIN });
    const error = await catchError(client.personas.get(1));
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401, retryAfterMs: 5_000, attempts: 0 });
    expect(String(error)).toMatch(/failed with 401. The response is not the service's JSON error/);
    expect(logins()).toBe(1);
    await pass(5_000);
    await client.personas.get(1);
    expect(logins()).toBe(2);
  });

  it.each(['password', 'token pair', 'token store'] as const)(
    'to a refresh keeps the session: %s',
    async (kind) => {
      const { service, client, tokenStore, newLogins, refreshes } = await startSession(kind);
      service.faults.add({ expireTokens: 'access', times: 1, match: PERSONAS });
      service.faults.add({ status: 401, body, times: 1, match: REFRESH });
      expect(await catchError(client.personas.get(1))).toMatchObject({ code: 'unauthenticated' });
      expect(await client.auth.session()).toMatchObject({ isLoggedIn: true, canRefresh: true });
      if (kind === 'token store') expect(tokenStore.size).toBe(1);
      expect([refreshes(), newLogins()]).toEqual([1, 0]);
      await pass(5_000);
      await client.personas.get(1);
      expect([refreshes(), newLogins()]).toEqual([2, 0]);
    },
  );
});

describe.each(SERVICE_BODIES)('a 401 of the service with the body %s', (body) => {
  it('to a login rejects the password', async () => {
    const { service, connect } = setupTimedAuth();
    service.faults.add({ status: 401, body, times: 1, match: LOGIN });
    const error = await catchError(connect({ auth: ADMIN }).personas.get(1));
    expect(error).toMatchObject({ code: 'credentials_rejected', retryAfterMs: 30_000 });
  });

  it.each(['token pair', 'token store'] as const)('to a refresh ends the session: %s', async (kind) => {
    const { service, client, tokenStore } = await startSession(kind);
    service.faults.add({ expireTokens: 'access', times: 1, match: PERSONAS });
    service.faults.add({ status: 401, body, times: 1, match: REFRESH });
    expect(await catchError(client.personas.get(1))).toMatchObject({ code: 'credentials_rejected' });
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
    expect(tokenStore.size).toBe(0);
  });
});

describe.each([
  [400, HTML],
  [403, '{"message":"Forbidden"}'],
  [422, '{"detail":[]}'],
])('a %i of a gateway', (status, body) => {
  it.each(['password', 'token pair', 'token store'] as const)(
    'to a refresh keeps the session: %s',
    async (kind) => {
      const { service, client, newLogins } = await startSession(kind);
      service.faults.add({ status, body, times: 1, match: REFRESH });
      await expectRejection(PersonaError, client.auth.refresh());
      expect(await client.auth.session()).toMatchObject({ isLoggedIn: true, canRefresh: true });
      expect(newLogins()).toBe(0);
    },
  );
});

describe('a captive portal that responds with 200 and HTML', () => {
  it.each(['password', 'token pair', 'token store'] as const)('ends no session: %s', async (kind) => {
    const { service, client, newLogins, refreshes } = await startSession(kind);
    service.faults.add({ expireTokens: 'access', times: 1, match: PERSONAS });
    service.faults.add({ status: 200, body: HTML, times: 1, match: REFRESH });
    expect(await catchError(client.personas.get(1))).toMatchObject({ code: 'invalid_response' });
    expect([refreshes(), newLogins()]).toEqual([1, 0]);
    await pass(5_000);
    await client.personas.get(1);
    expect([refreshes(), newLogins()]).toEqual([2, 0]);
  });
});

describe('a 401 of a proxy to an ordinary call', () => {
  it.each(['password', 'token pair', 'token store'] as const)(
    'causes at most one refresh per minute, also if the next request succeeds: %s',
    async (kind) => {
      const { service, client, refreshes } = await startSession(kind);
      for (let i = 0; i < 20; i++) {
        service.faults.add({ status: 401, body: HTML, times: 1, match: PERSONAS });
        await catchError(client.personas.get(1));
        await client.personas.get(2);
        await pass(1_000);
      }
      expect(refreshes()).toBe(1);
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: PERSONAS });
      await client.personas.get(1); // the service itself can still demand a new token
      expect(refreshes()).toBe(2);
      await pass(60_000);
      service.faults.add({ status: 401, body: HTML, times: 1, match: PERSONAS });
      await client.personas.get(1);
      expect(refreshes()).toBe(3);
    },
  );
});

describe('one call', () => {
  it('sends a refresh token once, although its early refresh failed and the service then rejects its token', async () => {
    const { service, client, refreshes } = await startSession('token pair');
    await pass(3_600_000 - 20_000);
    service.faults.add({ status: 503, match: REFRESH });
    service.faults.add({ status: 503, times: 2, match: { path: /personas\/1/ } });
    service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: /personas\/1/ } });
    const retry = { limit: 5, backoffMs: 12_000, maxBackoffMs: 12_000 };
    const error = catchError(client.personas.get(1, { retry, deadlineMs: 60_000 }));
    await pass(60_000);
    expect(await error).toMatchObject({ status: 503 });
    expect(refreshes()).toBe(1);
  });

  it('that waits for the refresh of another call leaves its place in the limiter to other users', async () => {
    const { service, connect, logins } = setupTimedAuth();
    const client = connect({ auth: ADMIN, concurrency: 2, timeoutMs: 5_000 });
    const bob = client.as(BOB);
    await bob.personas.get(1);
    service.faults.add({ stall: true, times: 1, match: LOGIN });
    const waiting = Array.from({ length: 10 }, () => catchError(client.personas.get(1)));
    await pass(0);
    await expect(bob.personas.get(2)).resolves.toBeDefined();
    while (logins() < 3) await pass(100); // of Bob, the one that stalls, and the next one, which ends without the clock
    expect((await Promise.all(waiting)).filter((error) => error !== undefined)).toHaveLength(1);
  });
});
