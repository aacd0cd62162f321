import { ConditionVariable } from './condition-variable.js';
import type { Items } from './types.js';

/** Reads items, starts each immediately, and buffers the results in the order of the items. */
export class ReadAhead<Item, Result> {
  readonly #items: Items<Item>;
  readonly #maxBuffered: number;
  readonly #start: (index: number, item: Item) => Promise<Result>;
  readonly #signal: AbortSignal;
  readonly #results: Promise<Result>[] = [];
  readonly #bufferChange = new ConditionVariable();
  #readPromise: Promise<void> | undefined;
  /** Whether a `next()` of the caller's iterator is pending. It may never settle. */
  #isAwaitingItem = false;
  #isExhausted = false;

  /**
   * @param maxBuffered maximum number of buffered results, including pending results.
   * @param start starts one item and returns its result.
   * @param signal stops reading.
   */
  constructor(
    items: Items<Item>,
    maxBuffered: number,
    start: (index: number, item: Item) => Promise<Result>,
    signal: AbortSignal,
  ) {
    this.#items = items;
    this.#maxBuffered = maxBuffered;
    this.#start = start;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#bufferChange.notify());
  }

  /** Starts reading. Rejects with the error that the caller's iterator throws. */
  read(): Promise<void> {
    this.#readPromise = this.#read();
    this.#readPromise.catch(() => {}); // the caller handles the error after the preceding results
    return this.#readPromise;
  }

  /** The oldest result. `undefined` if none is buffered. */
  get head(): Promise<Result> | undefined {
    return this.#results[0];
  }

  /** Whether all items were read and all results removed. */
  get isDone(): boolean {
    return this.#isExhausted && this.#results.length === 0;
  }

  /** Resolves when the empty buffer gets a result, a result is removed, or reading ends or stops. */
  waitForChange(): Promise<void> {
    return this.#bufferChange.wait();
  }

  /** Removes the oldest result. */
  shift(): void {
    this.#results.shift();
    this.#bufferChange.notify();
  }

  /** Waits until no item is in flight. Call this method only after the signal has aborted. */
  async settle(): Promise<void> {
    if (!this.#isAwaitingItem) await this.#readPromise?.catch(() => {});
    await Promise.allSettled(this.#results);
  }

  async #read(): Promise<void> {
    const iterator = getIterator(this.#items);
    try {
      for (let index = 0; ; index++) {
        while (this.#results.length >= this.#maxBuffered && !this.#signal.aborted)
          await this.#bufferChange.wait();
        if (this.#signal.aborted) break;
        this.#isAwaitingItem = true;
        const next = await iterator.next();
        this.#isAwaitingItem = false;
        if (next.done) return;
        if (this.#signal.aborted) break;
        const result = this.#start(index, next.value);
        result.catch(() => {}); // the consumer of the result handles it
        if (this.#results.push(result) === 1) this.#bufferChange.notify();
      }
      await iterator.return?.();
    } finally {
      this.#isAwaitingItem = false;
      this.#isExhausted = true;
      this.#bufferChange.notify();
    }
  }
}

const getIterator = <Item>(items: Items<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
