import type { TokenPair } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, LOGIN_PATH, REFRESH_PATH } from '../../support/auth.js';
import { setupTimedAuth } from '../../support/timed-auth.js';

/*
 * A runtime such as Cloudflare Workers drops the promises and timers of a request when its visitor disconnects. These tests
 * emulate that: the first request never settles, and its timers do not fire, because only the clock moves.
 */
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});

/** Moves the clock while all timers stand still. */
function stopTimers() {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  const now = performance.now.bind(performance);
  let movedMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + movedMs);
  return (ms: number) => {
    movedMs += ms;
    vi.setSystemTime(Date.now() + ms);
  };
}

/** Lets the timers of a new caller fire, which gives a result that may just arrive 100 ms. */
async function afterGrace<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(100);
  return work;
}

/** A `fetch` that loses the first request to a path. */
function loseFirst(path: string, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  let isLost = false;
  return (input, init) => {
    if (isLost || !String(input).endsWith(path)) return fetch(input, init);
    isLost = true;
    return never();
  };
}

describe('a request that never settles because its caller is gone', () => {
  it.each([
    ['login', LOGIN_PATH],
    ['refresh', REFRESH_PATH],
  ])('%s: the next call after timeoutMs starts another one', async (_, path) => {
    const moveClock = stopTimers();
    const { service, connect, count } = setupTimedAuth();
    const client = connect({ auth: ADMIN, timeoutMs: 3_000, fetch: loseFirst(path, service.fetch) });
    if (path === REFRESH_PATH) {
      await client.personas.get(2);
      moveClock(3_600_000);
    }
    void client.personas.get(1).catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    expect(count(path)).toBe(0);
    moveClock(3_000);
    await expect(afterGrace(client.personas.get(1))).resolves.toMatchObject({ id: 1 });
    expect(count(path)).toBe(1);
  });

  it('getToken: the next call after timeoutMs calls it again', async () => {
    const moveClock = stopTimers();
    const { connect } = setupTimedAuth({ auth: false });
    let calls = 0;
    const client = connect({
      auth: { getToken: () => (++calls === 1 ? never() : 'token') },
      timeoutMs: 6_000,
    });
    void client.personas.get(1).catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    moveClock(6_000);
    await expect(afterGrace(client.personas.get(1))).resolves.toMatchObject({ id: 1 });
    expect(calls).toBe(2);
  });

  it('getToken: with a shorter timeoutMs, the next call after 5 s calls it again', async () => {
    const moveClock = stopTimers();
    const { connect } = setupTimedAuth({ auth: false });
    let calls = 0;
    const client = connect({
      auth: { getToken: () => (++calls === 1 ? never() : 'token') },
      timeoutMs: 1_000,
    });
    const startRead = () => client.personas.get(1).catch((error: unknown) => error);
    void startRead();
    await vi.advanceTimersByTimeAsync(0);
    for (const ms of [1_000, 3_800]) {
      moveClock(ms);
      void startRead();
      await vi.advanceTimersByTimeAsync(100);
      expect(calls).toBe(1);
    }
    moveClock(100);
    await expect(afterGrace(startRead())).resolves.toMatchObject({ id: 1 });
    expect(calls).toBe(2);
  });

  it('getToken: a clock that is set forward does not call it again', async () => {
    stopTimers();
    const { connect } = setupTimedAuth({ auth: false });
    let calls = 0;
    const client = connect({ auth: { getToken: () => (++calls === 1 ? never() : 'token') } });
    const startRead = () => client.personas.get(1).catch((error: unknown) => error);
    void startRead();
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(Date.now() + 3_600_000);
    void startRead();
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toBe(1);
  });

  it('a read of the token store: the next call after 2 s reads again', async () => {
    const moveClock = stopTimers();
    const { connect } = setupTimedAuth();
    const stored = new Map<string, TokenPair>();
    let reads = 0;
    const get = (key: string) => (++reads === 1 ? never() : stored.get(key));
    const tokenStore = { get, set: stored.set.bind(stored), delete: stored.delete.bind(stored) };
    const client = connect({ auth: ADMIN, tokenStore });
    void client.personas.get(1).catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    moveClock(2_000);
    await expect(afterGrace(client.personas.get(1))).resolves.toMatchObject({ id: 1 });
    expect(stored.size).toBe(1);
  });

  it('a write to the token store: a change after timeoutMs does not wait for it', async () => {
    const moveClock = stopTimers();
    const { connect } = setupTimedAuth();
    const stored = new Map<string, TokenPair>();
    let writes = 0;
    const set = (key: string, tokens: TokenPair) => (++writes === 1 ? never() : stored.set(key, tokens));
    const tokenStore = { get: stored.get.bind(stored), set, delete: stored.delete.bind(stored) };
    const client = connect({ tokenStore, timeoutMs: 3_000 });
    void client.auth.login(ADMIN).catch(() => {}); // ends when the test closes the client
    await vi.waitFor(() => expect(writes).toBe(1));
    moveClock(3_000);
    await afterGrace(client.auth.refresh());
    expect(stored.size).toBe(1);
  });

  it('tokens that arrive late do not replace newer ones', async () => {
    const moveClock = stopTimers();
    const { service, connect } = setupTimedAuth();
    let deliver = () => {};
    let isFirst = true;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await service.fetch(input, init);
      if (!isFirst || !String(input).endsWith(LOGIN_PATH)) return response;
      isFirst = false;
      await new Promise<void>((resolve) => {
        deliver = resolve;
      });
      return response;
    };
    const client = connect({ auth: ADMIN, timeoutMs: 3_000, fetch });
    const first = client.personas.get(1);
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    moveClock(3_000);
    await afterGrace(client.personas.get(1));
    const newer = service.requests.at(-1)?.headers.authorization;
    deliver();
    await first;
    await client.personas.get(2);
    expect(service.requests.at(-1)?.headers.authorization).toBe(newer);
  });
});
