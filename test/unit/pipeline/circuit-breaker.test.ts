import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedBreakerOptions } from '../../../src/config/breaker-options.js';
import { PersonaCircuitOpenError, PersonaServerError } from '../../../src/core/errors/index.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import type { CircuitState } from '../../../src/core/events.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { createCircuitBreaker } from '../../../src/pipeline/circuit-breaker/index.js';
import type { Attempt } from '../../../src/pipeline/layer.js';
import {
  abortError,
  connectionReset,
  createAttempt,
  createResponse,
  deferred,
  timeoutError,
} from '../../support/pipeline.js';

const RESET_MS = 60_000;

function setup(options: Partial<ResolvedBreakerOptions> = {}) {
  const events = new EventEmitter();
  const states: CircuitState[] = [];
  events.on('circuit', ({ state }) => states.push(state));
  const circuit = createCircuitBreaker(
    { failMax: 5, resetTimeoutMs: RESET_MS, volumeThreshold: 10, windowMs: 60_000, ...options },
    events,
  );
  let outcome: (attempt: Attempt) => Promise<HttpResponse> = async () => createResponse(200);
  let sent = 0;
  const send = circuit.layer((attempt) => {
    sent++;
    return outcome(attempt);
  });
  return {
    circuit,
    states,
    sent: () => sent,
    /** Sends one attempt with this outcome. Resolves to the status or the error. */
    attempt: (nextOutcome: typeof outcome, overrides: Partial<Attempt['call']> = {}) => {
      outcome = nextOutcome;
      return send(createAttempt(overrides)).then(
        ({ status }) => status,
        (error: Error) => error,
      );
    },
  };
}

const succeed = async () => createResponse(200);
const failWith503 = async () => createResponse(503);
const failConnection = async ({ call }: Attempt) => Promise.reject(connectionReset(call));
const abort = async ({ call }: Attempt) => Promise.reject(abortError(call));
const exceedDeadline = async ({ call }: Attempt) => Promise.reject(timeoutError(call, 'deadline'));
const OUTCOMES = { success: succeed, failure: failWith503, abort };

async function times<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await work());
  return results;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40])(
  'stays open for resetTimeoutMs: %d, with timers that the platform can measure',
  async (resetTimeoutMs) => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    const { circuit, attempt } = setup({ failMax: 1, resetTimeoutMs });
    await attempt(failWith503);
    expect(circuit.state).toBe('open');
    const delays = setTimer.mock.calls.map(([, delayMs]) => delayMs ?? 0);
    expect(Math.max(...delays)).toBeGreaterThan(2 ** 30);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31); // a longer timer fires immediately
  },
);

describe('circuit breaker: closed', () => {
  it('opens after failMax consecutive failed attempts of any kind', async () => {
    const { attempt, circuit, sent } = setup();
    await times(2, () => attempt(failWith503));
    await times(2, () => attempt(failConnection));
    expect(circuit.state).toBe('closed');
    await attempt(async ({ call }) => Promise.reject(timeoutError(call)));
    expect(circuit.state).toBe('open');
    await attempt(succeed);
    expect(sent()).toBe(5);
  });

  it('passes failures through unchanged', async () => {
    const { attempt } = setup();
    expect(await attempt(failWith503)).toBe(503);
    expect(await attempt(failConnection)).toMatchObject({ code: 'connection_failed' });
  });

  it.each([200, 301, 400, 401, 404, 422, 429])(
    'resets the count of consecutive failures after a %i',
    async (status) => {
      const { attempt, circuit } = setup();
      await times(4, () => attempt(failWith503));
      await attempt(async () => createResponse(status));
      await times(4, () => attempt(failWith503));
      expect(circuit.state).toBe('closed');
    },
  );

  it.each([
    ['an abort by the caller', abort],
    ["the call's deadline", exceedDeadline],
    ['a programming error', async () => Promise.reject(new RangeError('bug'))],
  ])('counts %s as neither a failure nor a success', async (_name, outcome) => {
    const { attempt, circuit } = setup();
    await times(50, () => attempt(outcome));
    expect(circuit.state).toBe('closed');
    await times(4, async () => {
      await attempt(failWith503);
      await attempt(outcome);
    });
    expect(circuit.state).toBe('closed');
    await attempt(failWith503);
    expect(circuit.state).toBe('open');
  });

  it('does not count the error of a token request', async () => {
    const { attempt, circuit } = setup({ failMax: 1 });
    const cause = new PersonaServerError('refresh', { status: 503 });
    await attempt(async () => Promise.reject(new PersonaServerError('get', { status: 503, cause })));
    expect(circuit.state).toBe('closed');
  });

  it('counts by isFailure, except for neutral outcomes', async () => {
    const { attempt, circuit } = setup({ failMax: 2, isFailure: ({ status }) => status === 404 });
    await times(5, () => attempt(failWith503));
    await times(5, () => attempt(abort));
    expect(circuit.state).toBe('closed');
    await times(2, () => attempt(async () => createResponse(404)));
    expect(circuit.state).toBe('open');
  });
});

describe('circuit breaker: open', () => {
  it('rejects without sending, with retryAfterMs and maybeApplied: false', async () => {
    const { attempt, sent } = setup({ failMax: 1 });
    await attempt(failWith503);
    await vi.advanceTimersByTimeAsync(20_000);
    const error = await attempt(succeed, { method: 'POST', isWrite: true, name: 'personas.create' });
    expect(error).toBeInstanceOf(PersonaCircuitOpenError);
    expect(error).toMatchObject({ code: 'circuit_open', retryAfterMs: 40_000, maybeApplied: false });
    expect((error as Error).message).toContain('personas.create');
    expect((error as Error).message).toContain('Nothing was written');
    expect(sent()).toBe(1);
  });

  it('neither rejects nor counts attempts of an endpoint that skips it', async () => {
    const { attempt, circuit } = setup({ failMax: 1 });
    await times(3, () => attempt(failWith503, { skipLayers: ['breaker'] }));
    expect(circuit.state).toBe('closed');
    await attempt(failWith503);
    expect(await attempt(succeed, { skipLayers: ['breaker'] })).toBe(200);
    expect(circuit.state).toBe('open');
  });

  it('half-opens after the machine slept for resetTimeoutMs', async () => {
    const { attempt, circuit } = setup({ failMax: 1 });
    await attempt(failWith503);
    vi.setSystemTime(Date.now() + RESET_MS); // the monotonic clock and the timers stop during sleep
    expect(circuit.state).toBe('half-open');
    expect(await attempt(succeed)).toBe(200);
  });

  it('half-opens after resetTimeoutMs, even if timers do not run', async () => {
    const { attempt, circuit } = setup({ failMax: 1 });
    await attempt(failWith503);
    vi.clearAllTimers();
    vi.setSystemTime(Date.now() + RESET_MS);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESET_MS);
    expect(circuit.state).toBe('half-open');
  });
});

describe('circuit breaker: half-open', () => {
  async function setupHalfOpen() {
    const tested = setup({ failMax: 2 });
    await times(2, () => tested.attempt(failWith503));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(tested.circuit.state).toBe('half-open');
    return tested;
  }

  it('admits one probe at a time, and closes if the probe succeeds', async () => {
    const { attempt, circuit, sent, states } = await setupHalfOpen();
    const probe = deferred<HttpResponse>();
    const first = attempt(() => probe.promise);
    const others = await Promise.all([attempt(succeed), attempt(succeed)]);
    expect(others).toEqual([expect.any(PersonaCircuitOpenError), expect.any(PersonaCircuitOpenError)]);
    expect(sent()).toBe(3);
    probe.resolve(createResponse(200));
    expect(await first).toBe(200);
    expect(circuit.state).toBe('closed');
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens for the full period if the probe fails, and counts from 0 after it closes', async () => {
    const { attempt, circuit } = await setupHalfOpen();
    await attempt(failWith503);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(RESET_MS - 1);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    await attempt(succeed);
    await attempt(failWith503);
    expect(circuit.state).toBe('closed');
  });

  it.each([
    ['the caller aborts', abort],
    ['its deadline expires', exceedDeadline],
  ])('stays half-open and admits another probe if %s', async (_name, outcome) => {
    const { attempt, circuit } = await setupHalfOpen();
    await attempt(outcome);
    expect(circuit.state).toBe('half-open');
    expect(await attempt(succeed)).toBe(200);
    expect(circuit.state).toBe('closed');
  });

  it('admits another probe if the probe hangs for resetTimeoutMs', async () => {
    const { attempt, circuit } = await setupHalfOpen();
    const hungProbe = deferred<HttpResponse>();
    const first = attempt(() => hungProbe.promise);
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(await attempt(succeed)).toBe(200);
    expect(circuit.state).toBe('closed');
    hungProbe.resolve(createResponse(503));
    expect(await first).toBe(503);
    expect(circuit.state).toBe('closed');
  });

  it('starts a new failure rate window after it closes', async () => {
    const { attempt, circuit } = setup({ errorThresholdPercentage: 50, volumeThreshold: 4 });
    await times(4, () => attempt(failWith503));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    await attempt(succeed);
    await attempt(failWith503);
    expect(circuit.state).toBe('closed');
  });

  it('ignores attempts that started before it opened', async () => {
    const { attempt, circuit } = setup({ failMax: 2 });
    const slow = [deferred<HttpResponse>(), deferred<HttpResponse>()] as const;
    const earlyAttempts = slow.map(({ promise }) => attempt(() => promise));
    await times(2, () => attempt(failWith503));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(circuit.state).toBe('half-open');
    slow[0].resolve(createResponse(200));
    slow[1].resolve(createResponse(503));
    await Promise.all(earlyAttempts);
    expect(circuit.state).toBe('half-open');
  });
});

describe('circuit breaker', () => {
  it('agrees with a model for any sequence of outcomes', async () => {
    const anyStep = fc.oneof(
      fc.constantFrom('success', 'failure', 'abort' as const),
      fc.record({ waitMs: fc.integer({ min: 1, max: 150 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(anyStep, { maxLength: 40 }),
        async (failMax, steps) => {
          const { attempt, circuit } = setup({ failMax, resetTimeoutMs: 100 });
          const model = { state: 'closed' as CircuitState, failures: 0, openForMs: 0 };
          for (const step of steps) {
            if (typeof step === 'object') {
              await vi.advanceTimersByTimeAsync(step.waitMs);
              model.openForMs += step.waitMs;
              if (model.state === 'open' && model.openForMs >= 100) model.state = 'half-open';
            } else {
              const result = await attempt(OUTCOMES[step]);
              if (model.state === 'open') expect(result).toBeInstanceOf(PersonaCircuitOpenError);
              else if (step === 'success') Object.assign(model, { state: 'closed', failures: 0 });
              else if (step === 'failure' && (++model.failures >= failMax || model.state === 'half-open'))
                Object.assign(model, { state: 'open', openForMs: 0 });
            }
            expect(circuit.state).toBe(model.state);
          }
          circuit.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves no timer after close()', async () => {
    const { attempt, circuit } = setup({ failMax: 1 });
    await attempt(failWith503);
    circuit.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with the same error object as the attempt', async () => {
    const { circuit } = setup();
    const bug = new RangeError('bug');
    await expect(circuit.layer(() => Promise.reject(bug))(createAttempt())).rejects.toBe(bug);
  });
});
