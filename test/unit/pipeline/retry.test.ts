import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../src/core/call.js';
import {
  PersonaNotFoundError,
  PersonaRateLimitError,
  PersonaServerError,
} from '../../../src/core/errors/index.js';
import { Events } from '../../../src/core/events.js';
import type { HttpResponse } from '../../../src/core/response.js';
import type { Attempt } from '../../../src/pipeline/layer.js';
import { retry } from '../../../src/pipeline/retry.js';
import { aborted, aCall, answer, cut, refused, rejection, timedOut } from '../../support/pipeline.js';

type Step = (attempt: Attempt) => HttpResponse | Promise<HttpResponse>;

/** A call through `retry` against a `next` that does one step after another, the last one for ever. */
function start(steps: readonly Step[], given: Partial<Call> = {}) {
  const { call, end } = aCall(given);
  const events = new Events();
  const waits: number[] = [];
  events.on('retry', ({ delayMs: waitMs }) => waits.push(waitMs));
  let sent = 0;
  const result = retry(
    async (attempt) => {
      attempt.call.progress.attempts = attempt.number; // as `exchange` does
      const step = steps[Math.min(sent++, steps.length - 1)];
      return step ? step(attempt) : answer(200);
    },
    { events, budget: undefined, breaker: { state: 'closed' } },
  )(call);
  result.catch(() => {});
  return { result, end, call, waits, sent: () => sent };
}

async function run(steps: readonly Step[], given: Partial<Call> = {}) {
  const started = start(steps, given);
  await vi.runAllTimersAsync();
  return {
    ...started,
    error: await started.result.then(
      () => undefined,
      (error: Error) => error,
    ),
  };
}

const write = (method: 'POST' | 'PUT' | 'DELETE'): Partial<Call> => ({ method, isWrite: true });
const ambiguous: Step = (attempt) => {
  attempt.call.progress.maybeApplied = attempt.call.isWrite;
  throw cut(attempt.call);
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('retry: what is tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('a GET answered %i, up to the limit', async (status) => {
    const { sent, error } = await run([() => answer(status)]);
    expect(sent()).toBe(4);
    expect(error).toMatchObject({ status, attempts: 4 });
  });

  it.each([301, 400, 401, 403, 404, 405, 409, 410, 413, 422, 501, 505])(
    'not a GET answered %i',
    async (status) => {
      const { sent } = await run([() => answer(status)]);
      expect(sent()).toBe(1);
    },
  );

  it.each(['GET', 'PUT', 'DELETE'] as const)(
    'a %s that was cut, or had no answer in time',
    async (method) => {
      for (const step of [
        ({ call }: Attempt) => Promise.reject(cut(call)),
        ({ call }: Attempt) => Promise.reject(timedOut(call)),
      ]) {
        const { sent } = await run([step], method === 'GET' ? {} : write(method));
        expect(sent()).toBe(4);
      }
    },
  );

  it('a POST only where the service cannot have acted: 429, or a request that never left', async () => {
    expect((await run([() => answer(429)], write('POST'))).sent()).toBe(4);
    expect((await run([({ call }) => Promise.reject(refused(call))], write('POST'))).sent()).toBe(4);
    for (const status of [408, 500, 502, 503, 504])
      expect((await run([() => answer(status)], write('POST'))).sent()).toBe(1);
    expect((await run([ambiguous], write('POST'))).sent()).toBe(1);
    expect((await run([({ call }) => Promise.reject(timedOut(call))], write('POST'))).sent()).toBe(1);
  });

  it('not a 500 that says the request was malformed', async () => {
    const { sent, error } = await run([() => answer(500, { message: '400 Bad Request: no JSON' })]);
    expect(sent()).toBe(1);
    expect(error).toBeInstanceOf(PersonaServerError);
    expect(error).toMatchObject({ code: 'rejected_input' });
  });

  it('not an abort, and not a mistake in the program', async () => {
    expect((await run([({ call }) => Promise.reject(aborted(call))])).sent()).toBe(1);
    const bug = new RangeError('bug');
    const { sent, error } = await run([() => Promise.reject(bug)]);
    expect(sent()).toBe(1);
    expect(error).toBe(bug);
  });

  it('nothing with a limit of 0', async () => {
    const none = { retry: { limit: 0, backoffMs: 500, maxBackoffMs: 30_000 } };
    expect((await run([() => answer(503)], none)).sent()).toBe(1);
    expect((await run([({ call }) => Promise.reject(refused(call))], none)).sent()).toBe(1);
  });

  it('until it succeeds', async () => {
    const { result, sent } = await run([
      () => answer(503),
      ({ call }) => Promise.reject(cut(call)),
      () => answer(200),
    ]);
    expect((await result).status).toBe(200);
    expect(sent()).toBe(3);
  });
});

describe('retry: a DELETE that meets 404', () => {
  const gone: Step = () => answer(404, { message: 'Persona with ID 1 not found', status_code: 404 });

  it('has succeeded when an attempt before may have deleted', async () => {
    const { result, sent } = await run([ambiguous, gone], write('DELETE'));
    await expect(result).resolves.toBeDefined();
    expect(sent()).toBe(2);
  });

  it('has not when the attempt before was refused', async () => {
    const { error } = await run([() => answer(429), gone], write('DELETE'));
    expect(error).toBeInstanceOf(PersonaNotFoundError);
  });

  it('has not when it is the route that is missing', async () => {
    const { error } = await run([ambiguous, () => answer(404, '<h1>404</h1>')], write('DELETE'));
    expect(error).toMatchObject({ code: 'route_not_found', maybeApplied: true });
  });
});

describe('retry: when', () => {
  it('waits at random below a bound that doubles, and never above the maximum', async () => {
    const bounds = [500, 1000, 2000, 2500, 2500];
    for (const [random, share] of [
      [0, 0],
      [0.999, 0.999],
    ] as const) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const { waits } = await run([() => answer(503)], {
        retry: { limit: 5, backoffMs: 500, maxBackoffMs: 2500 },
      });
      expect(waits).toEqual(bounds.map((bound) => bound * share));
    }
  });

  it('never sooner than Retry-After asks', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const started = start([() => answer(503, {}, { 'retry-after': '7' }), () => answer(200)]);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(started.sent()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await started.result).status).toBe(200);
    expect(started.waits).toEqual([7_000]);
  });

  it('gives up at once when Retry-After lies beyond the deadline, and says how long was asked', async () => {
    const { result, waits } = start([() => answer(429, {}, { 'retry-after': '61' })]);
    const error = await rejection(result);
    expect(error).toBeInstanceOf(PersonaRateLimitError);
    expect(error).toMatchObject({ retryAfterMs: 61_000, attempts: 1 });
    expect(waits).toEqual([]);
  });

  it.each(['-3', '1.5', '99999999999999', '', 'soon', '3, 4', 'Sun Nov 22'])(
    'ignores a Retry-After of %j',
    async (value) => {
      vi.spyOn(Math, 'random').mockReturnValue(0.5);
      const { waits } = await run([() => answer(503, {}, { 'retry-after': value }), () => answer(200)]);
      expect(waits).toEqual([250]);
    },
  );

  it('ends the wait the moment the call ends, with its reason', async () => {
    const { result, end, sent } = start([() => answer(503, {}, { 'retry-after': '30' })]);
    await vi.advanceTimersByTimeAsync(1_000);
    const reason = aborted(aCall().call);
    end.abort(reason);
    expect(await rejection(result)).toBe(reason);
    await vi.runAllTimersAsync();
    expect(sent()).toBe(1);
  });

  it('tells of each repetition before it', async () => {
    const { call } = await run([() => answer(503), () => answer(200)]);
    expect(call.progress.timeline).toEqual([
      expect.objectContaining({ event: 'retry', attempt: 2, reason: 'server_error', status: 503 }),
    ]);
  });
});
