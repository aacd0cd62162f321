import Opossum from 'opossum';
import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';
import type { Call } from '../../core/call.js';
import { recordEvent } from '../../core/call-log.js';
import { sleepAwareNow } from '../../core/clock.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import type { CircuitState } from '../../core/events.js';
import { MAX_TIMER_MS } from '../../core/timers.js';
import type { Attempt, Layer, Send } from '../layer.js';
import { type AttemptResult, classifyError, classifyResponse } from './classify.js';
import { ExtraProbe } from './extra-probe.js';
import { findFailureScope, mayConcernOneScope } from './failure-scope.js';
import { createCircuitOpenError } from './open-error.js';
import { createTripPolicy } from './trip-policy.js';

export interface CircuitBreaker {
  readonly layer: Layer;
  readonly state: CircuitState;
  /**
   * Checks that the circuit admits an attempt of a call now. The layer checks again, because the call may wait before its
   * attempt.
   *
   * @throws {PersonaCircuitOpenError} if the circuit rejects the attempt. Also emits `circuitRejected`.
   */
  assertAdmits(call: Call): void;
  /** Stops the timer of an open circuit. */
  close(): void;
}

type Circuit = Opossum<[() => Promise<unknown>]>;

/** Replaces the timer that rotates the statistics of opossum, which one probe does not need. */
const NO_ROTATION = { on: () => {}, removeListener: () => {}, listenerCount: () => 0 };

/**
 * Adapts opossum, which stores the state of the circuit and admits the probe. Other features are off or replaced:
 *
 * - Counting: opossum knows only the failure percentage of a window. The trip policy decides when the circuit opens. So opossum
 *   runs only probes. In a closed circuit, it would add six promises to each attempt.
 * - Timeouts and statistics: `exchange` bounds each attempt, and events report it.
 * - Reset timer: some edge runtimes drop timers together with their request. So each attempt also checks the time.
 *
 * The first opossum circuit is created when the circuit opens, because most circuits never do. Each half-open period is a new one.
 * Attempts that started before such a period cannot change the state.
 *
 * If one failure scope opened the circuit or failed the probe, the next attempt for another scope is an extra probe.
 */
export function createOpossumBreaker(options: ResolvedBreakerOptions, events: EventEmitter): CircuitBreaker {
  const { resetTimeoutMs } = options;
  const tripPolicy = createTripPolicy(options);
  let consecutiveFailures = 0;
  let openedAt = 0;
  let probeStartedAt: number | undefined;
  let halfOpenPeriods = 0;
  let isShutdown = false;
  const extraProbe = new ExtraProbe();
  /** `undefined` before the circuit opens for the first time. */
  let circuit: Circuit | undefined;

  function createCircuit(isHalfOpen = false): Circuit {
    const newCircuit: Circuit = new Opossum((run: () => Promise<unknown>) => run(), {
      timeout: false,
      resetTimeout: Math.min(resetTimeoutMs, MAX_TIMER_MS),
      volumeThreshold: Number.MAX_SAFE_INTEGER, // opossum itself never opens a closed circuit
      rollingCountBuckets: 1,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: NO_ROTATION as never,
      ...(isHalfOpen ? { state: { closed: false, halfOpen: true } as never } : {}),
    });
    newCircuit.on('open', () => {
      if (newCircuit !== circuit) return;
      openedAt = sleepAwareNow();
      probeStartedAt = undefined;
      extraProbe.onOpen();
      events.emit('circuit', { state: 'open', failures: consecutiveFailures });
    });
    newCircuit.on('close', () => {
      if (newCircuit !== circuit) return;
      tripPolicy.reset();
      extraProbe.reset();
      events.emit('circuit', { state: 'closed', failures: 0 });
    });
    newCircuit.on('halfOpen', () => {
      if (newCircuit !== circuit) return;
      if (resetTimeoutMs > MAX_TIMER_MS)
        newCircuit.open(); // a timer cannot run that long, so restart it
      else halfOpen();
    });
    return newCircuit;
  }

  function open(): void {
    if (isShutdown) return;
    circuit ??= createCircuit();
    circuit.open();
  }

  function halfOpen(): void {
    const previous = circuit;
    probeStartedAt = undefined;
    halfOpenPeriods++;
    extraProbe.onHalfOpen();
    circuit = createCircuit(true);
    previous?.shutdown();
    events.emit('circuit', { state: 'half-open', failures: consecutiveFailures });
  }

  const isClosed = () => circuit?.closed ?? true;

  /** Half-opens the circuit after its open period, and again if the probe hangs. */
  function halfOpenIfDue(): void {
    if (!circuit || circuit.closed) return;
    const since = circuit.opened ? openedAt : probeStartedAt;
    if (since !== undefined && sleepAwareNow() - since >= resetTimeoutMs) halfOpen();
  }

  /** Sends an attempt and counts its result. After a neutral probe, the circuit admits another one. Never rejects. */
  async function runAttempt(next: Send, attempt: Attempt): Promise<AttemptResult> {
    const { call } = attempt;
    const initialPeriods = halfOpenPeriods;
    let result: AttemptResult;
    try {
      const response = await next(attempt);
      result = { response, classification: classifyResponse(response, options.isFailure) };
    } catch (error) {
      result = { error, classification: classifyError(error, call, options.isFailure) };
    }
    if (initialPeriods === halfOpenPeriods) count(result, findFailureScope(call));
    return result;
  }

  function count(result: AttemptResult, scope: string): void {
    if (result.classification === 'failure') {
      consecutiveFailures++;
      const failing = mayConcernOneScope(result) ? scope : undefined;
      if (!circuit?.opened) extraProbe.onFailure(failing, circuit?.halfOpen || consecutiveFailures === 1);
      if (isClosed() && tripPolicy.failure(failing)) open();
    } else if (result.classification === 'success') {
      consecutiveFailures = 0;
      if (!circuit?.opened) tripPolicy.success(scope);
    } else if (circuit?.halfOpen) halfOpen();
  }

  /** Runs the probe with opossum, which closes or opens the circuit. opossum counts only rejections as failures. */
  const probe = (halfOpenCircuit: Circuit, run: () => Promise<AttemptResult>): Promise<AttemptResult> =>
    halfOpenCircuit
      .fire(async () => {
        const result = await run();
        return result.classification === 'failure' ? Promise.reject(result) : result;
      })
      .catch((failed: unknown) =>
        failed instanceof Error ? { error: failed, classification: 'neutral' } : failed,
      ) as Promise<AttemptResult>;

  function assertAdmits(call: Call): void {
    // A closed client aborts its calls itself.
    if (!circuit || circuit.closed || isShutdown || call.skipLayers.includes('breaker')) return;
    halfOpenIfDue();
    // In the half-open state, opossum clears `pendingClose` when the probe starts.
    const mayProbe = circuit.opened ? extraProbe.admits(findFailureScope(call)) : circuit.pendingClose;
    if (mayProbe) return;
    recordEvent(events, call, { event: 'circuitRejected', state: circuit.opened ? 'open' : 'half-open' });
    const retryAfterMs = Math.ceil((probeStartedAt ?? openedAt) + resetTimeoutMs - sleepAwareNow());
    throw createCircuitOpenError(call, circuit.opened, consecutiveFailures, Math.max(0, retryAfterMs));
  }

  const layer: Layer = (next) => async (attempt) => {
    if (attempt.call.skipLayers.includes('breaker')) return next(attempt);
    assertAdmits(attempt.call);
    if (circuit?.opened) {
      halfOpen();
      extraProbe.onStart();
    }
    if (circuit?.halfOpen) probeStartedAt = sleepAwareNow();
    const result = await (circuit?.halfOpen
      ? probe(circuit, () => runAttempt(next, attempt))
      : runAttempt(next, attempt));
    if ('error' in result) throw result.error;
    return result.response;
  };

  return {
    layer,
    assertAdmits,
    get state() {
      halfOpenIfDue();
      return circuit?.opened ? 'open' : circuit?.halfOpen ? 'half-open' : 'closed';
    },
    close: () => {
      isShutdown = true;
      circuit?.shutdown();
    },
  };
}
