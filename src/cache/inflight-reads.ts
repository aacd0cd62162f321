import { LightAbortController, raceAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { newProgress } from '../core/call.js';
import type { CachedValue } from './cached-value.js';
import type { LoadResult, Versions } from './types.js';

/** What a flight brings: to the one who began it, and to those who joined it. */
export interface ReadResult {
  readonly loaded: LoadResult<unknown>;
  readonly kept: CachedValue;
  readonly source: 'network' | 'revalidated';
}

/** A read that is to be carried out. */
export interface PendingRead {
  readonly key: string;
  readonly call: Call;
  readonly tags: readonly string[];
  /** Of its tags when it begins; absent without a shared store. */
  readonly versions: Versions | undefined;
}

/** A read under way, shared by all who want the same. */
interface Flight extends Omit<PendingRead, 'call'> {
  readonly result: Promise<ReadResult>;
  readonly ending: LightAbortController;
  readonly deadline: { at: number };
  waiters: number;
}

/** What was true in these versions is true now. */
export const holds = (then: Versions | undefined, now: Versions | undefined): boolean =>
  then === undefined || now === undefined
    ? then === now
    : Object.entries(then).every(([tag, version]) => now[tag] === version);

/** Equal reads share a flight. It ends when the last of them leaves; one that leaves early hurts nobody. */
export class InflightReads {
  readonly #underWay = new Map<string, Flight>();
  /** Those that no caller waits for, or need wait for. */
  readonly #renewals = new Set<Flight>();

  /** One that began late enough to be joined. */
  find(key: string, versions: Versions | undefined): Flight | undefined {
    const flight = this.#underWay.get(key);
    return flight && holds(flight.versions, versions) ? flight : undefined;
  }

  start({ key, call, tags, versions }: PendingRead, work: (own: Call) => Promise<ReadResult>): Flight {
    const ending = new LightAbortController();
    const deadline = { at: call.deadline.at };
    const result = work({ ...call, signal: ending, deadline });
    const flight: Flight = { key, tags, versions, result, ending, deadline, waiters: 0 };
    this.#underWay.set(key, flight);
    const over = () => this.#leave(flight);
    result.then(over, over); // all who waited may have left
    return flight;
  }

  async wait(flight: Flight, call: Call): Promise<ReadResult> {
    flight.waiters++;
    flight.deadline.at = Math.max(flight.deadline.at, call.deadline.at);
    try {
      return await raceAbort(flight.result, call.signal);
    } finally {
      if (--flight.waiters === 0 && call.signal.aborted) {
        this.#leave(flight);
        flight.ending.abort(call.signal.reason);
      }
    }
  }

  /** Start one behind a caller who does not wait; unless there is one already. */
  revalidate(departure: PendingRead, work: (own: Call) => Promise<ReadResult>): void {
    if (this.#underWay.has(departure.key)) return;
    const { call } = departure;
    const flight = this.start({ ...departure, call: { ...call, progress: newProgress() } }, work);
    this.#renewals.add(flight);
    flight.result.catch(() => {}).finally(() => this.#renewals.delete(flight));
  }

  /** Nobody joins a flight about these any more. */
  end(tags: readonly string[]): void {
    for (const flight of this.#underWay.values())
      if (flight.tags.some((tag) => tags.includes(tag))) this.#leave(flight);
  }

  close(): void {
    for (const { ending } of this.#renewals) ending.abort(new Error('the client was closed'));
    this.#underWay.clear();
  }

  #leave(flight: Flight): void {
    if (this.#underWay.get(flight.key) === flight) this.#underWay.delete(flight.key);
  }
}
