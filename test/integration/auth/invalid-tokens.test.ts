import { inspect } from 'node:util';
import { PersonaAuthenticationError, PersonaClient, PersonaValidationError } from 'persona-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, login, setupAuth } from '../../support/auth.js';
import { expectRejection, expectThrow } from '../../support/failures.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Invalid in a header. `fetch` would include them in its error message. */
const MALFORMED = [
  '<html>\nSECRET',
  'SECRET\r\nx: y',
  'SECRET\u0000',
  'SECRET …',
  'SECRET é',
  'SECRET two',
  ' SECRET',
];

/** The error with everything that it references. */
const inspectAll = (error: unknown) =>
  `${inspect(error, { depth: 12, showHidden: true })} ${JSON.stringify(error)}`;

const jwt = (claims: object) => `x.${btoa(JSON.stringify(claims))}.y`;

describe.each(MALFORMED)('the token %j', (malformed) => {
  it('is rejected by the constructor', () => {
    const valid = { accessToken: 'a', refreshToken: 'r' };
    for (const auth of [
      { token: malformed },
      { ...valid, accessToken: malformed },
      { ...valid, refreshToken: malformed },
    ]) {
      const error = expectThrow(PersonaValidationError, () => new PersonaClient({ auth }));
      expect(error.message).toMatch(/auth\.(token|accessToken|refreshToken): must be printable ASCII/);
      expect(inspectAll(error)).not.toContain('SECRET');
    }
  });

  it('from getToken fails the call, sends nothing and does not count against the circuit breaker', async () => {
    const { connect, service } = await setupAuth();
    const client = connect({ auth: { getToken: () => malformed }, breaker: { failMax: 1 } });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.get(1));
    expect(inspectAll(error)).not.toContain('SECRET');
    expect([service.requests, client.circuit]).toEqual([[], 'closed']);
  });

  it.each(['access_token', 'refresh_token'])('in the %s of a login response fails the call', async (name) => {
    const { client, service } = await setupAuth(ADMIN);
    const body = JSON.stringify({ access_token: 'a', refresh_token: 'r', [name]: malformed });
    service.faults.add({ status: 200, body, match: { path: '/api/v1/auth/login' } });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.get(1));
    expect(error.message).toMatch(/returned 200 with a malformed token/);
    expect(inspectAll(error)).not.toContain('SECRET');
  });

  it.each(['accessToken', 'refreshToken'])('stored as %s fails the call', async (name) => {
    const { connect, service } = await setupAuth(ADMIN);
    const stored = { accessToken: 'a', refreshToken: 'r', [name]: malformed };
    const client = connect({ tokenStore: { get: () => stored, set: () => {}, delete: () => {} } });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.get(1));
    expect(inspectAll(error)).not.toContain('SECRET');
    expect(service.requests).toEqual([]);
  });
});

describe('getToken', () => {
  it('is called as a method of its object', async () => {
    class Wallet {
      readonly #token = 'from-the-wallet';
      getToken() {
        return this.#token;
      }
    }
    const { connect, service } = await setupAuth(undefined, { auth: false });
    await connect({ auth: new Wallet() }).personas.get(1);
    expect(service.requests.at(-1)?.headers.authorization).toBe('Bearer from-the-wallet');
  });

  it('clears the cache if the token has another sub, not if the sub is the same', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { connect, service, requestCount } = await setupAuth(undefined, { auth: false });
    let sub = 'ada';
    const client = connect({ auth: { getToken: () => jwt({ sub, jti: crypto.randomUUID() }) }, cache: {} });
    const forceRefresh = async () => {
      vi.advanceTimersByTime(5_000); // the minimum interval between two calls of getToken
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/2' } });
      await client.personas.get(2, { cache: 'reload' });
    };
    await client.personas.get(1);
    await forceRefresh();
    await client.personas.get(1);
    expect(requestCount('/api/v1/personas/1')).toBe(1);
    sub = 'bob';
    await forceRefresh();
    await client.personas.get(1);
    expect(requestCount('/api/v1/personas/1')).toBe(2);
  });
});

describe('the expiry of a token', () => {
  const NOW_MS = Date.UTC(2026, 10, 22, 6, 29, 29);
  const seconds = () => Date.now() / 1000;
  const HOUR = 3_600;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW_MS });
  });

  const oldClaims = () => ({ iat: seconds() - 59 * 60, exp: seconds() + 60 });
  const secondsToExpiry = async (auth: Parameters<typeof setupAuth>[0]) => {
    const { client } = await setupAuth(auth, { auth: false });
    await client.personas.get(1);
    const { expiresAt } = await client.auth.session();
    return expiresAt === undefined ? undefined : (Date.parse(expiresAt) - Date.now()) / 1000;
  };

  it('is the exp claim of a supplied token, however old it is', async () => {
    const token = jwt(oldClaims());
    for (const auth of [{ token }, { accessToken: token, refreshToken: 'r' }, { getToken: () => token }])
      expect(await secondsToExpiry(auth)).toBe(60);
  });

  it('is at most one lifetime away, even if the clock is slow', async () => {
    const token = jwt({ iat: seconds() + 5 * HOUR, exp: seconds() + 6 * HOUR });
    expect(await secondsToExpiry({ token })).toBe(HOUR);
  });

  it.each([
    ['is in the past by the local clock', () => ({ iat: seconds() - 2 * HOUR, exp: seconds() - HOUR })],
    ['is missing', () => ({ sub: 'ada' })],
    ['is too large for a Date', () => ({ iat: 0, exp: 1e300 })],
    ['is not a number', () => ({ iat: 0, exp: 'tomorrow' })],
  ])('is unknown if it %s', async (_, claims) => {
    expect(await secondsToExpiry({ getToken: () => jwt(claims()) })).toBeUndefined();
  });

  it('is one lifetime away after a login, even if the clock is wrong', async () => {
    const { client } = await setupAuth(ADMIN, { now: () => NOW_MS });
    vi.setSystemTime(NOW_MS + 5 * HOUR * 1000);
    await client.personas.get(1);
    const { expiresAt = '' } = await client.auth.session();
    expect(Date.parse(expiresAt) - Date.now()).toBe(HOUR * 1000);
  });

  it('makes a supplied pair refresh in time', async () => {
    const { connect, url, requestCount } = await setupAuth(undefined, {
      auth: { users: { admin: ADMIN.password }, accessTtlSeconds: 40 },
    });
    const auth = await login(url);
    vi.advanceTimersByTime(35_000);
    await connect({ auth }).personas.get(1);
    expect([requestCount('/api/v1/auth/refresh'), requestCount('/api/v1/personas/1')]).toEqual([1, 1]);
  });
});
