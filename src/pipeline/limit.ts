import { type AbortSignalLike, raceAbort } from '../core/abort.js';
import type { Layer, Transport } from './layer.js';

/**
 * Runs at most `concurrency` exchanges at a time. The others wait in order, and an abort removes them from the queue.
 *
 * Node's fetch returns a connection to its pool one event loop turn after the response. A request sent before that opens
 * another connection. So this layer releases a slot one turn later, unless the transport bounds its own connections.
 */
export function limit(concurrency: number, { connections }: Pick<Transport, 'connections'> = {}): Layer {
  const isBounded = connections !== undefined && connections <= concurrency;
  const shouldDeferRelease = !isBounded && typeof setImmediate === 'function';
  let freeSlots = concurrency;
  const queue = new Set<() => void>();

  /** Takes a free slot. If there is none, returns a promise for the next one. */
  function acquire(signal: AbortSignalLike): Promise<void> | undefined {
    if (freeSlots > 0) {
      freeSlots--;
      return undefined;
    }
    let grantSlot: () => void = () => {};
    const slot = new Promise<void>((resolve) => {
      grantSlot = resolve;
    });
    queue.add(grantSlot);
    return raceAbort(slot, signal).catch((reason: unknown) => {
      if (!queue.delete(grantSlot)) release(); // the call already had its slot when it aborted
      throw reason;
    });
  }

  function release(): void {
    const [grantSlot] = queue;
    if (grantSlot === undefined) freeSlots++;
    else {
      queue.delete(grantSlot);
      grantSlot();
    }
  }

  return (next) => async (attempt) => {
    attempt.call.signal.throwIfAborted();
    if (attempt.call.skipLayers.includes('limit')) return next(attempt);
    const slot = acquire(attempt.call.signal);
    if (slot) await slot;
    try {
      return await next(attempt);
    } finally {
      if (shouldDeferRelease) setImmediate(release);
      else release();
    }
  };
}
