import type { ClientOptions } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { catchError } from '../../support/failures.js';
import { createTestClient } from '../../support/service.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A service that fails while `failure` is set. */
function setup(options: ClientOptions = {}) {
  const service = createPersonaService({ seed: 50 });
  const state = { failure: undefined as { status: number; retryAfter: string } | undefined, isSilent: false };
  const sent: string[] = [];
  const client = createTestClient({
    dialect: 'subresource',
    cache: false,
    retry: false,
    deadlineMs: 120_000,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push(`${request.headers.get('authorization') ?? ''} ${new URL(request.url).pathname}`.trim());
      const { failure, isSilent } = state;
      if (isSilent) return new Promise(() => {});
      if (!failure) return service.fetch(request);
      return new Response('{}', { status: failure.status, headers: { 'retry-after': failure.retryAfter } });
    },
    ...options,
  });
  return { client, state, sent };
}

describe('after a response with Retry-After', () => {
  it.each([429, 503])('later calls wait until the time is over, in order (%s)', async (status) => {
    const { client, state, sent } = setup();
    state.failure = { status, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    const calls = [2, 3, 4].map((id) => client.personas.get(id));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all(calls);
    expect(sent.slice(1)).toEqual([2, 3, 4].map((id) => `/api/v1/personas/${id}`));
  });

  it.each([
    [429, 'rate_limited'],
    [503, 'server_error'],
  ])('a call with an earlier deadline fails at once and was not sent (%s)', async (status, code) => {
    const { client, state, sent } = setup();
    state.failure = { status, retryAfter: '30' };
    await catchError(client.personas.get(1));
    const error = await catchError(client.personas.create({ name: 'A' }, { deadlineMs: 10_000 }));
    expect(error).toMatchObject({ code, status, retryAfterMs: 30_000, maybeApplied: false, attempts: 0 });
    expect(String(error)).toContain(`was not sent: the service responded to an earlier call with ${status}`);
    expect(sent).toHaveLength(1);
  });

  it.each([429, 503])('the client waits, also if the delay has many digits (%s)', async (status) => {
    const { client, state, sent } = setup({ retry: { limit: 3, backoffMs: 1 } });
    state.failure = { status, retryAfter: '99999999999999999999' };
    const error = await catchError(client.personas.get(1));
    expect(error).toMatchObject({ status, retryAfterMs: 1e13 });
    await catchError(client.personas.get(2, { deadlineMs: 1_000 }));
    expect(sent).toHaveLength(1);
  });

  it('one call probes the service after at most 60 s, and the others wait for its response', async () => {
    const { client, state, sent } = setup({ deadlineMs: 600_000 });
    state.failure = { status: 503, retryAfter: '3600' };
    await catchError(client.personas.get(1));
    const calls = [2, 3, 4].map((id) => catchError(client.personas.get(id)));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toHaveLength(2);
    state.failure = undefined;
    await vi.advanceTimersByTimeAsync(61_000);
    const [first, ...others] = await Promise.all(calls);
    expect(first).toMatchObject({ status: 503 });
    expect(others).toEqual([undefined, undefined]);
    expect(sent).toHaveLength(4);
  });

  it('429 holds back only the calls of the same identity, 503 holds back all', async () => {
    const { client, state, sent } = setup({ auth: { token: 'a' } });
    const other = client.as({ token: 'b' });
    state.failure = { status: 429, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    await other.personas.get(2);
    expect(sent).toHaveLength(2);
    state.failure = { status: 503, retryAfter: '30' };
    await catchError(other.personas.get(3));
    const error = await catchError(client.personas.get(4, { deadlineMs: 1_000 }));
    expect(error).toMatchObject({ status: 503, attempts: 0 });
    expect(sent).toHaveLength(3);
  });

  it('calls in the queue of the limiter wait as well, and then continue in order', async () => {
    const { client, state, sent } = setup({ concurrency: 2 });
    state.failure = { status: 429, retryAfter: '30' };
    const calls = Array.from({ length: 20 }, (_, index) => catchError(client.personas.get(index + 1)));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sent).toHaveLength(2);
    state.failure = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await Promise.all(calls)).slice(2)).toEqual(Array(18).fill(undefined));
    expect(sent).toEqual(Array.from({ length: 20 }, (_, index) => `/api/v1/personas/${index + 1}`));
  });

  it('calls continue in the order in which they started, whatever the order of their timers', async () => {
    const { client, state, sent } = setup();
    state.failure = { status: 429, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    const realSetTimeout = globalThis.setTimeout;
    const calls: Promise<unknown>[] = [];
    for (const [index, id] of [2, 3, 4].entries()) {
      // Node.js groups timers by their duration, so timers that end together may fire in any order.
      vi.stubGlobal('setTimeout', (run: () => void, ms: number) => realSetTimeout(run, ms + 20 - 10 * index));
      calls.push(client.personas.get(id));
      await vi.advanceTimersByTimeAsync(0); // the call sets its timer
    }
    vi.unstubAllGlobals();
    await vi.advanceTimersByTimeAsync(31_000);
    await Promise.all(calls);
    expect(sent.slice(1)).toEqual([2, 3, 4].map((id) => `/api/v1/personas/${id}`));
  });

  it('a call that is also held back for its own identity does not delay those of others', async () => {
    const { client, state, sent } = setup({ auth: { token: 'a' } });
    const other = client.as({ token: 'b' });
    state.failure = { status: 429, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = { status: 503, retryAfter: '2' };
    await catchError(other.personas.get(2));
    state.failure = undefined;
    const heldLonger = client.personas.get(3);
    const rest = other.personas.get(4);
    await vi.advanceTimersByTimeAsync(2_001);
    expect(sent.slice(2)).toEqual(['Bearer b /api/v1/personas/4']);
    await rest;
    await vi.advanceTimersByTimeAsync(28_000);
    await heldLonger;
    expect(sent).toHaveLength(4);
  });

  it('no timer gets a negative delay, even if time passes between two looks at the clock', async () => {
    const { client, state } = setup();
    state.failure = { status: 429, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    const delays: number[] = [];
    const setTimer = globalThis.setTimeout;
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => {
      delays.push(ms);
      return setTimer(run, ms - 2); // fires early
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const call = client.personas.get(2);
    await vi.advanceTimersByTimeAsync(29_990);
    const now = performance.now.bind(performance);
    let looks = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + (looks++ % 2) * 3);
    onTestFinished(() => void vi.restoreAllMocks());
    await vi.advanceTimersByTimeAsync(1_000);
    await call;
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  });

  it('a read that joined one with an earlier deadline waits alone', async () => {
    const { client, state, sent } = setup({ cache: {} });
    state.failure = { status: 429, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    const failed = catchError(client.personas.get(2, { deadlineMs: 1_000 }));
    const joined = client.personas.get(2);
    expect(await failed).toMatchObject({ code: 'rate_limited', attempts: 0 });
    await vi.advanceTimersByTimeAsync(30_001);
    expect((await joined).id).toBe(2);
    expect(sent).toHaveLength(2);
  });

  it('another call probes if the first probe is aborted', async () => {
    const { client, state, sent } = setup();
    state.failure = { status: 429, retryAfter: '5' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    const controller = new AbortController();
    const first = catchError(client.personas.get(2, { signal: controller.signal }));
    const second = client.personas.get(3);
    controller.abort();
    expect(await first).toMatchObject({ code: 'aborted' });
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await second).id).toBe(3);
    expect(sent).toHaveLength(2);
  });

  it('a probe without a response holds back later calls for its timeout only', async () => {
    const { client, state, sent } = setup({ timeoutMs: 2_000 });
    state.failure = { status: 429, retryAfter: '5' };
    await catchError(client.personas.get(1));
    await vi.advanceTimersByTimeAsync(5_001);
    state.failure = undefined;
    state.isSilent = true;
    const probe = catchError(client.personas.get(2));
    await vi.advanceTimersByTimeAsync(0);
    state.isSilent = false;
    const later = client.personas.get(3);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(await probe).toMatchObject({ code: 'timeout' });
    expect((await later).id).toBe(3);
  });

  it('health checks are not held back', async () => {
    const { client, state, sent } = setup();
    state.failure = { status: 503, retryAfter: '30' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    await client.health.check();
    expect(sent).toHaveLength(2);
  });

  it('Retry-After: 0 holds back nothing', async () => {
    const { client, state, sent } = setup();
    state.failure = { status: 429, retryAfter: '0' };
    await catchError(client.personas.get(1));
    state.failure = undefined;
    await client.personas.get(2);
    expect(sent).toHaveLength(2);
  });

  it('a retried call continues after the time is over', async () => {
    const { client, state, sent } = setup({ retry: { limit: 2 } });
    state.failure = { status: 503, retryAfter: '3' };
    const call = client.personas.get(1);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(sent).toHaveLength(1);
    state.failure = undefined;
    await vi.advanceTimersByTimeAsync(200);
    expect((await call).id).toBe(1);
    expect(sent).toHaveLength(2);
  });
});
