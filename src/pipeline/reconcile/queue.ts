import type { LoadResult } from '../../cache/types.js';
import type { raceAbort } from '../../core/abort.js';
import type { Call } from '../../core/call.js';
import type { CallLogEntry } from '../../core/call-log.js';
import type { PersonaError } from '../../core/errors/index.js';
import type { delay } from '../../core/timers.js';
import type { Run, Search } from '../endpoint.js';
import type { wrapUpstreamError } from '../errors-from-status.js';
import type { ClaimedIds } from './claimed-ids.js';

/** The clock of the service may differ from the client's clock by this much. */
const MAX_CLOCK_SKEW_MS = 120_000;
const FIRST_POLL_DELAY_MS = 100;

/** Passed in rather than imported, so that the bundler keeps this file in a separate chunk. */
interface QueueDeps {
  readonly lateWriteWindowMs: number;
  readonly claimedIds: ClaimedIds;
  readonly recordEvent: (call: Call, entry: CallLogEntry) => void;
  readonly raceAbort: typeof raceAbort;
  readonly delay: typeof delay;
  readonly wrapUpstreamError: typeof wrapUpstreamError;
  readonly PersonaError: typeof PersonaError;
}

interface Write<Wire> {
  /** Writes with the same key run one after the other. */
  readonly key: string;
  readonly id: (wire: Wire) => number;
  readonly search: Search<Wire>;
  readonly load: (call: Call) => Promise<LoadResult<Wire>>;
  readonly run: Run;
}

/** Returns unclaimed matches, or `undefined` if the search was inconclusive. */
type FindUnclaimed<Wire> = () => Promise<Wire[] | undefined>;

/**
 * Finds out whether a write with a lost response was applied. Repeats the write only after the late-write window.
 *
 * Writes with the same key run one after the other, because a search cannot tell them apart. Each claims the id that it
 * created. The search cannot recognize equal writes that other clients send at the same time.
 */
export class ReconcileQueue {
  readonly #deps: QueueDeps;
  /** Settles when all writes of a key have settled. The next write of the key waits for it. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** End of the late-write window of each unresolved write, by `performance.now()`. The oldest entry is first. */
  readonly #unresolvedUntil = new Map<string, number>();

  constructor(deps: QueueDeps) {
    this.#deps = deps;
  }

  /** Sends the write and, if its response is lost, finds out whether it was applied. */
  load<Wire>(call: Call, write: Write<Wire>): Promise<LoadResult<Wire>> {
    const { key } = write;
    const previous = this.#tails.get(key);
    const current = (async () => {
      if (previous) await this.#deps.raceAbort(previous, call.signal);
      return this.#sendAndReconcile(call, write);
    })();
    // A call that aborts while queued must not let later calls overtake the previous one.
    const tail = Promise.allSettled([previous, current]).then(() => {});
    this.#tails.set(key, tail);
    tail.then(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    return current;
  }

  async #sendAndReconcile<Wire>(
    call: Call,
    { key, id, search, load, run }: Write<Wire>,
  ): Promise<LoadResult<Wire>> {
    const { claimedIds, lateWriteWindowMs } = this.#deps;
    const startedAtEpochMs = Date.now() - (performance.now() - call.startedAt);
    const findUnclaimed = async (): Promise<Wire[] | undefined> => {
      const { matches, exhaustive } = await search(startedAtEpochMs - MAX_CLOCK_SKEW_MS, (endpoint, input) =>
        run(endpoint, input, { cache: 'no-store' }),
      );
      const unclaimed = matches.filter((match) => !claimedIds.has(id(match)));
      return unclaimed.length > 0 || exhaustive ? unclaimed : undefined;
    };
    await this.#resolveEarlierWrite(key, call, findUnclaimed, id);

    for (let repeats = 0; ; repeats++) {
      try {
        const loaded = await load(call);
        claimedIds.add(id(loaded.data));
        return loaded;
      } catch (error) {
        if (!this.#hasUnknownOutcome(error)) throw error;
        const windowEndsAt = performance.now() + lateWriteWindowMs;
        this.#markUnresolved(key, windowEndsAt);
        const [match] = await this.#pollUntil(windowEndsAt, call, error, findUnclaimed);
        this.#unresolvedUntil.delete(key);
        if (match !== undefined) {
          claimedIds.add(id(match));
          return {
            data: match,
            status: 200,
            requestId: call.requestId.value,
            attempts: call.progress.attempts,
            storable: false,
            reconciled: true,
          };
        }
        if (repeats >= call.retry.limit) throw error;
        call.progress.maybeApplied = false; // a conclusive search after the window found nothing
        const delayMs = call.retry.backoffMs * 2 ** repeats;
        const attempt = call.progress.attempts + 1;
        this.#deps.recordEvent(call, { event: 'retry', attempt, delayMs, error: error.code });
        await this.#deps.delay(delayMs, call.signal);
      }
    }
  }

  /**
   * Searches with increasing delays. Ends with a match, or with a conclusive search after the late-write window.
   *
   * @throws {PersonaError} `error` if the next search would start after the deadline of the call.
   */
  async #pollUntil<Wire>(
    windowEndsAt: number,
    call: Call,
    error: PersonaError,
    findUnclaimed: FindUnclaimed<Wire>,
  ): Promise<Wire[]> {
    for (let backoffMs = FIRST_POLL_DELAY_MS; ; backoffMs *= 2) {
      const isWindowOver = performance.now() >= windowEndsAt;
      const matches = await findUnclaimed().catch((searchError: unknown) => {
        if (call.signal.aborted) throw call.signal.reason;
        if (searchError instanceof this.#deps.PersonaError) return undefined;
        throw searchError;
      });
      const isDone = matches && (matches.length > 0 || isWindowOver);
      const remainingMs = Math.max(0, windowEndsAt - performance.now());
      const delayMs = matches && !isWindowOver ? Math.min(backoffMs, remainingMs) : backoffMs;
      this.#deps.recordEvent(call, {
        event: 'reconcile',
        found: Boolean(matches?.length),
        delayMs: isDone ? 0 : delayMs,
      });
      if (isDone) return matches;
      if (performance.now() + delayMs >= call.deadline.expiresAt) throw error;
      await this.#deps.delay(delayMs, call.signal);
    }
  }

  /** If an earlier write with this key is unresolved, waits until its late-write window ends, and claims its matches. */
  async #resolveEarlierWrite<Wire>(
    key: string,
    call: Call,
    findUnclaimed: FindUnclaimed<Wire>,
    id: (wire: Wire) => number,
  ): Promise<void> {
    const windowEndsAt = this.#unresolvedUntil.get(key);
    if (windowEndsAt === undefined) return;
    await this.#deps.delay(Math.max(0, windowEndsAt - performance.now()), call.signal);
    const matches = await findUnclaimed().catch((error: unknown) => {
      throw call.signal.aborted ? call.signal.reason : this.#deps.wrapUpstreamError(call, error);
    });
    for (const match of matches ?? []) this.#deps.claimedIds.add(id(match));
    this.#unresolvedUntil.delete(key);
  }

  #markUnresolved(key: string, windowEndsAt: number): void {
    this.#unresolvedUntil.delete(key); // move to the end of the insertion order
    this.#unresolvedUntil.set(key, windowEndsAt);
    for (const [otherKey, otherEndsAt] of this.#unresolvedUntil) {
      if (performance.now() < otherEndsAt) break;
      this.#unresolvedUntil.delete(otherKey);
    }
  }

  /** Returns whether the write may have been applied and the call can still search for its effect. */
  #hasUnknownOutcome(error: unknown): error is PersonaError {
    return (
      error instanceof this.#deps.PersonaError &&
      error.maybeApplied &&
      error.code !== 'aborted' &&
      !('scope' in error && error.scope === 'deadline')
    );
  }
}
