/** Stops sending requests to a failing service, and probes it until it recovers. */

import Opossum from 'opossum';
import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';
import { recordEvent } from '../../core/call-log.js';
import { sleepAwareNow } from '../../core/clock.js';
import type { PersonaCircuitOpenError } from '../../core/errors/index.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import type { CircuitState } from '../../core/events.js';
import { MAX_TIMER_MS } from '../../core/timers.js';
import type { Attempt, Layer, Send } from '../layer.js';
import { BucketController } from './bucket-controller.js';
import { type AttemptResult, CountedFailure, classifyAttempt } from './classify.js';
import { ExtraProbe } from './extra-probe.js';
import { createCircuitOpenError } from './open-error.js';
import { findResource, mayConcernOneResource } from './resource.js';
import { createTripPolicy } from './trip-policy.js';

export interface CircuitBreaker {
  readonly layer: Layer;
  readonly state: CircuitState;
  /** Stops the timer of an open circuit. */
  close(): void;
}

type Circuit = Opossum<[() => Promise<unknown>]>;

/** A circuit breaker that lets every attempt through. */
export const alwaysClosed: CircuitBreaker = { layer: (next) => next, state: 'closed', close: () => {} };

/**
 * Creates a circuit breaker. The first attempt creates its opossum circuit.
 *
 * An opossum circuit uses as much memory as the rest of a client, and many clients never send anything.
 */
export function createCircuitBreaker(options: ResolvedBreakerOptions, events: EventEmitter): CircuitBreaker {
  let breaker: CircuitBreaker | undefined;
  return {
    layer: (next) => {
      let send: Send | undefined;
      return (attempt) => {
        breaker ??= createOpossumBreaker(options, events);
        send ??= breaker.layer(next);
        return send(attempt);
      };
    },
    get state() {
      return breaker?.state ?? 'closed';
    },
    close: () => breaker?.close(),
  };
}

/**
 * Adapts opossum, which stores the state of the circuit and admits the probe. Other features are off or replaced:
 *
 * - Counting: opossum knows only the failure percentage of a window. The trip policy decides when the circuit opens.
 * - Timeouts and statistics: `exchange` bounds each attempt, and events report it.
 * - Reset timer: some edge runtimes drop timers together with their request. So each attempt also checks the time.
 *
 * Each half-open period is a new opossum circuit, so attempts that started earlier cannot change the state.
 *
 * If one resource opened the circuit or failed the probe, the next attempt for another resource is an extra probe.
 */
function createOpossumBreaker(options: ResolvedBreakerOptions, events: EventEmitter): CircuitBreaker {
  const { resetTimeoutMs } = options;
  const tripPolicy = createTripPolicy(options);
  let consecutiveFailures = 0;
  let openedAt = 0;
  let probeStartedAt: number | undefined;
  const extraProbe = new ExtraProbe();
  let circuit = createCircuit();

  function createCircuit(isHalfOpen = false): Circuit {
    const buckets = new BucketController();
    const newCircuit: Circuit = new Opossum((run: () => Promise<unknown>) => run(), {
      timeout: false,
      resetTimeout: Math.min(resetTimeoutMs, MAX_TIMER_MS),
      volumeThreshold: Number.MAX_SAFE_INTEGER, // opossum itself never opens a closed circuit
      rollingCountBuckets: 1,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: buckets as never,
      ...(isHalfOpen ? { state: { closed: false, halfOpen: true } as never } : {}),
    });
    newCircuit.on('success', () => buckets.rotate());
    newCircuit.on('failure', () => buckets.rotate());
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

  function halfOpen(): void {
    const previous = circuit;
    probeStartedAt = undefined;
    extraProbe.onHalfOpen();
    circuit = createCircuit(true);
    previous.shutdown();
    events.emit('circuit', { state: 'half-open', failures: consecutiveFailures });
  }

  /** Half-opens the circuit after its open period, and again if the probe hangs. */
  function halfOpenIfDue(): void {
    const now = sleepAwareNow();
    if (circuit.opened && now - openedAt >= resetTimeoutMs) halfOpen();
    else if (circuit.halfOpen && probeStartedAt !== undefined && now - probeStartedAt >= resetTimeoutMs)
      halfOpen();
  }

  /**
   * Runs an attempt for opossum. Only counted failures reject. After a neutral probe, the circuit admits another one.
   *
   * @throws {CountedFailure} if the attempt counts as a failure.
   */
  async function runAttempt(next: Send, attempt: Attempt, initialCircuit: Circuit): Promise<AttemptResult> {
    const resource = findResource(attempt.call);
    const result = await classifyAttempt(() => next(attempt), attempt.call, options.isFailure);
    if (initialCircuit !== circuit) return result;
    if (result.classification === 'failure') {
      consecutiveFailures++;
      const failing = mayConcernOneResource(result) ? resource : undefined;
      if (!initialCircuit.opened)
        extraProbe.onFailure(failing, initialCircuit.halfOpen || consecutiveFailures === 1);
      throw new CountedFailure(result, initialCircuit.closed && tripPolicy.failure(failing));
    }
    if (result.classification === 'success') {
      consecutiveFailures = 0;
      if (!initialCircuit.opened) tripPolicy.success(resource);
    } else if (initialCircuit.halfOpen) halfOpen();
    return result;
  }

  /** Emits `circuitRejected` and creates the error. */
  function rejectAttempt({ call }: Attempt): PersonaCircuitOpenError {
    recordEvent(events, call, { event: 'circuitRejected', state: circuit.opened ? 'open' : 'half-open' });
    const retryAfterMs = Math.max(
      0,
      Math.ceil((probeStartedAt ?? openedAt) + resetTimeoutMs - sleepAwareNow()),
    );
    return createCircuitOpenError(call, circuit.opened, consecutiveFailures, retryAfterMs);
  }

  const layer: Layer = (next) => async (attempt) => {
    if (attempt.call.skipLayers.includes('breaker')) return next(attempt);
    halfOpenIfDue();
    if (circuit.opened && extraProbe.admits(findResource(attempt.call))) {
      halfOpen();
      extraProbe.onStart();
    }
    const initialCircuit = circuit;
    // In the half-open state, opossum clears `pendingClose` when the probe starts.
    if (initialCircuit.opened || (initialCircuit.halfOpen && !initialCircuit.pendingClose))
      throw rejectAttempt(attempt);
    if (initialCircuit.halfOpen) probeStartedAt = sleepAwareNow();
    let result: AttemptResult;
    try {
      result = (await initialCircuit.fire(() => runAttempt(next, attempt, initialCircuit))) as AttemptResult;
    } catch (error) {
      if (!(error instanceof CountedFailure)) throw error;
      if (error.mustOpen && initialCircuit === circuit && initialCircuit.closed) initialCircuit.open();
      result = error.result;
    }
    if ('error' in result) throw result.error;
    return result.response;
  };

  return {
    layer,
    get state() {
      halfOpenIfDue();
      return circuit.opened ? 'open' : circuit.halfOpen ? 'half-open' : 'closed';
    },
    close: () => circuit.shutdown(),
  };
}
