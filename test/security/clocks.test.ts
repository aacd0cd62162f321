import fc from 'fast-check';
import type { AuthOptions, PersonaClient } from 'persona-client';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import { attack, count, Tally } from './report.js';
import { ADMIN, Door, EXPIRED, failureOf, LOGIN, REFRESH, World } from './world.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR_SECONDS = 365 * 24 * 3600;
const MAX_TIMER_MS = 2 ** 31 - 1;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** What really passes; the service counts it, and no jump of the client's clock changes it. */
const real = () => performance.now();
const BEGAN = Date.UTC(2026, 0, 1);
/** It begins on a whole second, since tokens count no smaller ones. */
function service(accessTtlSeconds = 3600): World {
  const since = real();
  const auth = { users: { [ADMIN.username]: ADMIN.password }, accessTtlSeconds, refreshTtlSeconds: 1e10 };
  return new World({ now: () => BEGAN + real() - since, auth });
}
const get = (client: PersonaClient) => failureOf(client.personas.get(1));

/** A pair as an application got it some time ago. */
async function pairOf(world: World): Promise<AuthOptions> {
  const body = JSON.stringify(ADMIN);
  const headers = { 'content-type': 'application/json' };
  const answer = await world.service.fetch(`http://service${LOGIN}`, { method: 'POST', headers, body });
  const { access_token, refresh_token } = (await answer.json()) as Record<string, string>;
  return { accessToken: access_token ?? '', refreshToken: refresh_token ?? '' };
}

describe('a clock that is wrong', () => {
  const step = fc.oneof(
    fc.record({ passMs: fc.integer({ min: 1, max: 2 * HOUR }) }),
    fc.record({ jumpMs: fc.constantFrom(-DAY, DAY, -HOUR, HOUR, -30_000, 30_000, 10 * 365 * DAY) }),
  );

  attack('24 h off or jumping: a second refresh in one lifetime, or a call that fails', async () => {
    const tally = new Tally();
    const off = fc.constantFrom(0, DAY, -DAY);
    await fc.assert(
      fc.asyncProperty(off, fc.boolean(), fc.array(step, { maxLength: 25 }), async (offMs, given, steps) => {
        await using world = service();
        vi.setSystemTime(BEGAN + offMs);
        const client = world.connect({ auth: given ? await pairOf(world) : ADMIN });
        let last = given ? Number.NEGATIVE_INFINITY : real();
        for (const { passMs = 0, jumpMs = 0 } of [{}, ...steps] as { passMs?: number; jumpMs?: number }[]) {
          vi.advanceTimersByTime(passMs);
          vi.setSystemTime(Date.now() + jumpMs);
          const before = world.arrived(REFRESH);
          const error = await get(client);
          tally.check(error === undefined, () => String(error));
          const refreshes = world.arrived(REFRESH) - before;
          tally.check(refreshes <= 1, `${refreshes} refreshes for a call`);
          if (refreshes === 0) continue;
          const lived = real() - last;
          tally.check(lived >= HOUR - 40_000, `${lived} ms after the one before`);
          last = real();
        }
      }),
      { numRuns: count(300, 10_000) },
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

  attack(
    'from 1 s to 10 years: a timer that overflows, a refresh too early, a token sent after its end',
    async () => {
      const tally = new Tally();
      const delays: unknown[] = [];
      const setTimer = globalThis.setTimeout;
      vi.stubGlobal('setTimeout', (work: () => void, delayMs?: number) => {
        delays.push(delayMs ?? 0);
        return setTimer(work, delayMs);
      });
      await fc
        .assert(
          fc.asyncProperty(seconds, async (ttlSeconds) => {
            await using world = service(ttlSeconds);
            const client = world.connect();
            const lifeMs = ttlSeconds * 1000;
            const latestMs = Math.min(30_000, lifeMs / 4);
            await get(client);
            const { expiresAt = '' } = await client.auth.session();
            tally.check(Date.parse(expiresAt) - Date.now() === lifeMs, () => `${ttlSeconds} s: ${expiresAt}`);
            vi.advanceTimersByTime(lifeMs - latestMs * (4 / 3) - 1);
            await get(client);
            tally.check(world.arrived(REFRESH) === 0, `${ttlSeconds} s: refreshed too early`);
            vi.advanceTimersByTime(latestMs / 3 + 2);
            await Promise.all([get(client), get(client), get(client)]);
            tally.check(world.arrived(REFRESH) === 1, `${ttlSeconds} s: ${world.arrived(REFRESH)} refreshes`);
            const refused = world.service.requests.filter(({ status }) => status === 401).length;
            tally.check(refused === 0, `${ttlSeconds} s: refused ${refused} times`);
          }),
          { numRuns: count(300, 5_000) },
        )
        .finally(() => vi.unstubAllGlobals());
      for (const delayMs of delays)
        tally.check(Number(delayMs) >= 0 && Number(delayMs) <= MAX_TIMER_MS, `a timer of ${delayMs} ms`);
      return tally;
    },
  );

  attack('200 clients with tokens of one moment: half of them refresh in one second', async () => {
    await using world = service();
    const tally = new Tally();
    const clients = Array.from({ length: 200 }, () => world.connect());
    await Promise.all(clients.map(get));
    vi.advanceTimersByTime(HOUR - 41_000);
    for (let second = 41; second >= 29; second--) {
      const before = world.arrived(REFRESH);
      await Promise.all(clients.map(get));
      await Promise.all(clients.map(get));
      const now = world.arrived(REFRESH) - before;
      tally.check(now < 100, `${now} refreshed ${second} s before the end`);
      vi.advanceTimersByTime(1_000);
    }
    tally.check(world.arrived(REFRESH) === 200, `${world.arrived(REFRESH)} refreshes in all`);
    return tally;
  });
});

describe('a refresh in time', () => {
  attack('that fails while the token lives: a call fails, or every call tries it', async () => {
    const tally = new Tally();
    for (const fault of [
      { status: 503 },
      { status: 429 },
      { reset: true as const },
      { status: 200, body: '{' },
    ]) {
      await using world = service();
      const client = world.connect();
      await get(client);
      world.service.faults.add({ ...fault, match: { path: REFRESH } });
      vi.advanceTimersByTime(HOUR - 29_000);
      for (let i = 0; i < 280; i++) {
        const error = await get(client);
        tally.check(error === undefined, () => String(error));
        vi.advanceTimersByTime(100);
      }
      tally.check(world.arrived(REFRESH) <= 6, `${world.arrived(REFRESH)} refreshes in 28 s`);
    }
    return tally;
  });

  attack('by getToken that knows no newer one: it is asked with every call', async () => {
    await using world = service();
    const tally = new Tally();
    const pair = await pairOf(world);
    const token = 'accessToken' in pair ? pair.accessToken : '';
    let asked = 0;
    const getToken = () => {
      asked++;
      return token;
    };
    const client = world.connect({ auth: { getToken } });
    await get(client);
    vi.advanceTimersByTime(HOUR - 29_000);
    for (let i = 0; i < 100; i++)
      tally.check((await get(client)) === undefined && asked <= 2, `asked ${asked} times`);
    return tally;
  });

  attack('and 401s for the old token at once: two refreshes', async () => {
    const tally = new Tally();
    for (let late = 1; late <= 20; late++) {
      await using world = service();
      const door = new Door(/personas\/2$/);
      const fetch = door.after((...request) => world.service.fetch(...request));
      const client = world.connect({ fetch, concurrency: 50 });
      await get(client);
      world.service.faults.add({ ...EXPIRED, match: { path: '/api/v1/personas/2' }, times: late });
      const reactive = Array.from({ length: late }, () => failureOf(client.personas.get(2)));
      await door.met;
      vi.advanceTimersByTime(HOUR - 20_000);
      const proactive = Array.from({ length: late }, () => get(client));
      door.open();
      for (const error of await Promise.all([...reactive, ...proactive]))
        tally.check(error === undefined, () => String(error));
      tally.check(world.arrived(REFRESH) === 1, `${world.arrived(REFRESH)} refreshes`);
    }
    return tally;
  });

  attack(
    'wanted by 1,000 calls at once, due or refused: a second refresh, or a call that fails',
    async () => {
      const tally = new Tally();
      for (const when of ['due', 'over', 'refused'] as const) {
        await using world = service();
        const client = world.connect({ concurrency: 1_000 });
        await get(client);
        if (when === 'refused') world.service.faults.add({ expireTokens: 'access', times: 1 });
        else vi.advanceTimersByTime(when === 'due' ? HOUR - 29_000 : HOUR + 1_000);
        const errors = await Promise.all(Array.from({ length: 1_000 }, () => get(client)));
        for (const error of errors) tally.check(error === undefined, () => `${when}: ${String(error)}`);
        tally.check(world.arrived(REFRESH) === 1, `${when}: ${world.arrived(REFRESH)} refreshes`);
      }
      return tally;
    },
  );
});
