import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedBreakerOptions } from '../../../src/config/resolve-options.js';
import { PersonaCircuitOpenError, PersonaNotFoundError } from '../../../src/core/errors/index.js';
import { Events } from '../../../src/core/events.js';
import type { HttpResponse } from '../../../src/core/response.js';
import { createCircuitBreaker } from '../../../src/pipeline/circuit-breaker/index.js';
import { aborted, anAttempt, answer, cut, deferred, timedOut } from '../../support/pipeline.js';
import { BreakerModel, type Kind, type Running } from './support/breaker-model.js';
import { tell } from './support/table.js';

const RUNS = 10_000;

interface Real {
  readonly circuit: ReturnType<typeof createCircuitBreaker>;
  running: Running[];
}
type Step = fc.AsyncCommand<BreakerModel, Real>;

/** How attempts of each kind end. */
const ENDS: Record<Kind, readonly ((end: ReturnType<typeof deferred<HttpResponse>>) => void)[]> = {
  up: [(end) => end.resolve(answer(200))],
  down: [
    (end) => end.resolve(answer(503)),
    (end) => end.reject(cut(anAttempt().call)),
    (end) => end.reject(timedOut(anAttempt().call)),
  ],
  alive: [(end) => end.resolve(answer(404)), (end) => end.resolve(answer(429))],
  neutral: [
    (end) => end.reject(aborted(anAttempt().call)),
    (end) => end.reject(timedOut(anAttempt().call, 'deadline')),
    (end) => end.reject(new PersonaNotFoundError('a refused token', { personaId: 1 })),
    (end) => end.reject(new RangeError('a mistake')),
  ],
};

const same = (model: BreakerModel, { circuit }: Real) => {
  model.tick();
  expect(circuit.state).toBe(model.state);
};

/** An attempt begins; if it is let through, it is under way until another step ends it. */
class Begin implements Step {
  check = () => true;
  toString = () => 'begin';
  async run(model: BreakerModel, real: Real) {
    const end = deferred<HttpResponse>();
    const next = vi.fn(() => end.promise);
    const settled = real.circuit
      .layer(next)(anAttempt())
      .catch((error: unknown) => error);
    const admitted = model.admits();
    expect(next).toHaveBeenCalledTimes(admitted ? 1 : 0);
    if (admitted)
      real.running.push({
        period: model.period,
        end: async (kind) => {
          const ways = ENDS[kind];
          ways[Math.floor(model.now) % ways.length]?.(end);
          await settled;
        },
      });
    else expect(await settled).toBeInstanceOf(PersonaCircuitOpenError);
    same(model, real);
  }
}

class End implements Step {
  readonly #which: number;
  readonly #kind: Kind;
  constructor(which: number, kind: Kind) {
    this.#which = which;
    this.#kind = kind;
  }
  check = () => true;
  toString = () => `end(${this.#which}, ${this.#kind})`;
  async run(model: BreakerModel, real: Real) {
    const [one] = real.running.splice(this.#which % Math.max(1, real.running.length), 1);
    if (!one) return;
    model.tick();
    await one.end(this.#kind);
    model.outcome(this.#kind, one.period);
    same(model, real);
  }
}

class Wait implements Step {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = () => true;
  toString = () => `wait(${this.#ms})`;
  async run(model: BreakerModel, real: Real) {
    model.now += this.#ms;
    await vi.advanceTimersByTimeAsync(this.#ms);
    same(model, real);
  }
}

const kinds = fc.constantFrom<Kind>('up', 'down', 'down', 'down', 'alive', 'neutral');
const stepsOf = (unit: number) => [
  fc.constant(new Begin()),
  fc.tuple(fc.nat(5), kinds).map(([which, kind]) => new End(which, kind)),
  fc.integer({ min: 1, max: 150 }).map((ms) => new Wait(ms * unit)),
];
const rulesOf = (unit: number): Readonly<Record<string, fc.Arbitrary<ResolvedBreakerOptions>>> => {
  const resetTimeoutMs = fc.constantFrom(100 * unit, 100 * unit, 40 * unit, Number.POSITIVE_INFINITY);
  const consecutive = { failMax: fc.integer({ min: 1, max: 4 }), resetTimeoutMs };
  const common = {
    volumeThreshold: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.constantFrom(100 * unit, 300 * unit),
  };
  return {
    'consecutive failures': fc.record({ ...common, ...consecutive }),
    rate: fc.record({ ...common, ...consecutive, errorThresholdPercentage: fc.constantFrom(1, 34, 50, 100) }),
  };
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the breaker as a state machine', () => {
  it.for([
    ['consecutive failures', 'timers run', 1],
    ['rate', 'timers run', 1],
    ['consecutive failures', 'timers do not run', 1_000],
    ['rate', 'timers do not run', 1_000],
  ] as const)('agrees with its model: %s, %s', async ([policy, timers, unit], { task }) => {
    vi.useFakeTimers(timers === 'timers run' ? { now: 0 } : { now: 0, toFake: ['performance', 'Date'] });
    let ran = 0;
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(
        rulesOf(unit)[policy] ?? fc.constant({} as ResolvedBreakerOptions),
        fc.commands(stepsOf(unit), { maxCommands: 50, size: '+1' }),
        async (rules, commands) => {
          const model = new BreakerModel(rules);
          const tooFar = performance.now() % 3_000_000; // windows are counted from the start of time
          await vi.advanceTimersByTimeAsync(3_000_000 - tooFar);
          const circuit = createCircuitBreaker(rules, new Events());
          await fc.asyncModelRun(() => ({ model, real: { circuit, running: [] } }), commands);
          circuit.close();
          ran++;
          changes += model.period;
        },
      ),
      { numRuns: RUNS },
    );
    const fault = `breaker against its model, ${policy}, ${timers}`;
    tell(task, { fault, calls: ran, sent: '', outcomes: `all agree; ${changes} changes of state` });
    expect(changes).toBeGreaterThan(RUNS);
  });

  it('opens after 45 failures of which every fourth outcome is an abort', async () => {
    const circuit = createCircuitBreaker(
      { failMax: 45, resetTimeoutMs: 60_000, volumeThreshold: 10, windowMs: 60_000 },
      new Events(),
    );
    for (let at = 1, failures = 0; failures < 45; at++) {
      expect(circuit.state).toBe('closed');
      const way = at % 4 === 0 ? aborted : cut;
      if (at % 4 !== 0) failures++;
      await circuit
        .layer(({ call }) => Promise.reject(way(call)))(anAttempt())
        .catch(() => {});
    }
    expect(circuit.state).toBe('open');
    circuit.close();
  });
});
