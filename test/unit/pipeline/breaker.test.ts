import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedBreakerOptions } from '../../../src/config/resolve-options.js';
import { PersonaCircuitOpenError, PersonaServerError } from '../../../src/core/errors/index.js';
import { type CircuitState, Events } from '../../../src/core/events.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { createCircuitBreaker } from '../../../src/pipeline/circuit-breaker/index.js';
import type { Attempt } from '../../../src/pipeline/layer.js';
import { aborted, anAttempt, answer, cut, deferred, rejection, timedOut } from '../../support/pipeline.js';

const RESET_MS = 60_000;

function setUp(rules: Partial<ResolvedBreakerOptions> = {}) {
  const events = new Events();
  const states: CircuitState[] = [];
  events.on('circuit', ({ state }) => states.push(state));
  const circuit = createCircuitBreaker(
    { failMax: 5, resetTimeoutMs: RESET_MS, volumeThreshold: 10, windowMs: 60_000, ...rules },
    events,
  );
  let behave: (attempt: Attempt) => Promise<HttpResponse> = async () => answer(200);
  let sent = 0;
  const send = circuit.layer((attempt) => {
    sent++;
    return behave(attempt);
  });
  return {
    circuit,
    states,
    sent: () => sent,
    /** One attempt that behaves in this way; tells how it ended. */
    attempt: (how: typeof behave, given: Partial<Attempt['call']> = {}) => {
      behave = how;
      return send(anAttempt(given)).then(
        ({ status }) => status,
        (error: Error) => error,
      );
    },
  };
}

const up = async () => answer(200);
const down = async () => answer(503);
const broken = async ({ call }: Attempt) => Promise.reject(cut(call));
const left = async ({ call }: Attempt) => Promise.reject(aborted(call));
const deadline = async ({ call }: Attempt) => Promise.reject(timedOut(call, 'deadline'));

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

describe('breaker: closed', () => {
  it('opens after exactly failMax consecutive failed attempts, whatever their kind', async () => {
    const { attempt, circuit, sent } = setUp();
    await times(2, () => attempt(down));
    await times(2, () => attempt(broken));
    expect(circuit.state).toBe('closed');
    await attempt(async ({ call }) => Promise.reject(timedOut(call)));
    expect(circuit.state).toBe('open');
    await attempt(up);
    expect(sent()).toBe(5);
  });

  it('hands failures on as they came', async () => {
    const { attempt } = setUp();
    expect(await attempt(down)).toBe(503);
    expect(await attempt(broken)).toMatchObject({ code: 'connection_failed' });
  });

  it.each([200, 301, 400, 401, 404, 422, 429])('takes %i as a sign of life', async (status) => {
    const { attempt, circuit } = setUp();
    await times(4, () => attempt(down));
    await attempt(async () => answer(status));
    await times(4, () => attempt(down));
    expect(circuit.state).toBe('closed');
  });

  it.each([
    ['an abort by the caller', left],
    ["the end of the call's deadline", deadline],
    ['a mistake in the program', async () => Promise.reject(new RangeError('bug'))],
  ])('takes %s as nothing: neither failure nor sign of life', async (_name, neutral) => {
    const { attempt, circuit } = setUp();
    await times(50, () => attempt(neutral));
    expect(circuit.state).toBe('closed');
    await times(4, async () => {
      await attempt(down);
      await attempt(neutral);
    });
    expect(circuit.state).toBe('closed');
    await attempt(down);
    expect(circuit.state).toBe('open');
  });

  it('does not count a token that could not be had: that was another request', async () => {
    const { attempt, circuit } = setUp({ failMax: 1 });
    const cause = new PersonaServerError('refresh', { status: 503 });
    await attempt(async () => Promise.reject(new PersonaServerError('get', { status: 503, cause })));
    expect(circuit.state).toBe('closed');
  });

  it('lets isFailure decide, but not about what is neutral', async () => {
    const { attempt, circuit } = setUp({ failMax: 2, isFailure: ({ status }) => status === 404 });
    await times(5, () => attempt(down));
    await times(5, () => attempt(left));
    expect(circuit.state).toBe('closed');
    await times(2, () => attempt(async () => answer(404)));
    expect(circuit.state).toBe('open');
  });
});

describe('breaker: open', () => {
  it('refuses without sending, says until when, and what became of the write', async () => {
    const { attempt, sent } = setUp({ failMax: 1 });
    await attempt(down);
    await vi.advanceTimersByTimeAsync(20_000);
    const error = await attempt(up, { method: 'POST', isWrite: true, name: 'personas.create' });
    expect(error).toBeInstanceOf(PersonaCircuitOpenError);
    expect(error).toMatchObject({ code: 'circuit_open', retryAfterMs: 40_000, maybeApplied: false });
    expect((error as Error).message).toContain('personas.create');
    expect((error as Error).message).toContain('Nothing was written');
    expect(sent()).toBe(1);
  });

  it('does not stand in the way of an endpoint that goes without it, and learns nothing from it', async () => {
    const { attempt, circuit } = setUp({ failMax: 1 });
    await times(3, () => attempt(down, { skipLayers: ['breaker'] }));
    expect(circuit.state).toBe('closed');
    await attempt(down);
    expect(await attempt(up, { skipLayers: ['breaker'] })).toBe(200);
    expect(circuit.state).toBe('open');
  });

  it('is due after resetTimeoutMs even where timers do not run between requests', async () => {
    const { attempt, circuit } = setUp({ failMax: 1 });
    await attempt(down);
    vi.clearAllTimers();
    vi.setSystemTime(Date.now() + RESET_MS);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + RESET_MS);
    expect(circuit.state).toBe('half-open');
  });
});

describe('breaker: half-open', () => {
  async function halfOpen() {
    const set = setUp({ failMax: 2 });
    await times(2, () => set.attempt(down));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(set.circuit.state).toBe('half-open');
    return set;
  }

  it('lets one attempt through at a time; its success closes the circuit', async () => {
    const { attempt, circuit, sent, states } = await halfOpen();
    const probe = deferred<HttpResponse>();
    const first = attempt(() => probe.promise);
    const others = await Promise.all([attempt(up), attempt(up)]);
    expect(others).toEqual([expect.any(PersonaCircuitOpenError), expect.any(PersonaCircuitOpenError)]);
    expect(sent()).toBe(3);
    probe.resolve(answer(200));
    expect(await first).toBe(200);
    expect(circuit.state).toBe('closed');
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again for the full period when the probe fails, and counts anew after it closed', async () => {
    const { attempt, circuit } = await halfOpen();
    await attempt(down);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(RESET_MS - 1);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    await attempt(up);
    await attempt(down);
    expect(circuit.state).toBe('closed');
  });

  it.each([
    ['the caller leaves', left],
    ['its deadline ends', deadline],
  ])('stays half-open and admits another when the probe proves nothing: %s', async (_name, neutral) => {
    const { attempt, circuit } = await halfOpen();
    await attempt(neutral);
    expect(circuit.state).toBe('half-open');
    expect(await attempt(up)).toBe(200);
    expect(circuit.state).toBe('closed');
  });

  it('replaces a probe that hangs', async () => {
    const { attempt, circuit } = await halfOpen();
    const hung = deferred<HttpResponse>();
    const first = attempt(() => hung.promise);
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(await attempt(up)).toBe(200);
    expect(circuit.state).toBe('closed');
    hung.resolve(answer(503));
    expect(await first).toBe(503);
    expect(circuit.state).toBe('closed');
  });

  it('begins its window anew after it closed', async () => {
    const { attempt, circuit } = setUp({ errorThresholdPercentage: 50, volumeThreshold: 4 });
    await times(4, () => attempt(down));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    await attempt(up);
    await attempt(down);
    expect(circuit.state).toBe('closed');
  });

  it('is not moved by attempts that began before it opened', async () => {
    const set = setUp({ failMax: 2 });
    const slow = [deferred<HttpResponse>(), deferred<HttpResponse>()] as const;
    const early = slow.map(({ promise }) => set.attempt(() => promise));
    await times(2, () => set.attempt(down));
    await vi.advanceTimersByTimeAsync(RESET_MS);
    expect(set.circuit.state).toBe('half-open');
    slow[0].resolve(answer(200));
    slow[1].resolve(answer(503));
    await Promise.all(early);
    expect(set.circuit.state).toBe('half-open');
  });
});

describe('breaker: all of it', () => {
  it('agrees with a model in every sequence', async () => {
    const step = fc.oneof(
      fc.constantFrom('up', 'down', 'left' as const),
      fc.record({ wait: fc.integer({ min: 1, max: 150 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 40 }),
        async (failMax, steps) => {
          const { attempt, circuit } = setUp({ failMax, resetTimeoutMs: 100 });
          const model = { state: 'closed' as CircuitState, failures: 0, openFor: 0 };
          for (const one of steps) {
            if (typeof one === 'object') {
              await vi.advanceTimersByTimeAsync(one.wait);
              model.openFor += one.wait;
              if (model.state === 'open' && model.openFor >= 100) model.state = 'half-open';
            } else {
              const result = await attempt(one === 'up' ? up : one === 'down' ? down : left);
              if (model.state === 'open') expect(result).toBeInstanceOf(PersonaCircuitOpenError);
              else if (one === 'up') Object.assign(model, { state: 'closed', failures: 0 });
              else if (one === 'down' && (++model.failures >= failMax || model.state === 'half-open'))
                Object.assign(model, { state: 'open', openFor: 0 });
            }
            expect(circuit.state).toBe(model.state);
          }
          circuit.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves no timer when closed', async () => {
    const { attempt, circuit } = setUp({ failMax: 1 });
    await attempt(down);
    circuit.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with what the attempt rejected with, one object for one', async () => {
    const { circuit } = setUp();
    const reason = new RangeError('bug');
    expect(await rejection(circuit.layer(() => Promise.reject(reason))(anAttempt()))).toBe(reason);
  });
});
