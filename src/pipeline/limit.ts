import { onAbort } from '../core/abort.js';
import { type Call, startStep } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import { createTurns } from '../core/timers.js';
import type { Layer, Transport } from './layer.js';

/** A call in the queue shows at intervals of a quarter of its timeout, within these bounds, that it still exists. */
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 1_000;
/** It counts as lost after so many intervals. */
const MAX_INTERVALS = 3;

/** A call in the queue, or one that has a slot. */
interface Place {
  readonly call: Call;
  grant: () => void;
  /** Whether the connection of the slot's previous request may not be in Node's pool yet. */
  isHot: boolean;
}

/**
 * Runs at most `concurrency` exchanges at a time. The others wait in order, and an abort removes them from the queue.
 *
 * Node's fetch returns a connection to its pool one event loop turn after the response. A request sent before that opens
 * another connection. So a call waits one turn if its slot was released in this turn, unless the transport bounds its own
 * connections.
 *
 * A runtime can drop a call that has a slot, or one in the queue. Calls in the queue take back the slots of lost calls.
 */
export function limit(concurrency: number, { connections }: Pick<Transport, 'connections'> = {}): Layer {
  const reusesSlotsAtOnce = connections !== undefined && connections <= concurrency;
  const afterTurn = createTurns();
  const running = new Set<Place>();
  const queue = new Set<Place>();
  /** Free slots that were released in this turn. */
  let hotSlots = 0;
  let isCooling = false;

  const cool = () => {
    hotSlots = 0;
    isCooling = false;
  };

  function take(place: Place): boolean {
    if (running.size >= concurrency) reclaim();
    const freeSlots = concurrency - running.size;
    if (freeSlots <= 0) return false;
    place.isHot = freeSlots <= hotSlots;
    if (place.isHot) hotSlots--;
    running.add(place);
    return true;
  }

  /** Waits in the queue. At every interval, shows that the call still exists, and takes back the slots of lost calls. */
  async function enqueue(place: Place): Promise<void> {
    const { call } = place;
    let unsubscribe = () => {};
    const granted = new Promise<void>((resolve, reject) => {
      place.grant = resolve;
      unsubscribe = onAbort(call.signal, reject);
    });
    queue.add(place);
    const intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, call.timeoutMs / 4));
    startStep(call, MAX_INTERVALS * intervalMs);
    const timer = setInterval(() => {
      startStep(call, MAX_INTERVALS * intervalMs);
      reclaim();
    }, intervalMs);
    try {
      await granted;
      call.signal.throwIfAborted();
    } finally {
      clearInterval(timer);
      unsubscribe();
    }
  }

  /** Passes the slots of lost calls on. */
  function reclaim(): void {
    const now = sleepAwareNow();
    for (const place of running)
      if (now >= place.call.progress.busyUntil) {
        running.delete(place);
        grantNext(false);
      }
  }

  /**
   * Grants a free slot to the first call in the queue that is not lost. If all look lost, as after the process was suspended,
   * grants it to the first one. Removes lost calls after their deadline.
   */
  function grantNext(isHot: boolean): boolean {
    const now = sleepAwareNow();
    let next: Place | undefined;
    for (const place of queue) {
      const { progress, deadline } = place.call;
      const isLost = now >= progress.busyUntil;
      if (isLost && performance.now() >= deadline.expiresAt) queue.delete(place);
      else if (!isLost || !next) next = place;
      if (!isLost) break;
    }
    if (!next) return false;
    queue.delete(next);
    running.add(next);
    next.isHot = isHot;
    next.grant();
    return true;
  }

  function leave(place: Place): void {
    queue.delete(place);
    const hadSlot = running.delete(place);
    if (!hadSlot || grantNext(!reusesSlotsAtOnce) || reusesSlotsAtOnce) return;
    hotSlots++;
    if (isCooling) return;
    isCooling = true;
    afterTurn(cool);
  }

  return (next) => async (attempt) => {
    const { call } = attempt;
    call.signal.throwIfAborted();
    if (call.skipLayers.includes('limit')) return next(attempt);
    const place: Place = { call, grant: () => {}, isHot: false };
    try {
      if (!take(place)) await enqueue(place);
      if (place.isHot) {
        await new Promise<void>(afterTurn);
        if (hotSlots > 0) cool(); // the turn has passed for all free slots
      }
      startStep(call);
      return await next(attempt);
    } finally {
      leave(place);
    }
  };
}
