import { PersonaAbortError, PersonaError } from '../index.js';
import { AdaptiveLimiter } from './adaptive-limiter.js';
import { ConditionVariable } from './condition-variable.js';
import { ItemWorker } from './item-worker.js';
import { JournalState } from './journal/journal-state.js';
import { Lanes } from './lanes.js';
import type { Operation } from './operation.js';
import type { Settings } from './settings.js';
import type { CollectionRun, InvalidRow, ItemResult, Items, RunSummary } from './types.js';

/** So many items per request in flight are read ahead, so that a slow one does not hold up the others. */
const AHEAD = 16;

/** Why a wait ended: the run stops. Never seen outside. */
const STOPPED = Symbol('stopped');

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Result<Item, Value> = ItemResult<Item, Value> | undefined;

/** Reads items, applies them side by side, and hands on their results in order. */
class Run<Item, Value> {
  readonly summary: Mutable<RunSummary>;
  readonly #operation: Operation<Item, Value>;
  readonly #items: Items<Item | InvalidRow>;
  readonly #settings: Settings;
  readonly #gate: AdaptiveLimiter;
  readonly #lanes = new Lanes();
  readonly #ledger: JournalState | undefined;
  /** One for each item read whose result was not handed on; dropped ones have none. */
  readonly #results: Promise<Result<Item, Value>>[] = [];
  readonly #stopping = new AbortController();
  readonly #changed = new ConditionVariable();
  #apply: ItemWorker<Item, Value> | undefined;
  /** Whether the items' own iterator is being waited for: it may never answer. */
  #waitsForItem = false;
  #allRead = false;

  constructor(operation: Operation<Item, Value>, items: Items<Item | InvalidRow>, settings: Settings) {
    this.#operation = operation;
    this.#items = items;
    this.#settings = settings;
    this.#gate = new AdaptiveLimiter(settings.concurrency);
    const needed = settings.journal || (settings.onUnknownOutcome === 'reconcile' && operation.find);
    this.#ledger = needed ? new JournalState(settings.journal) : undefined;
    const { concurrency } = settings;
    this.summary = { done: 0, found: 0, resumed: 0, failed: 0, complete: false, concurrency };
  }

  async *results(): AsyncGenerator<ItemResult<Item, Value>, void, void> {
    const { signal } = this.#settings;
    const stop = () => this.#stop();
    signal?.addEventListener('abort', stop, { once: true });
    let reading: Promise<void> | undefined;
    try {
      this.#throwIfAborted();
      await this.#ledger?.open(this.#operation.name, this.#operation.baseline);
      this.#apply = new ItemWorker({
        operation: this.#operation,
        settings: this.#settings,
        gate: this.#gate,
        ledger: this.#ledger,
        pause: (ms) => this.#pause(ms),
      });
      reading = this.#read();
      reading.catch(() => {}); // thrown below, when the results before it are taken
      for (;;) {
        const next = this.#results[0];
        if (next === undefined && this.#allRead) break;
        const result = await (next ?? this.#changed.wait());
        this.#throwIfAborted();
        if (next === undefined) continue;
        this.#results.shift();
        this.#changed.ring();
        if (result) yield result;
      }
      await reading; // throws what the items' iterator threw
      this.summary.complete = !this.#stopping.signal.aborted;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#stop();
      if (!this.#waitsForItem) await reading?.catch(() => {});
      await Promise.allSettled(this.#results);
      await this.#ledger?.close();
    }
  }

  async #read(): Promise<void> {
    const iterator = iteratorOf(this.#items);
    const ahead = AHEAD * this.#settings.concurrency;
    try {
      for (let index = 0; ; index++) {
        while (this.#results.length >= ahead && !this.#stopped) await this.#changed.wait();
        if (this.#stopped) break;
        this.#waitsForItem = true;
        const next = await iterator.next();
        this.#waitsForItem = false;
        if (next.done) return;
        if (this.#stopped) break;
        const result = this.#resultOf(index, next.value);
        result.catch(() => {}); // whoever reads it hears of it
        if (this.#results.push(result) === 1) this.#changed.ring();
      }
      await iterator.return?.();
    } finally {
      this.#waitsForItem = false;
      this.#allRead = true;
      this.#changed.ring();
    }
  }

  async #resultOf(index: number, item: Item | InvalidRow): Promise<Result<Item, Value>> {
    try {
      const result =
        item instanceof PersonaError
          ? ({ ok: false, index, item, error: item } as const)
          : await this.#inLane(index, item);
      if (result === undefined) return undefined;
      this.#count(result as ItemResult<Item, Value>);
      return result as ItemResult<Item, Value>;
    } catch (error) {
      if (error === STOPPED || this.#settings.signal?.aborted) return undefined;
      this.#stop();
      throw error;
    }
  }

  async #inLane(index: number, item: Item): Promise<Result<Item, Value>> {
    let until = 0;
    const hold = (at: number) => {
      until = at;
    };
    const apply = async () => (this.#stopped ? undefined : this.#apply?.item(index, item, hold));
    const lane = this.#operation.lane(item);
    if (lane === undefined) return apply();
    return this.#lanes.run(lane, apply, async () => {
      const heldMs = until - performance.now();
      if (heldMs > 0) await this.#pause(heldMs).catch(() => {});
    });
  }

  #count(result: ItemResult<Item, Value>): void {
    const { summary } = this;
    if (!result.ok) {
      summary.failed++;
      if (this.#settings.stopOnError) this.#stop();
    } else {
      summary.done++;
      if (result.source === 'found') summary.found++;
      if (result.source === 'journal') summary.resumed++;
    }
    summary.concurrency = this.#gate.limit;
    this.#settings.onProgress?.({ ...summary });
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Nothing further is read or sent; what was sent may end. */
  #stop(): void {
    this.#stopping.abort(STOPPED);
    this.#gate.close(STOPPED);
    this.#changed.ring();
  }

  #throwIfAborted(): void {
    const { signal } = this.#settings;
    if (!signal?.aborted) return;
    throw new PersonaAbortError(`${this.#operation.name}Many was aborted.`, { cause: signal.reason });
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        reject(STOPPED);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', end);
        resolve();
      }, ms);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }
}

const iteratorOf = <Item>(items: Items<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();

/** Begin nothing yet: that is for whoever takes the first result. */
export function runOver<Item, Value>(
  operation: Operation<Item, Value>,
  items: Items<Item | InvalidRow>,
  settings: Settings,
): CollectionRun<Item | InvalidRow, Value> {
  const run = new Run(operation, items, settings);
  const results = run.results();
  return Object.assign(results, {
    summary: run.summary as RunSummary,
    finish: async () => {
      for await (const _ of results);
      return run.summary;
    },
  });
}
