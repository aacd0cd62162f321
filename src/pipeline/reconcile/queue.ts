import type { LoadResult } from '../../cache/types.js';
import type { delay, raceAbort } from '../../core/abort.js';
import type { Call } from '../../core/call.js';
import type { PersonaError } from '../../core/errors/index.js';
import type { Run, Search } from '../endpoint.js';
import type { wrapUpstreamError } from '../errors-from-status.js';
import type { ClaimedIds, Recording } from './claimed-ids.js';

/** A service's clock may differ from ours by so much. */
const CLOCKS_DIFFER_MS = 120_000;
const FIRST_LOOK_MS = 100;

/** What this needs of the client: handed in, so that it can be loaded by itself. */
interface Parts {
  readonly lateWriteWindowMs: number;
  readonly claims: ClaimedIds;
  readonly record: Recording;
  readonly abortable: typeof raceAbort;
  readonly pause: typeof delay;
  readonly retold: typeof wrapUpstreamError;
  readonly PersonaError: typeof PersonaError;
}

interface Write<Wire> {
  readonly lane: string;
  readonly id: (one: Wire) => number;
  readonly find: Search<Wire>;
  readonly load: (call: Call) => Promise<LoadResult<Wire>>;
  readonly run: Run;
}

/**
 * Finds out what became of a write whose answer was lost, and repeats it only once the first can no longer land.
 *
 * Writes that could be taken for one another go one after the other, and what one of them got is never
 * taken for another's. What other clients do at the same time cannot be told apart (see the README).
 */
export class KeyedQueue {
  readonly #parts: Parts;
  /** The last write of each lane: whoever comes next waits for it. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  /** Lanes in which a write was given up that may still land, and until when. */
  readonly #unresolved = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The same load, but sure of its effect. */
  load<Wire>(call: Call, write: Write<Wire>): Promise<LoadResult<Wire>> {
    const { lane } = write;
    const before = this.#lanes.get(lane);
    const own = (async () => {
      if (before) await this.#parts.abortable(before, call.signal);
      return this.#settle(call, write);
    })();
    const both = Promise.allSettled([before, own]).then(() => {}); // who leaves the queue early does not open it
    this.#lanes.set(lane, both);
    both.then(() => this.#lanes.get(lane) === both && this.#lanes.delete(lane));
    return own;
  }

  async #settle<Wire>(call: Call, { lane, id, find, load, run }: Write<Wire>): Promise<LoadResult<Wire>> {
    const begunAt = Date.now() - (performance.now() - call.startedAt);
    const look = async (): Promise<Wire[] | undefined> => {
      const { found, exhaustive: whole } = await find(begunAt - CLOCKS_DIFFER_MS, (endpoint, input) =>
        run(endpoint, input, { cache: 'no-store' }),
      );
      const free = found.filter((one) => !this.#parts.claims.has(id(one)));
      return free.length > 0 || whole ? free : undefined;
    };
    await this.#awaitEarlier(lane, call, look, id);

    for (let repeated = 0; ; repeated++) {
      try {
        const loaded = await load(call);
        this.#parts.claims.add(id(loaded.data));
        return loaded;
      } catch (error) {
        if (!this.#isInDoubt(error)) throw error;
        const landsBy = performance.now() + this.#parts.lateWriteWindowMs;
        this.#retrySkipped(lane, landsBy);
        const [found] = await this.#lookUntil(landsBy, call, error, look);
        this.#unresolved.delete(lane);
        if (found !== undefined) {
          this.#parts.claims.add(id(found));
          return {
            data: found,
            status: 200,
            requestId: call.requestId.text,
            attempts: call.progress.attempts,
            storable: false,
            resolved: true,
          };
        }
        if (repeated >= call.retry.limit) throw error;
        call.progress.maybeApplied = false;
        const waitMs = call.retry.backoffMs * 2 ** repeated;
        const attempt = call.progress.attempts + 1;
        this.#parts.record(call, { event: 'retry', attempt, delayMs: waitMs, error: error.code });
        await this.#parts.pause(waitMs, call.signal);
      }
    }
  }

  /** Look again and again until it is there, or can no longer come. */
  async #lookUntil<Wire>(
    landsBy: number,
    call: Call,
    error: PersonaError,
    look: () => Promise<Wire[] | undefined>,
  ): Promise<Wire[]> {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs *= 2) {
      const late = performance.now() >= landsBy;
      const found = await look().catch((failed: unknown) => {
        if (call.signal.aborted) throw call.signal.reason;
        if (failed instanceof this.#parts.PersonaError) return undefined;
        throw failed;
      });
      const done = found && (found.length > 0 || late);
      const next = found && !late ? Math.min(waitMs, Math.max(0, landsBy - performance.now())) : waitMs;
      this.#parts.record(call, {
        event: 'reconcile',
        found: Boolean(found?.length),
        delayMs: done ? 0 : next,
      });
      if (done) return found;
      if (performance.now() + next >= call.deadline.at) throw error;
      await this.#parts.pause(next, call.signal);
    }
  }

  /** A write of this lane was given up: let it land first, and count what is there as its own. */
  async #awaitEarlier<Wire>(
    lane: string,
    call: Call,
    look: () => Promise<Wire[] | undefined>,
    id: (one: Wire) => number,
  ): Promise<void> {
    const landsBy = this.#unresolved.get(lane);
    if (landsBy === undefined) return;
    await this.#parts.pause(Math.max(0, landsBy - performance.now()), call.signal);
    const landed = await look().catch((error: unknown) => {
      throw call.signal.aborted ? call.signal.reason : this.#parts.retold(call, error);
    });
    for (const one of landed ?? []) this.#parts.claims.add(id(one));
    this.#unresolved.delete(lane);
  }

  #retrySkipped(lane: string, landsBy: number): void {
    this.#unresolved.delete(lane); // to stand last again
    this.#unresolved.set(lane, landsBy);
    for (const [other, by] of this.#unresolved) {
      if (performance.now() < by) break;
      this.#unresolved.delete(other);
    }
  }

  /** The write may have taken effect, and the call itself goes on. */
  #isInDoubt(error: unknown): error is PersonaError {
    return (
      error instanceof this.#parts.PersonaError &&
      error.maybeApplied &&
      error.code !== 'aborted' &&
      !('scope' in error && error.scope === 'deadline')
    );
  }
}
