import type { LoadResult } from '../../cache/types.js';
import { delay, raceAbort } from '../../core/abort.js';
import type { Call } from '../../core/call.js';
import { record } from '../../core/call-log.js';
import { PersonaError } from '../../core/errors/index.js';
import type { Events } from '../../core/events.js';
import { loadChunk } from '../../core/lazy-import.js';
import type { PendingCall } from '../encode.js';
import type { Reconciliation, Run } from '../endpoint.js';
import { wrapUpstreamError } from '../errors-from-status.js';
import { ClaimedIds } from './claimed-ids.js';
import type { KeyedQueue } from './queue.js';

type Load<Wire> = (call: Call) => Promise<LoadResult<Wire>>;

export type Reconcile = <Input, Wire>(
  load: Load<Wire>,
  begun: PendingCall<Input>,
  effect: Reconciliation<Input, Wire>,
  run: Run,
) => Load<Wire>;

/** Makes loads sure of their effect, where that is wanted; what it takes is loaded before the first of them. */
export function reconciler(lateWriteWindowMs: number, events: Events): Reconcile {
  const claims = new ClaimedIds(lateWriteWindowMs);
  let lanes: KeyedQueue | undefined;

  return (load, { input, settings }, effect, run) => {
    const { id } = effect;
    if (settings.onUnknownOutcome !== 'reconcile' || settings.retry.limit === 0)
      return async (call) => {
        const loaded = await load(call);
        claims.add(id(loaded.data));
        return loaded;
      };
    return async (call) => {
      const loading = Promise.all([import('./queue.js'), effect.createSearch()]);
      const [{ KeyedQueue }, createSearch] = await loadChunk(call.name, loading);
      lanes ??= new KeyedQueue({
        lateWriteWindowMs,
        claims,
        record: (call, happened) => record(events, call, happened),
        abortable: raceAbort,
        pause: delay,
        retold: wrapUpstreamError,
        PersonaError,
      });
      return lanes.load(call, { lane: effect.queueKey(input), id, find: createSearch(input), load, run });
    };
  };
}
