/** Finds out whether a write with a lost response was applied. */
import type { LoadResult } from '../../cache/types.js';
import type { Call } from '../../core/call.js';
import { recordEvent } from '../../core/call-log.js';
import { PersonaError } from '../../core/errors/index.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import { loadChunk } from '../../core/lazy-import.js';
import { monotonicNow } from '../../core/monotonic-now.js';
import { delay, raceTimeout, startInterval } from '../../core/timers.js';
import type { Reconciliation, Run } from '../endpoint.js';
import { wrapUpstreamError } from '../errors-from-status.js';
import type { PendingCall } from '../start.js';
import { ClaimedIds } from './claimed-ids.js';
import type { ReconcileQueue } from './queue.js';
import { UnresolvedWrites } from './unresolved-writes.js';

type Load<Wire> = (call: Call) => Promise<LoadResult<Wire>>;

/** Adds reconciliation to a load. */
type Reconcile = <Input, Wire>(
  load: Load<Wire>,
  pending: PendingCall<Input>,
  reconciliation: Reconciliation<Input, Wire>,
  run: Run,
) => Load<Wire>;

/**
 * Creates the function that adds reconciliation to a load, if the call enables it.
 *
 * Imports the code for reconciliation before the first write.
 */
export function createReconciler(lateWriteWindowMs: number, events: EventEmitter): Reconcile {
  const claimedIds = new ClaimedIds(lateWriteWindowMs);
  const unresolvedWrites = new UnresolvedWrites(lateWriteWindowMs);
  let queue: ReconcileQueue | undefined;

  return (load, { input, options }, reconciliation, run) => {
    const { resourceId, queueKey } = reconciliation;
    if (options.onUnknownOutcome !== 'reconcile' || options.retry.limit === 0)
      return async (call) => {
        const loaded = await load(call).catch((error: unknown) => {
          if (error instanceof PersonaError && error.maybeApplied) unresolvedWrites.add(queueKey(input));
          throw error;
        });
        claimedIds.add(resourceId(loaded.data)); // a search for another write must not match this one
        return loaded;
      };
    return async (call) => {
      const imports = Promise.all([import('./queue.js'), reconciliation.importSearch()]);
      const [{ ReconcileQueue }, createSearch] = await loadChunk(call.name, imports);
      queue ??= new ReconcileQueue({
        claimedIds,
        unresolvedWrites,
        recordEvent: (call, entry) => recordEvent(events, call, entry),
        raceTimeout,
        monotonicNow,
        delay,
        startInterval,
        wrapUpstreamError,
        PersonaError,
      });
      const key = queueKey(input);
      return queue.load(call, { key, resourceId, search: createSearch(input), load, run });
    };
  };
}
