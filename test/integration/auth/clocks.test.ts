import type { AuthOptions } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, login, REFRESH_PATH } from '../../support/auth.js';
import { catchError } from '../../support/failures.js';
import { installFakeTime, jumpWallClock, pass, setupTimedAuth } from '../../support/timed-auth.js';

installFakeTime();

const HOUR = 3_600_000;
const jwt = (claims: object) => `x.${btoa(JSON.stringify(claims))}.y`;

/** A client with each kind of `auth`, and the number of times that it asked for tokens. */
async function setup(kind: string) {
  const { service, connect, logins, refreshes, ...rest } = setupTimedAuth();
  const fetch: typeof globalThis.fetch = (...request) => service.fetch(...request);
  let calls = 0;
  const getToken = async () => {
    calls++;
    return (await login('http://service', ADMIN, fetch)).accessToken;
  };
  const auth: AuthOptions =
    kind === 'password'
      ? ADMIN
      : kind === 'getToken'
        ? { getToken }
        : await login('http://service', ADMIN, fetch);
  const client = connect({ auth });
  const loginsBefore = logins();
  const tokenRequests = () => (kind === 'getToken' ? calls : logins() - loginsBefore + refreshes());
  return { ...rest, service, client, tokenRequests };
}

describe.each(['password', 'token pair', 'getToken'])('the clock: %s', (kind) => {
  it('is due after eight hours of sleep, before anything is sent', async () => {
    const { service, client, tokenRequests } = await setup(kind);
    await client.personas.get(1);
    const before = tokenRequests();
    jumpWallClock(8 * HOUR);
    await client.personas.get(1);
    await client.personas.get(1);
    expect(tokenRequests() - before).toBe(1);
    expect(service.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it('costs at most a refresh if it is set forward, and nothing if it is set back', async () => {
    const { client, tokenRequests } = await setup(kind);
    await client.personas.get(1);
    const before = tokenRequests();
    for (const jumpMs of [-24 * HOUR, -10 * HOUR, -60_000]) {
      jumpWallClock(jumpMs);
      await client.personas.get(1);
    }
    expect(tokenRequests() - before).toBe(0);
    jumpWallClock(10_000 * HOUR);
    for (let i = 0; i < 20; i++) await client.personas.get(1);
    expect(tokenRequests() - before).toBe(1);
  });
});

describe('a clock that is set forward during a refresh', () => {
  it.each([11_000, 60_000, HOUR])('by %i ms sends the refresh token once', async (jumpMs) => {
    const { service, connect, refreshes } = setupTimedAuth();
    const pair = await login('http://service', ADMIN, (...request) => service.fetch(...request));
    const client = connect({ auth: pair });
    await client.personas.get(1);
    await pass(HOUR + 1_000); // the access token has expired
    service.faults.add({ delayMs: 400, match: { path: REFRESH_PATH }, times: 1 });
    const first = client.personas.get(1);
    await vi.waitFor(() => expect(refreshes()).toBe(1), { interval: 0 });
    jumpWallClock(jumpMs);
    const second = client.personas.get(2);
    await pass(1_000);
    expect(await Promise.all([first, second])).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(refreshes()).toBe(1);
  });
});

describe('a pause', () => {
  it('is over after sleep', async () => {
    const { service, client, tokenRequests } = await setup('password');
    service.faults.add({
      status: 429,
      headers: { 'retry-after': '600' },
      times: 1,
      match: { path: /login/ },
    });
    await catchError(client.personas.get(1));
    jumpWallClock(HOUR);
    await client.personas.get(1);
    expect(tokenRequests()).toBe(2);
  });
});

describe('getToken', () => {
  /** Issues tokens with these claims, counts the calls and records the previous tokens. */
  function setupIssuer(claims: () => object) {
    const { service, connect } = setupTimedAuth({ auth: false });
    const previousTokens: unknown[] = [];
    const calledAt: number[] = [];
    const client = connect({
      auth: {
        getToken: ({ previousToken }) => {
          previousTokens.push(previousToken);
          calledAt.push(performance.now());
          return jwt({ ...claims(), jti: calledAt.length });
        },
      },
    });
    return { service, client, previousTokens, calledAt };
  }
  const seconds = () => Date.now() / 1_000;

  it('is called when the token has expired, not before', async () => {
    const { client, calledAt } = setupIssuer(() => ({ iat: seconds(), exp: seconds() + 900 }));
    await client.personas.get(1);
    for (let second = 0; second < 899; second++) {
      await pass(1_000);
      await client.personas.get(1);
    }
    expect(calledAt).toHaveLength(1);
    await pass(1_000);
    await client.personas.get(1);
    expect(calledAt).toHaveLength(2);
  });

  it.each([
    ['60 s tokens, a clock that is 55 s ahead', () => ({ iat: seconds() - 55, exp: seconds() + 5 })],
    ['15 min tokens, a clock that is 899 s ahead', () => ({ iat: seconds() - 899, exp: seconds() + 1 })],
    ['tokens without iat, a clock that is ahead', () => ({ exp: seconds() + 1 })],
    ['tokens of one second', () => ({ iat: seconds(), exp: seconds() + 1 })],
    ['tokens that are nearly used up', () => ({ iat: seconds() - 870, exp: seconds() + 2 })],
  ])('is not called twice within 5 s: %s', async (_, claims) => {
    const { client, calledAt } = setupIssuer(claims);
    for (let i = 0; i < 600; i++) {
      await client.personas.get(1);
      await pass(100);
    }
    const intervals = calledAt.slice(1).map((time, index) => time - (calledAt[index] ?? 0));
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(5_000);
    expect(calledAt.length).toBeGreaterThan(9);
  });

  it('is not called by every call if the clock jumps forward with every call', async () => {
    const { client, calledAt } = setupIssuer(() => ({ iat: seconds(), exp: seconds() + 900 }));
    for (let i = 0; i < 50; i++) {
      await client.personas.get(1);
      jumpWallClock(HOUR);
    }
    expect(calledAt).toHaveLength(2);
  });

  it('is called at once if the service rejects the first token, and 5 s later if it rejects the next one', async () => {
    const { service, client, previousTokens, calledAt } = setupIssuer(() => ({ sub: 'ada' }));
    const rejectOnce = () =>
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: /personas/ } });
    rejectOnce();
    await client.personas.get(1);
    expect(calledAt[1]).toBe(calledAt[0]);
    rejectOnce();
    const waiting = client.personas.get(1);
    await pass(4_900);
    expect(calledAt).toHaveLength(2);
    await pass(100);
    await waiting;
    expect(previousTokens).toEqual([undefined, jwt({ sub: 'ada', jti: 1 }), jwt({ sub: 'ada', jti: 2 })]);
  });

  it('is not called for a rejected token if the deadline comes first', async () => {
    const { service, client, calledAt } = setupIssuer(() => ({ sub: 'ada' }));
    const reject = { ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: /personas/ } };
    service.faults.add(reject);
    await client.personas.get(1);
    service.faults.add(reject);
    expect(await catchError(client.personas.get(1, { deadlineMs: 3_000 }))).toMatchObject({ status: 401 });
    expect(calledAt).toHaveLength(2);
  });
});
