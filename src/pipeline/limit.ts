import { onAbort } from '../core/abort.js';
import { type Call, isLost, renewLease } from '../core/call.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { DEFAULT_LEASE_MS } from '../core/shared-work.js';
import { createTurnScheduler, startInterval } from '../core/timers.js';
import type { Layer, Transport } from './layer.js';
import { Queue } from './queue.js';

/** Heartbeat interval of a call in the queue: a quarter of its timeout, within these bounds. */
const MIN_HEARTBEAT_MS = 100;
const MAX_HEARTBEAT_MS = 1_000;
/** A call in the queue counts as lost after this many intervals. */
const HEARTBEATS_PER_LEASE = 3;
/** A heartbeat that is later than this shows that the process was suspended or busy. So were the calls with a slot. */
const MAX_DELAY_MS = 50;

/** A call in the queue, or one that has a slot. */
interface LimitedCall {
  readonly call: Call;
  grant: () => void;
  leaveQueue: () => void;
  /** Whether to wait one turn before sending, because the slot's previous connection may not be in Node's pool yet. */
  mustYield: boolean;
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
  const afterTurn = createTurnScheduler();
  const running = new Set<LimitedCall>();
  const queue = new Queue<LimitedCall>();
  /** Free slots that were released in this turn. */
  let justReleased = 0;
  let isResetScheduled = false;

  const resetReleased = () => {
    justReleased = 0;
    isResetScheduled = false;
  };

  function tryTakeSlot(entry: LimitedCall): boolean {
    const freeSlots = concurrency - running.size;
    if (freeSlots <= 0) return false;
    entry.mustYield = freeSlots <= justReleased;
    if (entry.mustYield) justReleased--;
    running.add(entry);
    return true;
  }

  /** Waits in the queue. At every heartbeat, renews the lease of the call, and takes back the slots of lost calls. */
  function enqueue(entry: LimitedCall): Promise<void> {
    const { call } = entry;
    const heartbeatMs = Math.min(MAX_HEARTBEAT_MS, Math.max(MIN_HEARTBEAT_MS, call.timeoutMs / 4));
    let dueAt = 0;
    const renew = () => {
      renewLease(call, HEARTBEATS_PER_LEASE * heartbeatMs);
      dueAt = monotonicNow() + heartbeatMs;
    };
    renew();
    const stopHeartbeat = startInterval(heartbeatMs, () => {
      const isPunctual = monotonicNow() < dueAt + MAX_DELAY_MS;
      renew();
      if (isPunctual) reclaim();
    });
    const remove = queue.add(entry);
    return new Promise((resolve, reject) => {
      entry.grant = resolve;
      const unsubscribe = onAbort(call.signal, reject);
      entry.leaveQueue = () => {
        stopHeartbeat();
        unsubscribe();
        remove();
      };
    });
  }

  /** Passes the slots of lost calls on to calls in the queue. */
  function reclaim(): void {
    const lost = [...running].filter(({ call }) => isLost(call));
    for (const entry of lost) running.delete(entry);
    for (const _ of lost) grantNext(false);
  }

  /**
   * Grants a free slot to the first call in the queue that is not lost. If all look lost, as after the process was suspended,
   * grants it to the first one. Removes lost calls after their deadline.
   */
  function grantNext(mustYield: boolean): boolean {
    let next: LimitedCall | undefined;
    for (const entry of queue) {
      const { call } = entry;
      const isAlive = !isLost(call);
      if (!isAlive && monotonicNow() >= call.deadline.expiresAt) entry.leaveQueue();
      else if (isAlive || !next) next = entry;
      if (isAlive) break;
    }
    if (!next) return false;
    next.leaveQueue();
    running.add(next);
    if (isLost(next.call)) renewLease(next.call, DEFAULT_LEASE_MS); // to use the slot
    next.mustYield = mustYield;
    next.grant();
    return true;
  }

  function leave(entry: LimitedCall): void {
    entry.leaveQueue();
    const hadSlot = running.delete(entry);
    if (!hadSlot || grantNext(!reusesSlotsAtOnce) || reusesSlotsAtOnce) return;
    justReleased++;
    if (isResetScheduled) return;
    isResetScheduled = true;
    afterTurn(resetReleased);
  }

  return (next) => async (attempt) => {
    const { call } = attempt;
    call.signal.throwIfAborted();
    if (call.skipLayers.includes('limit')) return next(attempt);
    const entry: LimitedCall = { call, grant: () => {}, leaveQueue: () => {}, mustYield: false };
    try {
      if (!tryTakeSlot(entry)) {
        await enqueue(entry);
        call.signal.throwIfAborted();
      }
      if (entry.mustYield) {
        await new Promise<void>(afterTurn);
        if (justReleased > 0) resetReleased(); // the turn has passed for all free slots
      }
      renewLease(call);
      return await next(attempt);
    } finally {
      leave(entry);
    }
  };
}
