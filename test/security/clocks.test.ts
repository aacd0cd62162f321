import fc from 'fast-check';
import type { PersonaClient } from 'persona-client';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, login, REFRESH_PATH, USERS } from '../support/auth.js';
import { catchError } from '../support/failures.js';
import { ResponseGate } from '../support/response-gate.js';
import { MAX_TIMER_MS } from '../support/time.js';
import { AttackTally, attack, runCount } from './attack.js';
import { ServiceFixture } from './service-fixture.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR_SECONDS = 365 * 24 * 3600;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** The monotonic time that the service uses. Jumps of the client's clock do not change it. */
const monotonicNow = () => performance.now();
const START = Date.UTC(2026, 0, 1);
/** Starts on a whole second, because token lifetimes are in seconds. */
function createFixture(accessTtlSeconds = 3600): ServiceFixture {
  const startMs = monotonicNow();
  const auth = { users: USERS, accessTtlSeconds, refreshTtlSeconds: 1e10 };
  return new ServiceFixture({ now: () => START + monotonicNow() - startMs, auth });
}
const tryGet = (client: PersonaClient) => catchError(client.personas.get(1));

/** Logs in without a client. */
const obtainPair = (fixture: ServiceFixture) => login('http://service', ADMIN, fixture.service.fetch);

describe('a wrong clock', () => {
  const step = fc.oneof(
    fc.record({ passMs: fc.integer({ min: 1, max: 2 * HOUR }) }),
    fc.record({ jumpMs: fc.constantFrom(-DAY, DAY, -HOUR, HOUR, -30_000, 30_000, 10 * 365 * DAY) }),
  );

  attack('refreshes once per lifetime if the clock is 24 hours off, and once per jump forward', async () => {
    const tally = new AttackTally();
    const offset = fc.constantFrom(0, DAY, -DAY);
    await fc.assert(
      fc.asyncProperty(
        offset,
        fc.boolean(),
        fc.array(step, { maxLength: 25 }),
        async (offsetMs, hasPair, steps) => {
          await using fixture = createFixture();
          vi.setSystemTime(START + offsetMs);
          const client = fixture.connect({ auth: hasPair ? await obtainPair(fixture) : ADMIN });
          let lastRefresh = hasPair ? Number.NEGATIVE_INFINITY : monotonicNow();
          let jumpedMs = 0;
          for (const { passMs = 0, jumpMs = 0 } of [{}, ...steps] as { passMs?: number; jumpMs?: number }[]) {
            vi.advanceTimersByTime(passMs);
            vi.setSystemTime(Date.now() + jumpMs);
            jumpedMs += Math.max(0, jumpMs); // a jump forward looks like sleep
            const before = fixture.countRequests(REFRESH_PATH);
            const error = await tryGet(client);
            tally.check(error === undefined, () => String(error));
            const refreshes = fixture.countRequests(REFRESH_PATH) - before;
            tally.check(refreshes <= 1, `${refreshes} refreshes for a call`);
            if (refreshes === 0) continue;
            const elapsedMs = monotonicNow() + jumpedMs - lastRefresh;
            jumpedMs = 0;
            tally.check(elapsedMs >= HOUR - 40_000, `refreshed ${elapsedMs} ms after the last refresh`);
            lastRefresh = monotonicNow();
          }
        },
      ),
      { numRuns: runCount(300, 10_000) },
    );
    return tally;
  });
});

describe('lifetimes', () => {
  const seconds = fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 10 * YEAR_SECONDS }),
    fc.constantFrom(1, 2, 2_147_483, 2_147_484, 10 * YEAR_SECONDS),
  );

  attack('handles lifetimes from 1 second to 10 years without timer overflow or early refresh', async () => {
    const tally = new AttackTally();
    const delays: unknown[] = [];
    const originalSetTimeout = globalThis.setTimeout;
    vi.stubGlobal('setTimeout', (callback: () => void, delayMs?: number) => {
      delays.push(delayMs ?? 0);
      return originalSetTimeout(callback, delayMs);
    });
    await fc
      .assert(
        fc.asyncProperty(seconds, async (ttlSeconds) => {
          await using fixture = createFixture(ttlSeconds);
          const client = fixture.connect();
          const ttlMs = ttlSeconds * 1000;
          const latestMs = Math.min(30_000, ttlMs / 4);
          await tryGet(client);
          const { expiresAt = '' } = await client.auth.session();
          tally.check(Date.parse(expiresAt) - Date.now() === ttlMs, () => `${ttlSeconds} s: ${expiresAt}`);
          vi.advanceTimersByTime(ttlMs - latestMs * (4 / 3) - 1);
          await tryGet(client);
          tally.check(fixture.countRequests(REFRESH_PATH) === 0, `${ttlSeconds} s: refreshed too early`);
          vi.advanceTimersByTime(latestMs / 3 + 2);
          await Promise.all([tryGet(client), tryGet(client), tryGet(client)]);
          tally.check(
            fixture.countRequests(REFRESH_PATH) === 1,
            `${ttlSeconds} s: ${fixture.countRequests(REFRESH_PATH)} refreshes`,
          );
          const unauthorized = fixture.service.requests.filter(({ status }) => status === 401).length;
          tally.check(unauthorized === 0, `${ttlSeconds} s: ${unauthorized} requests failed with 401`);
        }),
        { numRuns: runCount(300, 5_000) },
      )
      .finally(() => vi.unstubAllGlobals());
    for (const delayMs of delays)
      tally.check(Number(delayMs) >= 0 && Number(delayMs) <= MAX_TIMER_MS, `a timer of ${delayMs} ms`);
    return tally;
  });

  attack('spreads the refreshes of 200 clients that logged in at the same time', async () => {
    await using fixture = createFixture();
    const tally = new AttackTally();
    const clients = Array.from({ length: 200 }, () => fixture.connect());
    await Promise.all(clients.map(tryGet));
    vi.advanceTimersByTime(HOUR - 41_000);
    for (let second = 41; second >= 29; second--) {
      const before = fixture.countRequests(REFRESH_PATH);
      await Promise.all(clients.map(tryGet));
      await Promise.all(clients.map(tryGet));
      const refreshes = fixture.countRequests(REFRESH_PATH) - before;
      tally.check(refreshes < 100, `${refreshes} clients refreshed ${second} s before the expiry`);
      vi.advanceTimersByTime(1_000);
    }
    tally.check(
      fixture.countRequests(REFRESH_PATH) === 200,
      `${fixture.countRequests(REFRESH_PATH)} refreshes in all`,
    );
    return tally;
  });
});

describe('an early refresh', () => {
  attack('fails without failing calls, and is not retried by every call', async () => {
    const tally = new AttackTally();
    for (const fault of [
      { status: 503 },
      { status: 429 },
      { reset: true as const },
      { status: 200, body: '{' },
    ]) {
      await using fixture = createFixture();
      const client = fixture.connect();
      await tryGet(client);
      fixture.service.faults.add({ ...fault, match: { path: REFRESH_PATH } });
      vi.advanceTimersByTime(HOUR - 29_000);
      for (let i = 0; i < 280; i++) {
        const error = await tryGet(client);
        tally.check(error === undefined, () => String(error));
        vi.advanceTimersByTime(100);
      }
      tally.check(
        fixture.countRequests(REFRESH_PATH) <= 6,
        `${fixture.countRequests(REFRESH_PATH)} refreshes in 28 s`,
      );
    }
    return tally;
  });

  attack('does not call getToken for every call if it returns the same token', async () => {
    await using fixture = createFixture();
    const tally = new AttackTally();
    const { accessToken } = await obtainPair(fixture);
    let calls = 0;
    const getToken = () => {
      calls++;
      return accessToken;
    };
    const client = fixture.connect({ auth: { getToken } });
    await tryGet(client);
    vi.advanceTimersByTime(HOUR - 29_000);
    for (let i = 0; i < 100; i++)
      tally.check((await tryGet(client)) === undefined && calls <= 2, `getToken was called ${calls} times`);
    return tally;
  });

  attack('is shared with calls that fail with 401 for the old token', async () => {
    const tally = new AttackTally();
    for (let count = 1; count <= 20; count++) {
      await using fixture = createFixture();
      const gate = new ResponseGate(/personas\/2$/);
      const fetch = gate.wrap((...request) => fixture.service.fetch(...request));
      const client = fixture.connect({ fetch, concurrency: 50, deadlineMs: 2 * HOUR });
      await tryGet(client);
      fixture.service.faults.add({
        ...EXPIRED_TOKEN_RESPONSE,
        match: { path: '/api/v1/personas/2' },
        times: count,
      });
      const reactive = Array.from({ length: count }, () => catchError(client.personas.get(2)));
      await gate.reached;
      vi.advanceTimersByTime(HOUR - 20_000);
      const proactive = Array.from({ length: count }, () => tryGet(client));
      gate.open();
      for (const error of await Promise.all([...reactive, ...proactive]))
        tally.check(error === undefined, () => String(error));
      tally.check(
        fixture.countRequests(REFRESH_PATH) === 1,
        `${fixture.countRequests(REFRESH_PATH)} refreshes`,
      );
    }
    return tally;
  });

  attack('runs once for 1,000 concurrent calls', async () => {
    const tally = new AttackTally();
    for (const token of ['expiring', 'expired', 'rejected'] as const) {
      await using fixture = createFixture();
      const client = fixture.connect({ concurrency: 1_000 });
      await tryGet(client);
      if (token === 'rejected') fixture.service.faults.add({ expireTokens: 'access', times: 1 });
      else vi.advanceTimersByTime(token === 'expiring' ? HOUR - 29_000 : HOUR + 1_000);
      const errors = await Promise.all(Array.from({ length: 1_000 }, () => tryGet(client)));
      for (const error of errors) tally.check(error === undefined, () => `${token}: ${String(error)}`);
      tally.check(
        fixture.countRequests(REFRESH_PATH) === 1,
        `${token}: ${fixture.countRequests(REFRESH_PATH)} refreshes`,
      );
    }
    return tally;
  });
});
