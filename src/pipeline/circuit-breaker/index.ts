import CircuitBreaker from 'opossum';
import type { AttemptOutcome } from '../../config/options.js';
import type { ResolvedBreakerOptions } from '../../config/resolve-options.js';
import { appliedHint, describeCall, errorDetails } from '../../core/call.js';
import { record } from '../../core/call-log.js';
import { PersonaCircuitOpenError, PersonaError } from '../../core/errors/index.js';
import type { CircuitState, Events } from '../../core/events.js';
import type { HttpResponse } from '../../core/response.js';
import type { Attempt, Layer, Send } from '../layer.js';
import { consecutiveFailures, failureRate, type TripPolicy } from './trip-policy.js';

export interface Breaker {
  readonly layer: Layer;
  readonly state: CircuitState;
  close(): void;
}

type Verdict = 'failure' | 'success' | 'neutral';
type Circuit = CircuitBreaker<[() => Promise<unknown>]>;

/** No breaker: every attempt passes. */
export const alwaysClosed: Breaker = { layer: (next) => next, state: 'closed', close: () => {} };

/** Made with the first attempt: opossum's circuit weighs as much as the rest of a client, and many clients never send anything. */
export function createCircuitBreaker(rules: ResolvedBreakerOptions, events: Events): Breaker {
  let made: Breaker | undefined;
  return {
    layer: (next) => {
      let send: Send | undefined;
      return (attempt) => {
        made ??= makeBreaker(rules, events);
        send ??= made.layer(next);
        return send(attempt);
      };
    },
    get state() {
      return made?.state ?? 'closed';
    },
    close: () => made?.close(),
  };
}

/**
 * Opens after `failMax` consecutive failed attempts and lets a single one through after `resetTimeoutMs`.
 *
 * opossum holds the state and admits the probe; counting is ours, since it can only count percentages of a
 * window. Each half-open period is a new opossum circuit, so what began earlier can no longer move the state,
 * and whether it is due is asked per attempt: timers die with the request on some edge runtimes.
 */
function makeBreaker(rules: ResolvedBreakerOptions, events: Events): Breaker {
  const trip = tripOf(rules);
  let failures = 0;
  let openedAt = 0;
  let probeAt: number | undefined;
  let circuit = create();

  function create(halfOpen = false): Circuit {
    const windowControl = new WindowControl();
    const created: Circuit = new CircuitBreaker((run: () => Promise<unknown>) => run(), {
      timeout: false,
      resetTimeout: Math.min(rules.resetTimeoutMs, MAX_TIMER_MS),
      volumeThreshold: Number.MAX_SAFE_INTEGER, // opossum never opens a closed circuit by itself
      rollingCountBuckets: 1,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: windowControl as never,
      ...(halfOpen ? { state: { closed: false, halfOpen: true } as never } : {}),
    });
    created.on('success', () => windowControl.rotate());
    created.on('failure', () => windowControl.rotate());
    created.on('open', () => {
      if (created !== circuit) return;
      openedAt = performance.now();
      probeAt = undefined;
      events.emit('circuit', { state: 'open', failures });
    });
    created.on('close', () => {
      if (created !== circuit) return;
      trip.reset();
      events.emit('circuit', { state: 'closed', failures: 0 });
    });
    created.on('halfOpen', () => {
      if (created !== circuit) return;
      if (rules.resetTimeoutMs > MAX_TIMER_MS) created.open();
      else toHalfOpen();
    });
    return created;
  }

  function toHalfOpen(): void {
    const old = circuit;
    probeAt = undefined;
    circuit = create(true);
    old.shutdown();
    events.emit('circuit', { state: 'half-open', failures });
  }

  /** Let time take effect: an open circuit whose period is over, a probe that hangs. */
  function tick(): void {
    const now = performance.now();
    if (circuit.opened && now - openedAt >= rules.resetTimeoutMs) toHalfOpen();
    else if (circuit.halfOpen && probeAt !== undefined && now - probeAt >= rules.resetTimeoutMs) toHalfOpen();
  }

  function judge(outcome: AttemptOutcome): Verdict {
    const { error } = outcome;
    if (error !== undefined && !COUNTED.has(error.code)) return 'neutral';
    if (error?.code === 'timeout' && 'scope' in error && error.scope === 'deadline') return 'neutral';
    if (error?.cause instanceof PersonaError) return 'neutral'; // a token could not be had: that was another request
    return isFailure(outcome) ? 'failure' : 'success';
  }

  function isFailure(outcome: AttemptOutcome): boolean {
    const { status } = outcome;
    const ordinarily = status === undefined || status >= 500;
    try {
      return rules.isFailure?.(outcome) ?? ordinarily;
    } catch (error) {
      queueMicrotask(() => console.error('persona-client: breaker.isFailure threw', error));
      return ordinarily;
    }
  }

  /** Run an attempt for opossum: rejects only what counts as failure, and keeps what is neutral from it. */
  async function observed(run: () => Promise<HttpResponse>, own: Circuit): Promise<Settled> {
    let settled: Settled;
    try {
      const answer = await run();
      settled = { answer, verdict: judge({ status: answer.status }) };
    } catch (error) {
      settled = { error, verdict: error instanceof PersonaError ? judge(statusOf(error)) : 'neutral' };
    }
    if (own !== circuit) return settled;
    if (settled.verdict === 'failure') {
      failures++;
      throw new Counted(settled, trip.failure());
    }
    if (settled.verdict === 'success') {
      failures = 0;
      trip.success();
    } else if (own.halfOpen) toHalfOpen();
    return settled;
  }

  function refusal({ call }: Attempt): PersonaCircuitOpenError {
    record(events, call, { event: 'circuitRejected', state: circuit.opened ? 'open' : 'half-open' });
    const retryAfterMs = Math.max(
      0,
      Math.ceil((probeAt ?? openedAt) + rules.resetTimeoutMs - performance.now()),
    );
    return new PersonaCircuitOpenError(
      `${describeCall(call)} was not sent: the circuit is ${circuit.opened ? 'open' : 'half-open, with one request trying'}; failed attempts in a row so far: ${failures}. ` +
        `${triedAgain(retryAfterMs)}${appliedHint(call)}`,
      { ...errorDetails(call), retryAfterMs, cause: call.progress.lastError },
    );
  }

  const layer: Layer = (next) => async (attempt) => {
    if (attempt.call.skipLayers.includes('breaker')) return next(attempt);
    tick();
    const own = circuit;
    if (own.opened || (own.halfOpen && !own.pendingClose)) throw refusal(attempt);
    if (own.halfOpen) probeAt = performance.now();
    let settled: Settled;
    try {
      settled = (await own.fire(() => observed(() => next(attempt), own))) as Settled;
    } catch (error) {
      if (!(error instanceof Counted)) throw error;
      if (error.tripped && own === circuit && own.closed) own.open();
      settled = error.settled;
    }
    if ('error' in settled) throw settled.error;
    return settled.answer;
  };

  return {
    layer,
    get state() {
      tick();
      return circuit.opened ? 'open' : circuit.halfOpen ? 'half-open' : 'closed';
    },
    close: () => circuit.shutdown(),
  };
}

const triedAgain = (retryAfterMs: number): string =>
  Number.isFinite(retryAfterMs)
    ? `The service is tried again in ${Math.ceil(retryAfterMs / 1000)} s.`
    : 'It stays so.';

const MAX_TIMER_MS = 2 ** 31 - 1;

const tripOf = ({
  failMax,
  errorThresholdPercentage,
  volumeThreshold,
  windowMs,
}: ResolvedBreakerOptions): TripPolicy =>
  errorThresholdPercentage === undefined
    ? consecutiveFailures(failMax)
    : failureRate(errorThresholdPercentage, volumeThreshold, windowMs);

/** Errors that say something about the service's health. All others are neutral. */
const COUNTED = new Set(['connection_failed', 'timeout', 'server_error']);

type Settled = { readonly verdict: Verdict } & (
  | { readonly answer: HttpResponse }
  | { readonly error: unknown }
);

/** Carries an outcome through opossum as a failure. */
class Counted extends Error {
  readonly settled: Settled;
  readonly tripped: boolean;
  constructor(settled: Settled, tripped: boolean) {
    super('counted as a failure');
    this.settled = settled;
    this.tripped = tripped;
  }
}

const statusOf = (error: PersonaError): AttemptOutcome => ({
  error,
  ...('status' in error && typeof error.status === 'number' ? { status: error.status } : {}),
});

/** What opossum asks of a `rotateBucketController`. Rotating on demand keeps its history at one outcome, without an interval. */
class WindowControl {
  #rotate: (() => void) | undefined;
  listenerCount(): number {
    return this.#rotate ? 1 : 0;
  }
  on(_event: string, rotate: () => void): void {
    this.#rotate = rotate;
  }
  removeListener(): void {
    this.#rotate = undefined;
  }
  rotate(): void {
    this.#rotate?.();
  }
}
