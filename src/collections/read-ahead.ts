import type { AbortSignalLike } from '../core/abort.js';
import { raceTimeout, yieldToEventLoop } from '../core/timers.js';
import { ConditionVariable } from './condition-variable.js';
import type { Items } from './types.js';

/** How long a stopped run waits for an item that the caller's iterator is about to return. */
const MAX_ITEM_WAIT_MS = 100;
/** How long a stopped run waits for the caller's iterator to clean up. */
const MAX_CLEANUP_MS = 2_000;
/**
 * How many items are read before timers and events may run. Items that are rejected or resumed without a request would block them,
 * also an abort.
 */
const ITEMS_PER_TURN = 100;

/** Reads items, starts each immediately, and buffers the results in the order of the items. */
export class ReadAhead<Item, Result> {
  readonly #items: Items<Item>;
  readonly #maxBuffered: number;
  readonly #start: (index: number, item: Item) => Promise<Result>;
  readonly #signal: AbortSignalLike;
  readonly #results: Promise<Result>[] = [];
  readonly #bufferChange = new ConditionVariable();
  #readPromise: Promise<void> | undefined;
  /** A `next()` of the caller's iterator that is pending. It may never settle. */
  #pendingItem: Promise<IteratorResult<Item>> | undefined;
  #isExhausted = false;
  #hasReadAll = false;

  /**
   * @param maxBuffered maximum number of buffered results, including pending results.
   * @param start starts one item and returns its result.
   * @param signal stops reading.
   */
  constructor(
    items: Items<Item>,
    maxBuffered: number,
    start: (index: number, item: Item) => Promise<Result>,
    signal: AbortSignalLike,
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

  /** Whether the caller's iterator has ended, failed or been closed. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** Whether the caller's iterator has ended by itself. */
  get hasReadAll(): boolean {
    return this.#hasReadAll;
  }

  /** Whether all results were removed, and no other will come. The caller's iterator may still be busy. */
  get isDone(): boolean {
    return this.#results.length === 0 && (this.#isExhausted || this.#signal.aborted);
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
    if (this.#pendingItem) await settleWithin(this.#pendingItem, MAX_ITEM_WAIT_MS);
    if (this.#readPromise && !this.#pendingItem) await settleWithin(this.#readPromise, MAX_CLEANUP_MS);
    await Promise.allSettled(this.#results);
  }

  async #read(): Promise<void> {
    const iterator = getIterator(this.#items);
    try {
      for (let index = 0; ; index++) {
        while (this.#results.length >= this.#maxBuffered && !this.#signal.aborted)
          await this.#bufferChange.wait();
        if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await yieldToEventLoop();
        if (this.#signal.aborted) break;
        this.#pendingItem = Promise.resolve(iterator.next());
        const next = await this.#pendingItem;
        this.#pendingItem = undefined;
        if (next.done) {
          this.#hasReadAll = true;
          return;
        }
        if (this.#signal.aborted) break;
        const result = this.#start(index, next.value);
        result.catch(() => {}); // the consumer of the result handles it
        if (this.#results.push(result) === 1) this.#bufferChange.notify();
      }
      await iterator.return?.();
    } finally {
      this.#pendingItem = undefined;
      this.#isExhausted = true;
      this.#bufferChange.notify();
    }
  }
}

const settleWithin = (work: Promise<unknown>, ms: number): Promise<unknown> =>
  raceTimeout<unknown>(work, ms, () => undefined).catch(() => {});

const getIterator = <Item>(items: Items<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in Object(items)
    ? (items as AsyncIterable<Item>)[Symbol.asyncIterator]()
    : (items as Iterable<Item>)[Symbol.iterator]();
