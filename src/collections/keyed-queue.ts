import type { AbortSignalLike } from '../core/abort.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { delay } from '../core/timers.js';

/** Runs tasks that share a key one after another, and tasks with different keys concurrently. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs a task after the earlier tasks with the same key.
   *
   * @param task receives a function that blocks the key until a time, by `monotonicNow()`. The next task with the key
   * then waits until that time, even if this task fails.
   * @param signal ends the block.
   */
  run<T>(
    key: string,
    task: (blockKeyUntil: (time: number) => void) => Promise<T>,
    signal: AbortSignalLike,
  ): Promise<T> {
    let blockedUntil = 0;
    const start = () =>
      task((time) => {
        blockedUntil = time;
      });
    const awaitBlock = async () => {
      const remainingMs = blockedUntil - monotonicNow();
      if (remainingMs > 0) await delay(remainingMs, signal).catch(() => {});
    };
    const previous = this.#tails.get(key);
    const result = previous === undefined ? start() : previous.then(start);
    const tail = result.then(awaitBlock, awaitBlock);
    this.#tails.set(key, tail);
    tail.then(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    return result;
  }
}
