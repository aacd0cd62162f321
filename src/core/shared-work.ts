import { type AbortSignalLike, raceAbort } from './abort.js';
import { sleepAwareNow } from './clock.js';
import { PersonaError } from './errors/index.js';
import { MAX_TIMER_MS, raceTimeout } from './timers.js';

/** The maximum age of shared work that is not a request and has no limit of its own, in milliseconds. */
export const MAX_AGE_MS = 2_000;
/** Callers wait this much beyond the maximum age, so that work that ends by its own time limit is not repeated. */
export const GRACE_MS = 100;
const TOO_OLD = Symbol();

interface Work<T> {
  /** When the work reaches its maximum age, by `sleepAwareNow`. */
  readonly limit: { at: number };
  readonly result: Promise<T>;
  /** The work that a caller started because this one was too old. */
  successor?: Work<T>;
}

/**
 * Work that several callers share, such as a login. The first caller starts the work, and the others join it.
 *
 * A runtime can drop the promises and timers of the caller that started the work, for example when a visitor of a
 * Cloudflare Worker disconnects. Such work never ends. So each caller compares the age of the work with its maximum age,
 * and starts the work anew if it is too old. The result of the old work, if it arrives, reaches only its own callers.
 */
export class SharedWork<T> {
  readonly #maxAgeMs: number;
  #current: Work<T> | undefined;

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** Whether a caller would join work in progress. */
  get isRunning(): boolean {
    return this.#current !== undefined && sleepAwareNow() < this.#current.limit.at;
  }

  /** Waits until the work in progress ends, whether it succeeds, fails or gets too old. `undefined` if there is none. */
  ended(signal: AbortSignalLike): Promise<void> | undefined {
    const current = this.#current;
    if (!current || !this.isRunning) return undefined;
    return waitFor(current, signal).then(
      () => {},
      (error: unknown) => {
        signal.throwIfAborted();
        if (!(error instanceof PersonaError)) this.#forget(current);
      },
    );
  }

  /**
   * Joins the work in progress, or starts it. Rejects with the signal's reason if the signal aborts first; the work
   * itself continues.
   *
   * @param start calls its argument at the start of each stage. The maximum age then counts from there.
   */
  run(start: (onProgress: () => void) => Promise<T>, signal?: AbortSignalLike): Promise<T> {
    return this.#run(start, signal, true);
  }

  /**
   * Like {@link run}, for work whose stages are unknown: an interval reports progress. A runtime that drops the work also
   * drops the interval.
   */
  runWhileAlive(start: () => Promise<T>, signal?: AbortSignalLike): Promise<T> {
    return this.run((onProgress) => keepAlive(onProgress, this.#maxAgeMs, start()), signal);
  }

  async #run(
    start: (onProgress: () => void) => Promise<T>,
    signal: AbortSignalLike | undefined,
    mayRepeat: boolean,
  ): Promise<T> {
    const current = this.#current;
    if (current && this.isRunning) {
      let isRaw = false;
      const outcome = await waitFor(current, signal).catch((error: unknown) => {
        isRaw = mayRepeat && !signal?.aborted && !(error instanceof PersonaError);
        if (!isRaw) throw error;
        this.#forget(current);
        return TOO_OLD;
      });
      return outcome === TOO_OLD ? this.#run(start, signal, mayRepeat && !isRaw) : (outcome as T);
    }
    const limit = { at: sleepAwareNow() + this.#maxAgeMs };
    const result = start(() => {
      limit.at = sleepAwareNow() + this.#maxAgeMs;
    });
    const work: Work<T> = { limit, result };
    if (current) current.successor = work;
    this.#current = work;
    const forget = () => this.#forget(work);
    result.then(forget, forget);
    return signal ? raceAbort(result, signal) : result;
  }

  /** Call this for work that has ended, or whose promise a runtime rejects because its request has ended. */
  #forget(work: Work<T>): void {
    if (this.#current === work) this.#current = undefined;
  }
}

/** Waits for the result of the work, or of its successor, until it is too old. */
async function waitFor<T>(work: Work<T>, signal?: AbortSignalLike): Promise<T | typeof TOO_OLD> {
  const waitMs = Math.min(work.limit.at - sleepAwareNow() + GRACE_MS, MAX_TIMER_MS);
  const outcome = await raceTimeout<T | typeof TOO_OLD>(work.result, waitMs, () => TOO_OLD, signal);
  return outcome === TOO_OLD && work.successor ? waitFor(work.successor, signal) : outcome;
}

/** Calls `onProgress` at intervals of a third of the maximum age, until the work ends. */
export function keepAlive<T>(onProgress: () => void, maxAgeMs: number, work: Promise<T>): Promise<T> {
  const timer = setInterval(onProgress, maxAgeMs / 3);
  return work.finally(() => clearInterval(timer));
}
