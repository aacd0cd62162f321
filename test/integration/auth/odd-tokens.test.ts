import { inspect } from 'node:util';
import { PersonaAuthenticationError, PersonaClient, PersonaValidationError } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { thrownBy } from '../../support/failures.js';
import { credentials, expired, setUp, signIn } from '../../support/auth.js';

afterEach(() => {
  vi.useRealTimers();
});

/** None of them can stand in a header; `fetch` would quote them in its error. */
const ODD = [
  '<html>\nSECRET',
  'SECRET\r\nx: y',
  'SECRET\u0000',
  'SECRET …',
  'SECRET é',
  'SECRET two',
  ' SECRET',
];

/** The error and everything it leads to. */
const shown = (error: unknown) =>
  `${inspect(error, { depth: 12, showHidden: true })} ${JSON.stringify(error)}`;

const jwt = (claims: object) => `x.${btoa(JSON.stringify(claims))}.y`;

describe.each(ODD)('%j for a token', (odd) => {
  it('is refused by the constructor', () => {
    const fits = { accessToken: 'a', refreshToken: 'r' };
    for (const auth of [{ token: odd }, { ...fits, accessToken: odd }, { ...fits, refreshToken: odd }]) {
      const error = thrownBy(PersonaValidationError, () => new PersonaClient({ auth }));
      expect(error.message).toMatch(/auth\.(token|accessToken|refreshToken): must be printable ASCII/);
      expect(shown(error)).not.toContain('SECRET');
    }
  });

  it('from getToken fails the call, with nothing sent and no sign of the service’s health', async () => {
    const { connect, service } = await setUp();
    const client = connect({ auth: { getToken: () => odd }, breaker: { failMax: 1 } });
    const error = await client.personas.get(1).catch((reason) => reason);
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(shown(error)).not.toContain('SECRET');
    expect([service.requests, client.circuit]).toEqual([[], 'closed']);
  });

  it.each(['access_token', 'refresh_token'])('granted as %s fails the call', async (name) => {
    const { client, service } = await setUp(credentials);
    const body = JSON.stringify({ access_token: 'a', refresh_token: 'r', [name]: odd });
    service.faults.add({ status: 200, body, match: { path: '/api/v1/auth/login' } });
    const error = await client.personas.get(1).catch((reason) => reason);
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(error.message).toMatch(/cannot be a token/);
    expect(shown(error)).not.toContain('SECRET');
  });

  it.each(['accessToken', 'refreshToken'])('stored as %s fails the call', async (name) => {
    const { connect, service } = await setUp(credentials);
    const stored = { accessToken: 'a', refreshToken: 'r', [name]: odd };
    const client = connect({ tokenStore: { get: () => stored, set: () => {}, delete: () => {} } });
    const error = await client.personas.get(1).catch((reason) => reason);
    expect(error).toBeInstanceOf(PersonaAuthenticationError);
    expect(shown(error)).not.toContain('SECRET');
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
    const { connect, service } = await setUp(undefined, { auth: false });
    await connect({ auth: new Wallet() }).personas.get(1);
    expect(service.requests.at(-1)?.headers.authorization).toBe('Bearer from-the-wallet');
  });

  it('that gives the token of someone else empties the cache; of the same one it does not', async () => {
    const { connect, service, sent } = await setUp(undefined, { auth: false });
    let sub = 'ada';
    const client = connect({ auth: { getToken: () => jwt({ sub, jti: crypto.randomUUID() }) }, cache: {} });
    const renew = async () => {
      service.faults.add({ ...expired, times: 1, match: { path: '/api/v1/personas/2' } });
      await client.personas.get(2, { cache: 'reload' });
    };
    await client.personas.get(1);
    await renew();
    await client.personas.get(1);
    expect(sent('/api/v1/personas/1')).toBe(1);
    sub = 'bob';
    await renew();
    await client.personas.get(1);
    expect(sent('/api/v1/personas/1')).toBe(2);
  });
});

describe('the end of a token', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const HOUR = 3_600;
  const old = () => ({ iat: seconds() - 59 * 60, exp: seconds() + 60 });
  const endOf = async (auth: Parameters<typeof setUp>[0]) => {
    const { client } = await setUp(auth, { auth: false });
    await client.personas.get(1);
    const { expiresAt } = await client.auth.session();
    return expiresAt === undefined ? undefined : Math.round((Date.parse(expiresAt) - Date.now()) / 1000);
  };

  it('is its own when it was given, however long ago it was issued', async () => {
    const token = jwt(old());
    for (const auth of [{ token }, { accessToken: token, refreshToken: 'r' }, { getToken: () => token }])
      expect(Math.abs(((await endOf(auth)) ?? 0) - 60)).toBeLessThanOrEqual(2);
  });

  it('is no further away than its whole life, though the clock is slow', async () => {
    const token = jwt({ iat: seconds() + 5 * HOUR, exp: seconds() + 6 * HOUR });
    expect(Math.abs(((await endOf({ token })) ?? 0) - HOUR)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['has passed by this clock', () => ({ iat: seconds() - 2 * HOUR, exp: seconds() - HOUR })],
    ['is not said', () => ({ sub: 'ada' })],
    ['is beyond all dates', () => ({ iat: 0, exp: 1e300 })],
    ['is no number', () => ({ iat: 0, exp: 'tomorrow' })],
  ])('is not known when it %s', async (_, claims) => {
    expect(await endOf({ getToken: () => jwt(claims()) })).toBeUndefined();
  });

  it('is a whole life from now when it was just granted, though the clock is wrong', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const now = Date.now();
    const { client } = await setUp(credentials, { now: () => now });
    vi.setSystemTime(now + 5 * HOUR * 1000);
    await client.personas.get(1);
    const { expiresAt = '' } = await client.auth.session();
    expect(Date.parse(expiresAt) - Date.now()).toBe(HOUR * 1000);
  });

  it('lets a given pair be refreshed in time', async () => {
    const { connect, url, sent } = await setUp(undefined, {
      auth: { users: { admin: credentials.password }, accessTtlSeconds: 40 },
    });
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const auth = await signIn(url);
    vi.advanceTimersByTime(35_000);
    await connect({ auth }).personas.get(1);
    expect([sent('/api/v1/auth/refresh'), sent('/api/v1/personas/1')]).toEqual([1, 1]);
  });
});
