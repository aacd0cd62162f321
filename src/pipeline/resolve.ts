import type { Loaded } from '../cache/types.js';
import { PersonaError } from '../errors.js';
import type { Events } from '../events.js';
import { part } from '../part.js';
import { abortable, pause } from './abort.js';
import { type Happened, record } from './call.js';
import type { Begun } from './encode.js';
import { retold } from './failure.js';
import type { Lanes } from './lanes.js';
import type { Call, Effect, Run } from './types.js';

/** Twice as long as clocks may differ. */
const REMEMBERED_MS = 240_000;

type Load<Wire> = (call: Call) => Promise<Loaded<Wire>>;

/** Records an event of a call. */
export type Recording = (call: Call, happened: Happened) => void;

/**
 * What writes have got, by id, for a while: nobody else's can be it. A bit for each of 32, since most services give out ids in a
 * row; what is older goes as a whole.
 */
export class Claims {
  readonly #keepMs: number;
  #recent = new Map<number, number>();
  #older = this.#recent;
  #recentUntil = 0;

  constructor(landsWithinMs: number) {
    this.#keepMs = REMEMBERED_MS + landsWithinMs;
  }

  has(id: number): boolean {
    const at = Math.floor(id / 32);
    return (((this.#recent.get(at) ?? 0) | (this.#older.get(at) ?? 0)) & (1 << (id % 32))) !== 0;
  }

  add(id: number): void {
    if (performance.now() >= this.#recentUntil) {
      this.#recentUntil = performance.now() + this.#keepMs;
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    const at = Math.floor(id / 32);
    this.#recent.set(at, (this.#recent.get(at) ?? 0) | (1 << (id % 32)));
  }
}

export type Resolve = <Input, Wire>(
  load: Load<Wire>,
  begun: Begun<Input>,
  effect: Effect<Input, Wire>,
  run: Run,
) => Load<Wire>;

/** Makes loads sure of their effect, where that is wanted; what it takes is loaded before the first of them. */
export function resolver(landsWithinMs: number, events: Events): Resolve {
  const claims = new Claims(landsWithinMs);
  let lanes: Lanes | undefined;

  return (load, { input, settings }, effect, run) => {
    const { id } = effect;
    if (settings.onAmbiguous !== 'resolve' || settings.retry.limit === 0)
      return async (call) => {
        const loaded = await load(call);
        claims.add(id(loaded.data));
        return loaded;
      };
    return async (call) => {
      const loading = Promise.all([import('./lanes.js'), effect.finder()]);
      const [{ Lanes }, finder] = await part(call.name, loading);
      lanes ??= new Lanes({
        landsWithinMs,
        claims,
        record: (call, happened) => record(events, call, happened),
        abortable,
        pause,
        retold,
        PersonaError,
      });
      return lanes.load(call, { lane: effect.lane(input), id, find: finder(input), load, run });
    };
  };
}
