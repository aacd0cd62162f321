import type { Call } from '../core/call.js';
import { recordEvent } from '../core/call-log.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { PersonaEvents } from '../core/events.js';
import type { CallCache } from './types.js';

type Outcome = PersonaEvents['cache']['outcome'];

/** Counts how the cache served its calls, and emits `cache` for each. */
export class Outcomes {
  readonly #events: EventEmitter;
  readonly #counts: Record<Outcome, number> = { hit: 0, miss: 0, stale: 0, deduplicated: 0, revalidated: 0 };

  constructor(events: EventEmitter) {
    this.#events = events;
  }

  /** @param now by `monotonicNow()`. */
  record(call: Call, outcome: Outcome, now?: number): void {
    this.#counts[outcome]++;
    recordEvent(this.#events, call, { event: 'cache', outcome }, now);
  }

  get stats(): Omit<CallCache['stats'], 'evictions' | 'entries' | 'bytes'> {
    const { hit, miss, ...counts } = this.#counts;
    return { hits: hit, misses: miss, ...counts };
  }
}
