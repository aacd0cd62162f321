import type { Loaded } from '../../cache/types.js';
import { abortable, pause } from '../../core/abort.js';
import type { Call } from '../../core/call.js';
import { record } from '../../core/call-log.js';
import { PersonaError } from '../../core/errors/index.js';
import type { Events } from '../../core/events.js';
import { part } from '../../core/lazy-import.js';
import type { Begun } from '../encode.js';
import type { Effect, Run } from '../endpoint.js';
import { retold } from '../errors-from-status.js';
import { Claims } from './claimed-ids.js';
import type { Lanes } from './queue.js';

type Load<Wire> = (call: Call) => Promise<Loaded<Wire>>;

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
      const loading = Promise.all([import('./queue.js'), effect.finder()]);
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
