import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedBreakerOptions } from '../../../src/config/breaker-options.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import { createCircuitBreaker } from '../../../src/pipeline/circuit-breaker/index.js';
import { consecutiveFailures, failureRate } from '../../../src/pipeline/circuit-breaker/trip-policy.js';
import {
  abortError,
  connectionReset,
  createAttempt,
  createResponse,
  timeoutError,
} from '../../support/pipeline.js';

const RESET_MS = 60_000;
const POLICIES: Readonly<Record<string, Partial<ResolvedBreakerOptions>>> = {
  'consecutive failures': { failMax: 5 },
  'failure rate': { errorThresholdPercentage: 50, volumeThreshold: 5 },
};

function setup(options: Partial<ResolvedBreakerOptions>) {
  const circuit = createCircuitBreaker(
    { failMax: 5, resetTimeoutMs: RESET_MS, volumeThreshold: 10, windowMs: 60_000, ...options },
    new EventEmitter(),
  );
  /** Sends one attempt for a persona. Returns the status or the code of the error. */
  const get = (personaId: number, outcome: number | 'reset' | 'timeout' | 'abort') =>
    circuit
      .layer(async ({ call }) => {
        if (outcome === 'reset') throw connectionReset(call);
        if (outcome === 'timeout') throw timeoutError(call);
        if (outcome === 'abort') throw abortError(call);
        return createResponse(outcome);
      })(createAttempt({ personaId, path: `/personas/${personaId}` }))
      .then(
        ({ status }) => status,
        ({ code }) => code,
      );
  const repeat = async (count: number, ...args: Parameters<typeof get>) => {
    for (let i = 0; i < count; i++) await get(...args);
  };
  return { circuit, get, repeat };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(Object.entries(POLICIES))('a persona that always fails with 500: %s', (_, options) => {
  it('never opens the circuit while other personas are read in between', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(4, 1, 500);
    for (let round = 0; round < 200; round++) {
      await get(2, 200);
      await repeat(20, 1, 500);
      expect(circuit.state).toBe('closed');
      await vi.advanceTimersByTimeAsync(1_000);
    }
  });

  it('opens the circuit of a client that reads only this one', async () => {
    const { circuit, repeat } = setup(options);
    await repeat(4, 1, 500);
    expect(circuit.state).toBe('closed');
    await repeat(1, 1, 500);
    expect(circuit.state).toBe('open');
  });

  it('opens the circuit after others have not succeeded for windowMs', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(4, 1, 500);
    await get(2, 200);
    await repeat(20, 1, 500);
    expect(circuit.state).toBe('closed');
    await vi.advanceTimersByTimeAsync(60_000);
    await repeat(5, 1, 500);
    expect(circuit.state).toBe('open');
  });

  it('does not hide that other personas fail, too', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(2, 1, 500);
    await get(2, 200);
    await repeat(10, 1, 500);
    for (const personaId of [2, 3, 4, 5]) await get(personaId, 500);
    await get(6, 500);
    expect(circuit.state).toBe('open');
  });

  it.each(['reset', 'timeout', 503, 502, 504] as const)(
    'counts each %s, which is about the service',
    async (outcome) => {
      const { circuit, get, repeat } = setup(options);
      await repeat(2, 1, outcome);
      await get(2, 200);
      await repeat(10, 1, outcome);
      expect(circuit.state).toBe('open');
    },
  );

  it('lets another persona close the circuit at once', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(5, 1, 500);
    expect(await get(1, 200)).toBe('circuit_open');
    expect(await get(2, 200)).toBe(200);
    expect(circuit.state).toBe('closed');
  });

  it('does not keep the circuit open by failing every probe', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(5, 1, 503);
    expect(await get(2, 200)).toBe('circuit_open');
    for (let period = 0; period < 3; period++) {
      await vi.advanceTimersByTimeAsync(RESET_MS);
      expect(await get(1, 500)).toBe(500);
      expect(circuit.state).toBe('open');
    }
    expect(await get(1, 200)).toBe('circuit_open');
    expect(await get(2, 200)).toBe(200);
    expect(circuit.state).toBe('closed');
  });

  it('leaves the probe to others even if two personas fail', async () => {
    const { circuit, get, repeat } = setup(options);
    await repeat(5, 1, 500);
    expect(await get(2, 500)).toBe(500);
    expect(await get(3, 200)).toBe('circuit_open');
    await vi.advanceTimersByTimeAsync(RESET_MS);
    await get(1, 500);
    expect(await get(2, 200)).toBe('circuit_open');
    expect(await get(3, 200)).toBe(200);
    expect(circuit.state).toBe('closed');
  });
});

describe('creates that always fail with 500', () => {
  it('are one failure scope, so that reads probe the circuit at once', async () => {
    const { circuit, get } = setup({});
    const create = circuit.layer(async () => createResponse(500));
    for (let i = 0; i < 5; i++)
      await create(createAttempt({ personaId: undefined, method: 'POST', path: '/personas' }));
    expect(circuit.state).toBe('open');
    expect(await get(1, 200)).toBe(200);
    expect(circuit.state).toBe('closed');
  });
});

describe('the extra probe for another failure scope', () => {
  it('is one per open period', async () => {
    const { circuit, get, repeat } = setup({});
    await repeat(5, 1, 500);
    expect(await get(2, 500)).toBe(500);
    for (let personaId = 3; personaId < 10; personaId++)
      expect(await get(personaId, 500)).toBe('circuit_open');
    await vi.advanceTimersByTimeAsync(RESET_MS - 1);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state).toBe('half-open');
  });

  it.each(['reset', 'timeout', 503] as const)(
    'is not sent if the circuit opened by a %s',
    async (outcome) => {
      const { get, repeat } = setup({});
      await repeat(4, 1, 500);
      await get(1, outcome);
      expect(await get(2, 200)).toBe('circuit_open');
    },
  );

  it('is not sent if two scopes failed', async () => {
    const { get, repeat } = setup({});
    await repeat(4, 1, 500);
    await get(2, 500);
    expect(await get(3, 200)).toBe('circuit_open');
  });

  it('is followed by another probe if it is aborted', async () => {
    const { circuit, get, repeat } = setup({});
    await repeat(5, 1, 500);
    await get(2, 'abort');
    expect(circuit.state).toBe('half-open');
    expect(await get(3, 200)).toBe(200);
    expect(circuit.state).toBe('closed');
  });
});

describe('the memory of trip policies', () => {
  it.each([
    ['consecutive failures', () => consecutiveFailures(5, 60_000)],
    ['failure rate', () => failureRate(50, 10, 60_000)],
  ])('still counts the failures of more scopes than it stores: %s', (_, createPolicy) => {
    const policy = createPolicy();
    for (let id = 0; id < 1_000; id++) {
      policy.failure(String(id));
      policy.success('other');
    }
    let hasTripped = false;
    for (let id = 2_000; id < 5_000; id++) hasTripped ||= policy.failure(String(id));
    expect(hasTripped).toBe(true);
  });
});
