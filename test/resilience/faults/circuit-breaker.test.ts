import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedBreakerOptions } from '../../../src/config/breaker-options.js';
import { PersonaCircuitOpenError, PersonaNotFoundError } from '../../../src/core/errors/index.js';
import { EventEmitter } from '../../../src/core/event-emitter.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { createCircuitBreaker } from '../../../src/pipeline/circuit-breaker/index.js';
import { catchError } from '../../support/failures.js';
import {
  abortError,
  connectionReset,
  createAttempt,
  createResponse,
  deferred,
  timeoutError,
} from '../../support/pipeline.js';
import { BreakerModel, type OutcomeKind, type RunningAttempt } from './support/breaker-model.js';
import { addRow } from './support/report-table.js';

const RUNS = 10_000;

interface System {
  readonly circuit: ReturnType<typeof createCircuitBreaker>;
  running: RunningAttempt[];
}
type Step = fc.AsyncCommand<BreakerModel, System>;

type Deferred = ReturnType<typeof deferred<HttpResponse>>;

/** The ways to settle an attempt, by kind. */
const SETTLEMENTS: Record<OutcomeKind, readonly ((attempt: Deferred) => void)[]> = {
  success: [(attempt) => attempt.resolve(createResponse(200))],
  failure: [
    (attempt) => attempt.resolve(createResponse(503)),
    (attempt) => attempt.reject(connectionReset(createAttempt().call)),
    (attempt) => attempt.reject(timeoutError(createAttempt().call)),
  ],
  'scope failure': [(attempt) => attempt.resolve(createResponse(500))],
  rejected: [
    (attempt) => attempt.resolve(createResponse(404)),
    (attempt) => attempt.resolve(createResponse(429)),
  ],
  neutral: [
    (attempt) => attempt.reject(abortError(createAttempt().call)),
    (attempt) => attempt.reject(timeoutError(createAttempt().call, 'deadline')),
    (attempt) => attempt.reject(new PersonaNotFoundError('not found', { personaId: 1 })),
    (attempt) => attempt.reject(new RangeError('bug')),
  ],
};

const expectSameState = (model: BreakerModel, { circuit }: System) => {
  model.checkTime();
  expect(circuit.state).toBe(model.state);
};

/** Starts an attempt. If it is admitted, it runs until another step settles it. */
class StartAttempt implements Step {
  readonly #personaId: number | undefined;
  /** @param personaId the persona of the attempt, or `undefined` for a create. */
  constructor(personaId: number | undefined) {
    this.#personaId = personaId;
  }
  check = () => true;
  toString = () => `start(${this.#personaId})`;
  async run(model: BreakerModel, system: System) {
    const attempt = deferred<HttpResponse>();
    const next = vi.fn(() => attempt.promise);
    const isCreate = this.#personaId === undefined;
    const scope = isCreate ? 'POST /personas' : String(this.#personaId);
    const request = isCreate ? ({ method: 'POST', path: '/personas' } as const) : {};
    const send = system.circuit.layer(next);
    const error = catchError(send(createAttempt({ personaId: this.#personaId, ...request })));
    const isAdmitted = model.admits(scope);
    expect(next).toHaveBeenCalledTimes(isAdmitted ? 1 : 0);
    if (isAdmitted)
      system.running.push({
        period: model.period,
        scope,
        settle: async (kind) => {
          const ways = SETTLEMENTS[kind];
          ways[Math.floor(model.nowMs) % ways.length]?.(attempt);
          await error;
        },
      });
    else expect(await error).toBeInstanceOf(PersonaCircuitOpenError);
    expectSameState(model, system);
  }
}

class SettleAttempt implements Step {
  readonly #index: number;
  readonly #kind: OutcomeKind;
  constructor(index: number, kind: OutcomeKind) {
    this.#index = index;
    this.#kind = kind;
  }
  check = () => true;
  toString = () => `settle(${this.#index}, ${this.#kind})`;
  async run(model: BreakerModel, system: System) {
    const [attempt] = system.running.splice(this.#index % Math.max(1, system.running.length), 1);
    if (!attempt) return;
    model.checkTime();
    await attempt.settle(this.#kind);
    model.record(this.#kind, attempt);
    expectSameState(model, system);
  }
}

class Wait implements Step {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = () => true;
  toString = () => `wait(${this.#ms})`;
  async run(model: BreakerModel, system: System) {
    model.nowMs += this.#ms;
    await vi.advanceTimersByTimeAsync(this.#ms);
    expectSameState(model, system);
  }
}

const kinds = fc.constantFrom<OutcomeKind>(
  'success',
  ...(['failure', 'failure', 'scope failure', 'scope failure', 'scope failure'] as const),
  ...(['rejected', 'neutral'] as const),
);
const personaIds = fc.constantFrom(1, 1, 1, 2, 3, undefined);
/** All times are multiples of `unitMs`. */
const anyStep = (unitMs: number) => [
  personaIds.map((personaId) => new StartAttempt(personaId)),
  fc.tuple(fc.nat(5), kinds).map(([index, kind]) => new SettleAttempt(index, kind)),
  fc.integer({ min: 1, max: 150 }).map((ms) => new Wait(ms * unitMs)),
];
const anyOptions = (unitMs: number): Readonly<Record<string, fc.Arbitrary<ResolvedBreakerOptions>>> => {
  const resetTimeoutMs = fc.constantFrom(100 * unitMs, 100 * unitMs, 40 * unitMs, Number.POSITIVE_INFINITY);
  const consecutive = { failMax: fc.integer({ min: 1, max: 4 }), resetTimeoutMs };
  const common = {
    volumeThreshold: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.constantFrom(100 * unitMs, 300 * unitMs),
  };
  return {
    'consecutive failures': fc.record({ ...common, ...consecutive }),
    'failure rate': fc.record({
      ...common,
      ...consecutive,
      errorThresholdPercentage: fc.constantFrom(1, 34, 50, 100),
    }),
  };
};

afterEach(() => {
  vi.useRealTimers();
});

describe('circuit breaker against a model', () => {
  it.for([
    ['consecutive failures', 'timers run', 1],
    ['failure rate', 'timers run', 1],
    ['consecutive failures', 'timers do not run', 1_000],
    ['failure rate', 'timers do not run', 1_000],
  ] as const)('has the same state as the model: %s, %s', async ([policy, timers, unitMs], { task }) => {
    vi.useFakeTimers(timers === 'timers run' ? { now: 0 } : { now: 0, toFake: ['performance', 'Date'] });
    let runs = 0;
    let stateChanges = 0;
    await fc.assert(
      fc.asyncProperty(
        anyOptions(unitMs)[policy] ?? fc.constant({} as ResolvedBreakerOptions),
        fc.commands(anyStep(unitMs), { maxCommands: 50, size: '+1' }),
        async (options, commands) => {
          const model = new BreakerModel(options);
          const offsetMs = performance.now() % 3_000_000;
          await vi.advanceTimersByTimeAsync(3_000_000 - offsetMs); // The model starts at a bucket boundary.
          const circuit = createCircuitBreaker(options, new EventEmitter());
          await fc.asyncModelRun(() => ({ model, real: { circuit, running: [] } }), commands);
          circuit.close();
          runs++;
          stateChanges += model.period;
        },
      ),
      { numRuns: RUNS },
    );
    const fault = `circuit breaker against a model, ${policy}, ${timers}`;
    addRow(task, { fault, calls: runs, sent: '', outcomes: `all agree; ${stateChanges} state changes` });
    expect(stateChanges).toBeGreaterThan(RUNS);
  });

  it('opens after 45 failures, even if every fourth attempt aborts', async () => {
    const circuit = createCircuitBreaker(
      { failMax: 45, resetTimeoutMs: 60_000, volumeThreshold: 10, windowMs: 60_000 },
      new EventEmitter(),
    );
    for (let attempt = 1, failures = 0; failures < 45; attempt++) {
      expect(circuit.state).toBe('closed');
      const createError = attempt % 4 === 0 ? abortError : connectionReset;
      if (attempt % 4 !== 0) failures++;
      await circuit
        .layer(({ call }) => Promise.reject(createError(call)))(createAttempt())
        .catch(() => {});
    }
    expect(circuit.state).toBe('open');
    circuit.close();
  });
});
