/** Stops sending requests to a failing service, and probes it until it recovers. */
import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import { type CircuitBreaker, createOpossumBreaker } from './opossum-breaker.js';

export type { CircuitBreaker };

/** A circuit breaker that lets every attempt through. */
export const alwaysClosed: CircuitBreaker = {
  layer: (next) => next,
  state: 'closed',
  assertAdmits: () => {},
  close: () => {},
};

/** Creates a circuit breaker. Its counters are created with the layer, and opossum itself when the circuit opens. */
export function createCircuitBreaker(options: ResolvedBreakerOptions, events: EventEmitter): CircuitBreaker {
  let breaker: CircuitBreaker | undefined;
  return {
    layer: (next) => {
      breaker ??= createOpossumBreaker(options, events);
      return breaker.layer(next);
    },
    get state() {
      return breaker?.state ?? 'closed';
    },
    assertAdmits: (call) => breaker?.assertAdmits(call),
    close: () => breaker?.close(),
  };
}
