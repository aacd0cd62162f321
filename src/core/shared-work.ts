import { type AbortSignalLike, raceAbort } from './abort.js';
import { sleepAwareNow } from './clock.js';
import { copyForCaller, PersonaError } from './errors/index.js';
import { MAX_TIMER_MS, raceTimeout, startInterval } from './timers.js';

/** The lease of shared work that is not a request and has no time limit, in milliseconds. */
export const DEFAULT_LEASE_MS = 2_000;
/** How much longer than the lease callers wait, in milliseconds. Work that ends at its own time limit is then not repeated. */
export const GRACE_MS = 100;
const EXPIRED = Symbol();

interface Work<T> {
  /** The clock of the lease. */
  readonly now: () => number;
  /** When other callers regard the work as lost, by `now`. */
  readonly lease: { expiresAt: number };
  readonly result: Promise<T>;
  /** The work that a caller started after the lease of this one had expired. */
  successor?: Work<T>;
}

/**
 * Work that several callers share, such as a login. The first caller starts the work, and the others join it.
 *
 * A runtime can drop the caller that started the work: see `renewLease` in `call.ts`. So the work has a lease. After its
 * expiry, the next caller starts the work again. The result of the old work, if it arrives, reaches only its own callers.
 */
export class SharedWork<T> {
  readonly #leaseMs: number;
  #current: Work<T> | undefined;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Whether a caller would join work in progress. */
  get isRunning(): boolean {
    return this.#current !== undefined && this.#current.now() < this.#current.lease.expiresAt;
  }

  /** Waits until the work in progress ends, whether it succeeds, fails or is lost. `undefined` if there is none. */
  waitForEnd(signal: AbortSignalLike): Promise<void> | undefined {
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
   * @param start calls its argument at the start of each stage, which renews the lease.
   * @param now the clock of the lease. The default clock includes the time that the machine sleeps, so the work may be repeated after
   * sleep. The monotonic clock does not, so work whose owner still exists is not repeated.
   */
  run(
    start: (renewLease: () => void) => Promise<T>,
    signal?: AbortSignalLike,
    now: () => number = sleepAwareNow,
  ): Promise<T> {
    return this.#run(start, signal, now, true);
  }

  /**
   * Like {@link run}, for work whose stages are unknown: an interval renews the lease. A runtime that drops the work also
   * drops the interval.
   */
  runWhileAlive(start: () => Promise<T>, signal?: AbortSignalLike): Promise<T> {
    return this.run((renewLease) => keepAlive(renewLease, this.#leaseMs, start()), signal);
  }

  async #run(
    start: (renewLease: () => void) => Promise<T>,
    signal: AbortSignalLike | undefined,
    now: () => number,
    mayRepeat: boolean,
  ): Promise<T> {
    const current = this.#current;
    if (current) {
      let isRuntimeError = false;
      const outcome = await waitFor(current, signal).catch((error: unknown) => {
        isRuntimeError = mayRepeat && !signal?.aborted && !(error instanceof PersonaError);
        if (!isRuntimeError) throw signal?.aborted ? error : copyForCaller(error);
        this.#forget(current);
        return EXPIRED;
      });
      if (outcome !== EXPIRED) return outcome as T;
      if (this.#current !== current || this.isRunning)
        return this.#run(start, signal, now, mayRepeat && !isRuntimeError);
    }
    const lease = { expiresAt: now() + this.#leaseMs };
    const result = start(() => {
      lease.expiresAt = now() + this.#leaseMs;
    });
    const work: Work<T> = { now, lease, result };
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

/** Waits for the result of the work, or of its successor, until its lease expires. */
async function waitFor<T>(work: Work<T>, signal?: AbortSignalLike): Promise<T | typeof EXPIRED> {
  const remainingMs = Math.max(0, work.lease.expiresAt - work.now()); // after a suspension, the result may arrive late
  const waitMs = Math.min(remainingMs + GRACE_MS, MAX_TIMER_MS);
  const outcome = await raceTimeout<T | typeof EXPIRED>(work.result, waitMs, () => EXPIRED, signal);
  return outcome === EXPIRED && work.successor ? waitFor(work.successor, signal) : outcome;
}

/** Calls `renewLease` at intervals of a third of the lease, until the work ends. */
function keepAlive<T>(renewLease: () => void, leaseMs: number, work: Promise<T>): Promise<T> {
  return work.finally(startInterval(leaseMs / 3, renewLease));
}
