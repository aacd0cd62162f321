import type { Call } from '../../core/call.js';
import type { raceTimeout, startInterval } from '../../core/timers.js';

/** A call that runs, or waits for earlier ones. */
interface QueuedCall {
  readonly call: Call;
  /** Resolves when the call has ended. */
  readonly ended: Promise<void>;
  hasEnded: boolean;
  /** When the call counts as lost, by `monotonicNow()`. */
  leaseExpiresAt: number;
  /** The call before this one, until this one starts. */
  previous: QueuedCall | undefined;
}

interface KeyedCallQueueDeps {
  readonly raceTimeout: typeof raceTimeout;
  readonly startInterval: typeof startInterval;
  readonly monotonicNow: () => number;
  /** Runs if a runtime dropped a call that was running or waiting. */
  readonly onLost: (key: string, call: Call) => void;
}

/** How often a call renews its lease per `timeoutMs`. */
const HEARTBEATS_PER_TIMEOUT = 3;
/** After the process was suspended, the timers of all calls are late. A call gets this time before it counts as lost. */
const MAX_TIMER_DELAY_MS = 100;

/** Runs calls with the same key one after the other. */
export class KeyedCallQueue {
  readonly #deps: KeyedCallQueueDeps;
  /** The last call of each key. */
  readonly #last = new Map<string, QueuedCall>();

  constructor(deps: KeyedCallQueueDeps) {
    this.#deps = deps;
  }

  async run<T>(key: string, call: Call, work: () => Promise<T>): Promise<T> {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { startInterval, monotonicNow } = this.#deps;
    const leaseExpiresAt = monotonicNow() + call.timeoutMs;
    const entry: QueuedCall = { call, ended, hasEnded: false, leaseExpiresAt, previous: this.#last.get(key) };
    this.#last.set(key, entry);
    const stopHeartbeat = startInterval(call.timeoutMs / HEARTBEATS_PER_TIMEOUT, () => {
      entry.leaseExpiresAt = monotonicNow() + call.timeoutMs;
    });
    try {
      // A call that aborts while it waits must not let later calls overtake the previous ones.
      for (; entry.previous; entry.previous = entry.previous.previous)
        await this.#waitFor(entry.previous, key, call);
      return await work();
    } finally {
      stopHeartbeat();
      entry.hasEnded = true;
      end();
      if (this.#last.get(key) === entry && !entry.previous) this.#last.delete(key);
    }
  }

  async #waitFor(other: QueuedCall, key: string, { signal }: Call): Promise<void> {
    const { raceTimeout, onLost, monotonicNow } = this.#deps;
    while (!other.hasEnded) {
      const waitMs = Math.max(0, other.leaseExpiresAt - monotonicNow()) + MAX_TIMER_DELAY_MS;
      await raceTimeout(other.ended, waitMs, () => {}, signal).catch(() => {
        signal.throwIfAborted();
        other.leaseExpiresAt = 0; // a runtime can reject promises of an ended request
      });
      if (other.hasEnded || monotonicNow() < other.leaseExpiresAt) continue;
      other.hasEnded = true;
      onLost(key, other.call);
    }
  }
}
