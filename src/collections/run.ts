import { addCaller } from '../core/call-site.js';
import { isPromise } from '../core/is-promise.js';
import { PersonaError } from '../index.js';
import { AbortGuard } from './abort-guard.js';
import { AdaptiveLimiter } from './adaptive-limiter.js';
import { ItemWorker, STOPPED } from './item-worker.js';
import { JournalState, limitJournal } from './journal/index.js';
import { KeyedQueue } from './keyed-queue.js';
import type { BulkOperation, ClosableClient } from './operation.js';
import { ReadAhead } from './read-ahead.js';
import { copyItem, type ResolvedRunOptions, resolveItems } from './resolve-options.js';
import { StopPolicy } from './stop-policy.js';
import { createStallError, SummaryTracker } from './summary.js';
import type { InvalidItem, ItemResult, Items, RunSummary } from './types.js';

/** How many items per unit of `concurrency` the run reads ahead, so that a slow item does not delay the others. */
const READ_AHEAD_FACTOR = 16;

/** `undefined` for an item that was dropped because the run stopped. */
type Result<Item, Value> = ItemResult<Item, Value> | undefined;

/** Applies items concurrently and yields their results in order. */
export class BulkRun<Item, Value> {
  readonly #operation: BulkOperation<Item, Value>;
  readonly #options: ResolvedRunOptions;
  readonly #limiter: AdaptiveLimiter;
  readonly #queue = new KeyedQueue();
  readonly #journal: JournalState | undefined;
  readonly #stopController = new AbortController();
  readonly #readAhead: ReadAhead<Item | InvalidItem, Result<Item, Value>>;
  readonly #tracker: SummaryTracker;
  #worker: ItemWorker<Item, Value> | undefined;
  /** The error of the items that were not sent because of a stall. */
  #stallError: PersonaError | undefined;
  readonly #stopPolicy: StopPolicy;
  readonly #abortGuard: AbortGuard;
  /** What an async `onProgress` rejected with. */
  #callbackFailure: { readonly error: unknown } | undefined;

  constructor(
    client: ClosableClient,
    operation: BulkOperation<Item, Value>,
    items: Items<Item | InvalidItem>,
    options: ResolvedRunOptions,
  ) {
    const { concurrency, journal, maxStallMs, onUnknownOutcome } = options;
    this.#operation = operation;
    this.#options = options;
    this.#abortGuard = new AbortGuard(client, options);
    this.#limiter = new AdaptiveLimiter(concurrency);
    const needsJournalState = journal || (onUnknownOutcome === 'reconcile' && operation.findApplied);
    this.#journal = needsJournalState
      ? new JournalState(journal && limitJournal(journal, maxStallMs, this.#stopController.signal))
      : undefined;
    this.#readAhead = new ReadAhead(
      resolveItems(options.functionName, items),
      READ_AHEAD_FACTOR * concurrency,
      (index, item) => this.#process(index, item),
      this.#stopController.signal,
    );
    this.#tracker = new SummaryTracker(operation.name, concurrency);
    const { functionName } = options;
    this.#stopPolicy = new StopPolicy({
      maxStallMs,
      onSessionEnd: (error) => this.#stop(error),
      onStall: (lastError) => {
        if (this.#isStopped) return;
        this.#stallError = createStallError(functionName, maxStallMs, lastError);
        this.#stop(this.#stallError);
      },
    });
  }

  get summary(): RunSummary {
    return this.#tracker.summary;
  }

  async *results(): AsyncGenerator<ItemResult<Item, Value>, void, void> {
    const unsubscribe = this.#abortGuard.start(
      () => this.#stop(),
      () => this.#worker !== undefined,
    );
    try {
      this.#abortGuard.throwIfAborted();
      await this.#abortGuard.raceAbort(this.#start());
      const readPromise = this.#readAhead.read();
      while (!this.#readAhead.isDone) {
        const { head } = this.#readAhead;
        if (head) {
          const result = await this.#abortGuard.raceAbort(head);
          this.#readAhead.shift();
          if (result) yield result;
        } else await this.#abortGuard.raceAbort(this.#readAhead.waitForChange());
        if (this.#callbackFailure) throw this.#callbackFailure.error;
      }
      if (!this.#readAhead.hasReadAll) this.#abortGuard.throwIfAborted();
      if (this.#readAhead.isExhausted) await readPromise; // rethrows the error of the caller's iterator
      this.#tracker.summary.complete =
        this.#readAhead.hasReadAll && (!this.#isStopped || this.#stallError !== undefined);
    } catch (error) {
      throw addCaller(error, this.#options.site);
    } finally {
      this.#stop();
      await this.#release().finally(unsubscribe);
    }
  }

  async #start(): Promise<void> {
    await this.#journal?.open(this.#operation.name, this.#operation.readBaseline);
    this.#worker = new ItemWorker({
      operation: this.#operation,
      options: this.#options,
      limiter: this.#limiter,
      stopPolicy: this.#stopPolicy,
      journal: this.#journal,
      stopSignal: this.#stopController.signal,
    });
  }

  async #process(index: number, source: Item | InvalidItem): Promise<Result<Item, Value>> {
    try {
      const item = copyItem(source); // a generator may yield the same object repeatedly
      const result =
        item instanceof PersonaError
          ? ({ ok: false, index, item, error: item } as const)
          : await this.#enqueue(index, item);
      if (result) this.#report(result as ItemResult<Item, Value>);
      return result as Result<Item, Value>;
    } catch (error) {
      if (this.#abortGuard.isAborted) return undefined;
      this.#stop();
      throw error;
    }
  }

  async #enqueue(index: number, item: Item): Promise<Result<Item, Value>> {
    const task = async (blockKeyUntil: (time: number) => void) => {
      if (this.#isStopped && !this.#stallError) return undefined;
      try {
        return await this.#worker?.process(index, item, blockKeyUntil);
      } catch (error) {
        if (error !== STOPPED) throw error;
        return this.#stallError && ({ ok: false, index, item, error: this.#stallError } as const);
      }
    };
    const key = this.#operation.queueKey(item);
    this.#stopPolicy.startWaiting(index); // includes the time of earlier items with the key, and of searches
    const result =
      key === undefined ? task(() => {}) : this.#queue.run(key, task, this.#stopController.signal);
    return result.finally(() => this.#stopPolicy.stopWaiting(index));
  }

  #report(result: ItemResult<Item, Value>): void {
    const { stopOnError, onProgress } = this.#options;
    if (!result.ok && result.error !== result.item) addCaller(result.error, this.#options.site);
    this.#tracker.add(result, this.#limiter.limit);
    if (!result.ok && stopOnError) this.#stop(result.error);
    const pending: unknown = onProgress?.({ ...this.summary });
    if (isPromise(pending))
      pending.then(undefined, (error: unknown) => {
        this.#callbackFailure ??= { error };
        this.#stop();
      });
  }

  get #isStopped(): boolean {
    return this.#stopController.signal.aborted;
  }

  /** Stops reading and sending. Requests in flight may finish. `error` is the reason, unless the caller ended the run. */
  #stop(error?: PersonaError): void {
    if (error && !this.#isStopped) this.#tracker.summary.stopError = addCaller(error, this.#options.site);
    this.#stopController.abort(STOPPED);
    this.#limiter.close(STOPPED);
  }

  /** Waits until nothing is in flight, and closes the journal. */
  async #release(): Promise<void> {
    await this.#abortGuard.settle(this.#readAhead.settle().then(() => this.#journal?.close()));
    for (const index of this.#worker?.unresolved ?? []) this.#tracker.addDoubtful(index);
    this.#tracker.sortDoubtful();
  }
}
