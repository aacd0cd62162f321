import type { Call } from '../../core/call.js';
import type { sleepAwareNow } from '../../core/clock.js';
import type { raceTimeout } from '../../core/timers.js';

/** A call that has its turn, or waits for it. */
interface Turn {
  readonly call: Call;
  /** Resolves when the turn has ended. */
  readonly ended: Promise<void>;
  hasEnded: boolean;
  /** When the call counts as lost, by `sleepAwareNow()`. */
  lostAt: number;
  /** The turn before this one, until this one starts. */
  previous: Turn | undefined;
}

interface TurnDeps {
  readonly raceTimeout: typeof raceTimeout;
  readonly sleepAwareNow: typeof sleepAwareNow;
  /** Runs if a runtime dropped the call whose turn it is. */
  readonly onLost: (key: string, call: Call) => void;
}

/** A call shows so often per `timeoutMs` that it still exists. */
const SIGNS_PER_TIMEOUT = 3;
/** After a pause of the process, the timers of all calls are late. A call gets this time before it counts as lost. */
const MAX_TIMER_DELAY_MS = 100;

/** Runs calls with the same key one after the other. */
export class Turns {
  readonly #deps: TurnDeps;
  /** The last turn of each key. */
  readonly #last = new Map<string, Turn>();

  constructor(deps: TurnDeps) {
    this.#deps = deps;
  }

  async run<T>(key: string, call: Call, work: () => Promise<T>): Promise<T> {
    const { sleepAwareNow } = this.#deps;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const lostAt = sleepAwareNow() + call.timeoutMs;
    const turn: Turn = { call, ended, hasEnded: false, lostAt, previous: this.#last.get(key) };
    this.#last.set(key, turn);
    const timer = setInterval(() => {
      turn.lostAt = sleepAwareNow() + call.timeoutMs;
    }, call.timeoutMs / SIGNS_PER_TIMEOUT);
    try {
      // A call that aborts while it waits must not let later calls overtake the previous ones.
      for (; turn.previous; turn.previous = turn.previous.previous)
        await this.#waitFor(turn.previous, key, call);
      return await work();
    } finally {
      clearInterval(timer);
      turn.hasEnded = true;
      end();
      if (this.#last.get(key) === turn && !turn.previous) this.#last.delete(key);
    }
  }

  async #waitFor(other: Turn, key: string, { signal }: Call): Promise<void> {
    const { raceTimeout, sleepAwareNow, onLost } = this.#deps;
    while (!other.hasEnded) {
      const waitMs = Math.max(0, other.lostAt - sleepAwareNow()) + MAX_TIMER_DELAY_MS;
      await raceTimeout(other.ended, waitMs, () => {}, signal).catch(() => {
        signal.throwIfAborted();
        other.lostAt = 0; // a runtime can reject promises of an ended request
      });
      if (other.hasEnded || sleepAwareNow() < other.lostAt) continue;
      other.hasEnded = true;
      onLost(key, other.call);
    }
  }
}
