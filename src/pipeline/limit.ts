import { noop } from '../core/abort.js';
import { type Call, isLost, renewLease } from '../core/call.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { DEFAULT_LEASE_MS } from '../core/shared-work.js';
import { createTurnScheduler, startInterval } from '../core/timers.js';
import type { Attempt, Limiter, Send, Transport } from './layer.js';
import { Queue, type QueueItem } from './queue.js';

/** Heartbeat interval of a call in the queue: a quarter of its timeout, within these bounds. */
const MIN_HEARTBEAT_MS = 100;
const MAX_HEARTBEAT_MS = 1_000;
/** A call in the queue counts as lost after this many intervals. */
const HEARTBEATS_PER_LEASE = 3;
/**
 * If a heartbeat is later than this, the process was suspended or busy, and the calls with a slot could not renew their leases. So
 * they keep their slots until the next heartbeat.
 */
const MAX_DELAY_MS = 50;
/** While calls of both queues wait, this many slots go to the interactive queue, and the next one to the background queue. */
const INTERACTIVE_SLOTS_IN_A_ROW = 3;

/** An attempt that waits in a queue, or has left it with a slot. Many can wait, so each has few objects and closures. */
class QueuedAttempt implements QueueItem<QueuedAttempt> {
  readonly attempt: Attempt;
  readonly call: Call;
  queue: Queue<QueuedAttempt> | undefined;
  previous: QueuedAttempt | undefined;
  next: QueuedAttempt | undefined;
  /** Ends the wait in the queue. */
  end: (entry: QueuedAttempt) => void = noop;
  onAbort = noop;
  stopHeartbeat = noop;
  /** Whether to wait one turn before sending, because the slot's previous connection may not be in Node's pool yet. */
  mustYield = false;

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.call = attempt.call;
  }
}

/**
 * Runs at most `concurrency` exchanges at a time. The others wait in order, in an interactive or a background queue. An abort
 * removes them. A free slot goes to the interactive queue. While calls of both queues wait, every fourth slot goes to the
 * background queue, so no call waits forever. A runtime can drop a call that has a slot, or one in a queue. The heartbeats of the
 * calls in the queues take back the slots of lost calls.
 *
 * Node's fetch returns a connection to its pool one event loop turn after the response. A request sent before that opens another
 * one. So a call waits a turn if its slot was released in this turn, unless the transport has at most one connection per slot.
 */
export function limit(concurrency: number, { connections }: Pick<Transport, 'connections'> = {}): Limiter {
  const reusesSlotsAtOnce = connections !== undefined && connections <= concurrency;
  const afterTurn = createTurnScheduler();
  const running = new Set<QueuedAttempt>();
  const interactive = new Queue<QueuedAttempt>();
  const background = new Queue<QueuedAttempt>();
  /** How many slots in a row went to the interactive queue while calls of both queues waited. */
  let interactiveSlots = 0;
  /** Free slots that were released in this turn. */
  let justReleased = 0;
  let isResetScheduled = false;
  /** By `monotonicNow()`. Of many heartbeats at the same time, one takes back the slots. */
  let nextReclaimAt = 0;

  const resetReleased = () => {
    justReleased = 0;
    isResetScheduled = false;
  };

  function tryTakeSlot(entry: QueuedAttempt): boolean {
    const freeSlots = concurrency - running.size;
    if (freeSlots <= 0) return false;
    entry.mustYield = freeSlots <= justReleased;
    if (entry.mustYield) justReleased--;
    running.add(entry);
    return true;
  }

  /** Waits for a slot, or until the call aborts. Each heartbeat renews the lease of the call. */
  function waitForSlot(entry: QueuedAttempt): Promise<QueuedAttempt> {
    const { call } = entry;
    const { signal, progress, timeoutMs } = call;
    const heartbeatMs = Math.min(MAX_HEARTBEAT_MS, Math.max(MIN_HEARTBEAT_MS, timeoutMs / 4));
    const leaseMs = HEARTBEATS_PER_LEASE * heartbeatMs;
    return new Promise((resolve) => {
      entry.end = resolve;
      entry.onAbort = () => {
        leaveQueue(entry);
        resolve(entry);
      };
      if (signal.aborted) return entry.onAbort();
      signal.addEventListener('abort', entry.onAbort, { once: true });
      let dueAt = monotonicNow() + heartbeatMs;
      renewLease(call, leaseMs);
      entry.stopHeartbeat = startInterval(heartbeatMs, () => {
        const now = monotonicNow();
        const mayReclaim = now < dueAt + MAX_DELAY_MS && now >= nextReclaimAt;
        dueAt = now + heartbeatMs;
        renewLease(call, leaseMs);
        if (mayReclaim) reclaim(now);
      });
      if (progress.priority === 'interactive') return interactive.add(entry);
      background.add(entry);
      progress.onPriorityRaised = () => {
        background.remove(entry);
        interactive.add(entry);
      };
    });
  }

  function leaveQueue(entry: QueuedAttempt): void {
    const { signal, progress } = entry.call;
    entry.queue?.remove(entry);
    entry.stopHeartbeat();
    signal.removeEventListener('abort', entry.onAbort);
    progress.onPriorityRaised = undefined;
  }

  /** Passes the slots of lost calls on to calls in the queues. */
  function reclaim(now: number): void {
    nextReclaimAt = now + MIN_HEARTBEAT_MS;
    const lost = [...running].filter(({ call }) => isLost(call));
    for (const entry of lost) running.delete(entry);
    for (const _ of lost) grantNext(false);
  }

  /**
   * Returns the first call of a queue that is not lost. If all look lost, as after the process was suspended, returns the first one.
   * Removes lost calls after their deadline.
   */
  function findFirst(queue: Queue<QueuedAttempt>): QueuedAttempt | undefined {
    let firstLost: QueuedAttempt | undefined;
    for (let entry = queue.first; entry; ) {
      const { call, next } = entry;
      if (!isLost(call)) return entry;
      if (monotonicNow() >= call.deadline.expiresAt) leaveQueue(entry);
      else firstLost ??= entry;
      entry = next;
    }
    return firstLost;
  }

  /** Chooses the call that gets a free slot. */
  function chooseNext(): QueuedAttempt | undefined {
    const first = findFirst(interactive);
    const other = findFirst(background);
    if (!first || !other) {
      interactiveSlots = 0;
      return first ?? other;
    }
    const isFirstLost = isLost(first.call);
    const isFirstNext =
      isFirstLost === isLost(other.call) ? interactiveSlots < INTERACTIVE_SLOTS_IN_A_ROW : !isFirstLost;
    interactiveSlots = isFirstNext ? interactiveSlots + 1 : 0;
    return isFirstNext ? first : other;
  }

  /** Grants a free slot to a call in a queue. Returns `false` if none waits. */
  function grantNext(mustYield: boolean): boolean {
    const next = chooseNext();
    if (!next) return false;
    leaveQueue(next);
    running.add(next);
    if (isLost(next.call)) renewLease(next.call, DEFAULT_LEASE_MS); // otherwise, it loses the slot again
    next.mustYield = mustYield;
    next.end(next);
    return true;
  }

  function releaseSlot(entry: QueuedAttempt): void {
    const hadSlot = running.delete(entry);
    if (!hadSlot || grantNext(!reusesSlotsAtOnce) || reusesSlotsAtOnce) return;
    justReleased++;
    if (isResetScheduled) return;
    isResetScheduled = true;
    afterTurn(resetReleased);
  }

  return (next, hold) => {
    async function sendInSlot(entry: QueuedAttempt): ReturnType<Send> {
      const { attempt, call } = entry;
      try {
        call.signal.throwIfAborted();
        if (entry.mustYield) {
          await new Promise<void>(afterTurn);
          if (justReleased > 0) resetReleased(); // the turn has passed for all free slots
        }
        renewLease(call);
        if (!hold?.isHeld(call)) return await next(attempt);
      } finally {
        releaseSlot(entry);
      }
      return hold.resend(attempt);
    }
    return (attempt) => {
      const entry = new QueuedAttempt(attempt);
      return tryTakeSlot(entry) ? sendInSlot(entry) : waitForSlot(entry).then(sendInSlot);
    };
  };
}
