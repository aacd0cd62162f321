import { type AbortSignalLike, raceAbort } from '../core/abort.js';
import type { Layer, Transport } from './layer.js';

/**
 * At most `concurrency` exchanges at a time; the others wait their turn, in order, and may leave the queue.
 *
 * Node's fetch takes a connection back one turn of the event loop after its answer; a request sent sooner opens another.
 */
export function limit(concurrency: number, { connections }: Pick<Transport, 'connections'> = {}): Layer {
  const isBounded = connections !== undefined && connections <= concurrency;
  const waits = !isBounded && typeof setImmediate === 'function';
  let free = concurrency;
  const queue = new Set<() => void>();

  function acquire(signal: AbortSignalLike): Promise<void> | undefined {
    if (free > 0) {
      free--;
      return undefined;
    }
    let enter: () => void = () => {};
    const turn = new Promise<void>((resolve) => {
      enter = resolve;
    });
    queue.add(enter);
    return raceAbort(turn, signal).catch((reason: unknown) => {
      if (!queue.delete(enter)) release(); // the turn came in the same moment
      throw reason;
    });
  }

  function release(): void {
    const [next] = queue;
    if (next === undefined) free++;
    else {
      queue.delete(next);
      next();
    }
  }

  return (next) => async (attempt) => {
    attempt.call.signal.throwIfAborted();
    if (attempt.call.skipLayers.includes('limit')) return next(attempt);
    const turn = acquire(attempt.call.signal);
    if (turn) await turn;
    try {
      return await next(attempt);
    } finally {
      if (waits) setImmediate(release);
      else release();
    }
  };
}
