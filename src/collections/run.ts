import { delay } from '../core/timers.js';
import { PersonaAbortError, PersonaError } from '../index.js';
import { AdaptiveLimiter } from './adaptive-limiter.js';
import { ItemWorker, STOPPED } from './item-worker.js';
import { JournalState } from './journal/index.js';
import { KeyedQueue } from './keyed-queue.js';
import type { BulkOperation } from './operation.js';
import { ReadAhead } from './read-ahead.js';
import type { ResolvedRunOptions } from './resolve-options.js';
import type { CollectionRun, InvalidRow, ItemResult, Items, RunSummary } from './types.js';

/** How many items per unit of `concurrency` the run reads ahead, so that a slow item does not delay the others. */
const READ_AHEAD_FACTOR = 16;

/** What to do about failed items that the service may have applied. */
const DOUBTFUL_ADVICE: Readonly<Record<BulkOperation<unknown, unknown>['name'], string>> = {
  create:
    "The personas of the doubtful items may exist. Before you create a persona again, look for it. If the service's list hides rows, look in its database. Or resume the run with its journal later: it creates only missing personas.",
  update:
    'The service may have applied the doubtful items. Apply them again: an update has the same effect twice.',
  delete: 'The service may have applied the doubtful items. Read each persona before you delete it again.',
};

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
/** `undefined` for an item that was dropped because the run stopped. */
type Result<Item, Value> = ItemResult<Item, Value> | undefined;

/** Creates a run. It starts when the caller requests the first result. */
export function createRun<Item, Value>(
  operation: BulkOperation<Item, Value>,
  items: Items<Item | InvalidRow>,
  options: ResolvedRunOptions,
): CollectionRun<Item | InvalidRow, Value> {
  const run = new BulkRun(operation, items, options);
  const results = run.results();
  return Object.assign(results, {
    summary: run.summary as RunSummary,
    finish: async () => {
      for await (const _ of results);
      return run.summary;
    },
  });
}

/** Applies items concurrently and yields their results in order. */
class BulkRun<Item, Value> {
  readonly summary: Mutable<RunSummary>;
  readonly #operation: BulkOperation<Item, Value>;
  readonly #options: ResolvedRunOptions;
  readonly #limiter: AdaptiveLimiter;
  readonly #queue = new KeyedQueue();
  readonly #journal: JournalState | undefined;
  readonly #stopController = new AbortController();
  readonly #readAhead: ReadAhead<Item | InvalidRow, Result<Item, Value>>;
  readonly #doubtful: number[] = [];
  #worker: ItemWorker<Item, Value> | undefined;

  constructor(
    operation: BulkOperation<Item, Value>,
    items: Items<Item | InvalidRow>,
    options: ResolvedRunOptions,
  ) {
    const { concurrency, journal, onUnknownOutcome } = options;
    this.#operation = operation;
    this.#options = options;
    this.#limiter = new AdaptiveLimiter(concurrency);
    const needsJournalState = journal || (onUnknownOutcome === 'reconcile' && operation.findApplied);
    this.#journal = needsJournalState ? new JournalState(journal) : undefined;
    this.#readAhead = new ReadAhead(
      items,
      READ_AHEAD_FACTOR * concurrency,
      (index, item) => this.#process(index, item),
      this.#stopController.signal,
    );
    this.summary = {
      succeeded: 0,
      reconciled: 0,
      resumed: 0,
      failed: 0,
      doubtful: this.#doubtful,
      complete: false,
      concurrency,
    };
  }

  async *results(): AsyncGenerator<ItemResult<Item, Value>, void, void> {
    const { signal } = this.#options;
    const stop = () => this.#stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this.#throwIfAborted();
      await this.#journal?.open(this.#operation.name, this.#operation.readBaseline);
      this.#worker = new ItemWorker({
        operation: this.#operation,
        options: this.#options,
        limiter: this.#limiter,
        journal: this.#journal,
        delay: (ms) => delay(ms, this.#stopController.signal),
      });
      const readPromise = this.#readAhead.read();
      while (!this.#readAhead.isDone) {
        const { head } = this.#readAhead;
        const result = await (head ?? this.#readAhead.waitForChange());
        this.#throwIfAborted();
        if (head === undefined) continue;
        this.#readAhead.shift();
        if (result) yield result;
      }
      await readPromise; // rethrows the error of the caller's iterator
      this.summary.complete = !this.#isStopped;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#stop();
      await this.#readAhead.settle();
      this.#doubtful.sort((a, b) => a - b);
      await this.#journal?.close();
    }
  }

  async #process(index: number, item: Item | InvalidRow): Promise<Result<Item, Value>> {
    try {
      const result =
        item instanceof PersonaError
          ? ({ ok: false, index, item, error: item } as const)
          : await this.#enqueue(index, item);
      if (result === undefined) return undefined;
      this.#updateSummary(result as ItemResult<Item, Value>);
      return result as ItemResult<Item, Value>;
    } catch (error) {
      if (error === STOPPED || this.#options.signal?.aborted) return undefined;
      this.#stop();
      throw error;
    }
  }

  async #enqueue(index: number, item: Item): Promise<Result<Item, Value>> {
    let blockedUntil = 0;
    const blockKeyUntil = (time: number) => {
      blockedUntil = time;
    };
    const task = async () =>
      this.#isStopped ? undefined : this.#worker?.process(index, item, blockKeyUntil);
    const key = this.#operation.queueKey(item);
    if (key === undefined) return task();
    return this.#queue.run(key, task, async () => {
      const remainingMs = blockedUntil - performance.now();
      if (remainingMs > 0) await delay(remainingMs, this.#stopController.signal).catch(() => {});
    });
  }

  #updateSummary(result: ItemResult<Item, Value>): void {
    const { summary } = this;
    if (!result.ok) {
      summary.failed++;
      if (result.error.maybeApplied) {
        this.#doubtful.push(result.index);
        summary.advice = DOUBTFUL_ADVICE[this.#operation.name];
      }
      if (this.#options.stopOnError) this.#stop();
    } else {
      summary.succeeded++;
      if (result.source === 'reconciled') summary.reconciled++;
      if (result.source === 'journal') summary.resumed++;
    }
    summary.concurrency = this.#limiter.limit;
    this.#options.onProgress?.({ ...summary });
  }

  get #isStopped(): boolean {
    return this.#stopController.signal.aborted;
  }

  /** Stops reading and sending. Requests in flight may finish. */
  #stop(): void {
    this.#stopController.abort(STOPPED);
    this.#limiter.close(STOPPED);
  }

  #throwIfAborted(): void {
    const { functionName, journal, signal } = this.#options;
    if (!signal?.aborted) return;
    const nextStep = journal
      ? 'To resume the run, pass the same journal and items.'
      : 'Check which items were applied before you try again.';
    throw new PersonaAbortError(
      `${functionName} was aborted. Items in flight may have been applied. ${nextStep}`,
      { cause: signal.reason },
    );
  }
}
