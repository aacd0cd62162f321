import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../src/core/call.js';
import { PersonaRateLimitError } from '../../../src/core/errors/index.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { alwaysClosed } from '../../../src/pipeline/circuit-breaker/index.js';
import type { Attempt } from '../../../src/pipeline/layer.js';
import { nextDelayMs } from '../../../src/pipeline/next-delay.js';
import { retry } from '../../../src/pipeline/retry.js';
import { expectRejection } from '../../support/failures.js';
import {
  abortError,
  connectionRefused,
  connectionReset,
  createCall,
  createResponse,
  timeoutError,
} from '../../support/pipeline.js';

type Step = (attempt: Attempt) => HttpResponse | Promise<HttpResponse>;

/** Starts a call. Each attempt runs the next step; the last step repeats. */
function startCall(steps: readonly Step[], overrides: Partial<Call> = {}) {
  const { call, controller } = createCall(overrides);
  const events = new EventEmitter();
  const delays: number[] = [];
  events.on('retry', ({ delayMs }) => delays.push(delayMs));
  let sent = 0;
  const result = retry(
    async (attempt) => {
      attempt.call.progress.attempts = attempt.number; // as `exchange` does
      const step = steps[Math.min(sent++, steps.length - 1)];
      return step ? step(attempt) : createResponse(200);
    },
    { events, budget: undefined, breaker: alwaysClosed, profile: { fieldConfig: undefined } },
  )(call);
  result.catch(() => {});
  return { result, controller, call, delays, sent: () => sent };
}

/** Starts a call and runs all timers. */
async function runCall(steps: readonly Step[], overrides: Partial<Call> = {}) {
  const started = startCall(steps, overrides);
  await vi.runAllTimersAsync();
  const error = await started.result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ...started, error };
}

const respond =
  (...args: Parameters<typeof createResponse>): Step =>
  () =>
    createResponse(...args);
const fail =
  (createError: (call: Call) => Error): Step =>
  ({ call }) =>
    Promise.reject(createError(call));
/** Fails after the write may have been applied. */
const loseResponse: Step = ({ call }) => {
  call.progress.maybeApplied = call.isWrite;
  throw connectionReset(call);
};

const write = (method: 'POST' | 'PUT' | 'DELETE'): Partial<Call> => ({ method, isWrite: true });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('retry: conditions', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('retries a GET that fails with %i', async (status) => {
    const { sent, error } = await runCall([respond(status)]);
    expect(sent()).toBe(4);
    expect(error).toMatchObject({ status, attempts: 4 });
  });

  it.each([301, 400, 401, 403, 404, 405, 409, 410, 413, 422, 501, 505])(
    'does not retry a GET that fails with %i',
    async (status) => {
      const { sent } = await runCall([respond(status)]);
      expect(sent()).toBe(1);
    },
  );

  it.each(['GET', 'PUT', 'DELETE'] as const)(
    'retries a %s after a connection reset or a timeout',
    async (method) => {
      const overrides = method === 'GET' ? {} : write(method);
      expect((await runCall([fail(connectionReset)], overrides)).sent()).toBe(4);
      expect((await runCall([fail((call) => timeoutError(call))], overrides)).sent()).toBe(4);
    },
  );

  it.each([
    ['a 429', respond(429)],
    ['a refused connection', fail(connectionRefused)],
  ])('retries a POST after %s', async (_name, step) => {
    expect((await runCall([step], write('POST'))).sent()).toBe(4);
  });

  it.each([
    ...[408, 500, 502, 503, 504].map((status) => [`a ${status}`, respond(status)] as const),
    ['a lost response', loseResponse] as const,
    ['a timeout', fail((call) => timeoutError(call))] as const,
  ])('does not retry a POST after %s', async (_name, step) => {
    expect((await runCall([step], write('POST'))).sent()).toBe(1);
  });

  it('does not retry a 500 that wraps a bad request', async () => {
    const { sent, error } = await runCall([respond(500, { message: '400 Bad Request: no JSON' })]);
    expect(sent()).toBe(1);
    expect(error).toMatchObject({ name: 'PersonaServerError', code: 'rejected_input' });
  });

  it('does not retry an abort', async () => {
    expect((await runCall([fail(abortError)])).sent()).toBe(1);
  });

  it('does not retry a programming error, and rejects with it unchanged', async () => {
    const bug = new RangeError('bug');
    const { sent, error } = await runCall([fail(() => bug)]);
    expect(sent()).toBe(1);
    expect(error).toBe(bug);
  });

  it('retries nothing with a limit of 0', async () => {
    const overrides = { retry: { limit: 0, backoffMs: 500, maxBackoffMs: 30_000 } };
    expect((await runCall([respond(503)], overrides)).sent()).toBe(1);
    expect((await runCall([fail(connectionRefused)], overrides)).sent()).toBe(1);
  });

  it('stops at the first success', async () => {
    const { result, sent } = await runCall([respond(503), fail(connectionReset), respond(200)]);
    expect((await result).status).toBe(200);
    expect(sent()).toBe(3);
  });
});

describe('retry: a DELETE that fails with 404', () => {
  const notFound = respond(404, { message: 'Persona with ID 1 not found', status_code: 404 });

  it('succeeds if an earlier attempt may have deleted the persona', async () => {
    const { result, sent } = await runCall([loseResponse, notFound], write('DELETE'));
    await expect(result).resolves.toBeDefined();
    expect(sent()).toBe(2);
  });

  it('fails if the service rejected the earlier attempt', async () => {
    const { error } = await runCall([respond(429), notFound], write('DELETE'));
    expect(error).toMatchObject({ name: 'PersonaNotFoundError' });
  });

  it('fails if the route is missing', async () => {
    const { error } = await runCall([loseResponse, respond(404, '<h1>404</h1>')], write('DELETE'));
    expect(error).toMatchObject({ code: 'route_not_found', maybeApplied: true });
  });
});

describe('nextDelayMs', () => {
  const attempt = fc.integer({ min: 1, max: 101 });
  const options = fc.record({ backoffMs: fc.nat(60_000), maxBackoffMs: fc.nat(600_000) });
  const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('is below the exponential limit and maxBackoffMs, and proportional to the jitter', () => {
    fc.assert(
      fc.property(attempt, options, jitter, (failed, { backoffMs, maxBackoffMs }, share) => {
        const limitMs = Math.min(maxBackoffMs, backoffMs * 2 ** (failed - 1));
        expect(nextDelayMs({}, failed, { backoffMs, maxBackoffMs }, share)).toBe(share * limitMs);
      }),
    );
  });

  it('never decreases from one attempt to the next, with the same jitter', () => {
    fc.assert(
      fc.property(attempt, options, jitter, (failed, delays, share) => {
        const next = nextDelayMs({}, failed + 1, delays, share);
        expect(next).toBeGreaterThanOrEqual(nextDelayMs({}, failed, delays, share));
      }),
    );
  });

  it('is never shorter than retryAfterMs, and not longer because of it', () => {
    fc.assert(
      fc.property(attempt, options, jitter, fc.nat(3_600_000), (failed, delays, share, retryAfterMs) => {
        const delayMs = nextDelayMs({ retryAfterMs }, failed, delays, share);
        expect(delayMs).toBe(Math.max(retryAfterMs, nextDelayMs({}, failed, delays, share)));
      }),
    );
  });
});

describe('retry: delays', () => {
  it.each([0, 0.999])('uses full jitter below a limit that doubles up to the maximum: %f', async (random) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    const { delays } = await runCall([respond(503)], {
      retry: { limit: 5, backoffMs: 500, maxBackoffMs: 2500 },
    });
    expect(delays).toEqual([500, 1000, 2000, 2500, 2500].map((maxMs) => maxMs * random));
  });

  it('waits at least as long as Retry-After', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { result, delays, sent } = startCall([respond(503, {}, { 'retry-after': '7' }), respond(200)]);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(sent()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await result).status).toBe(200);
    expect(delays).toEqual([7_000]);
  });

  it('fails immediately with retryAfterMs if Retry-After is longer than the deadline', async () => {
    const { result, delays } = startCall([respond(429, {}, { 'retry-after': '61' })]);
    const error = await expectRejection(PersonaRateLimitError, result);
    expect(error).toMatchObject({ retryAfterMs: 61_000, attempts: 1 });
    expect(delays).toEqual([]);
  });

  it.each(['-3', '1e3', '', 'soon', 'Sun Nov 22'])('ignores the invalid Retry-After %j', async (value) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { delays } = await runCall([respond(503, {}, { 'retry-after': value }), respond(200)]);
    expect(delays).toEqual([250]);
  });

  it('does not retry after a Retry-After with more than 10 digits', async () => {
    const { error, delays } = await runCall([respond(503, {}, { 'retry-after': '99999999999999' })]);
    expect(error).toMatchObject({ retryAfterMs: 1e13, attempts: 1 });
    expect(delays).toEqual([]);
  });

  it("stops waiting when the call's signal aborts, and rejects with its reason", async () => {
    const { result, controller, sent } = startCall([respond(503, {}, { 'retry-after': '30' })]);
    await vi.advanceTimersByTimeAsync(1_000);
    const reason = abortError(createCall().call);
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    await vi.runAllTimersAsync();
    expect(sent()).toBe(1);
  });

  it('records each retry in the timeline', async () => {
    const { call } = await runCall([respond(503), respond(200)]);
    expect(call.progress.timeline).toEqual([
      expect.objectContaining({ event: 'retry', attempt: 2, error: 'server_error', status: 503 }),
    ]);
  });
});
