import { PersonaConnectionError, type PersonaError } from '../index.js';
import type { AdaptiveLimiter } from './adaptive-limiter.js';
import { isItemError, isServiceUnavailable, isTransient, retryAfterMs } from './classify-error.js';
import { itemDigest, type JournalState } from './journal/index.js';
import type { BulkOperation, WriteResult } from './operation.js';
import type { ResolvedRunOptions } from './resolve-options.js';
import type { ItemResult } from './types.js';

const MAX_ATTEMPTS = 4;
/**
 * The maximum number of attempts of a create with an unknown outcome. More attempts are safe, because the worker searches
 * for the persona before each attempt.
 */
const MAX_UNCERTAIN_ATTEMPTS = 10;
const FIRST_POLL_DELAY_MS = 100;
const FIRST_BACKOFF_MS = 500;

export interface ItemWorkerDeps<Item, Value> {
  readonly operation: BulkOperation<Item, Value>;
  readonly options: ResolvedRunOptions;
  readonly limiter: AdaptiveLimiter;
  readonly journal: JournalState | undefined;
  /** Waits. Rejects when the run stops. */
  readonly delay: (ms: number) => Promise<void>;
}

/** An attempt whose outcome is unknown. */
interface UncertainWrite {
  /** Service time before the attempt, in milliseconds since the epoch. */
  readonly sentAfter: number;
  /** When the service can no longer apply the write, by `performance.now()`. */
  readonly windowEndsAt: number;
}

/** Applies items, each exactly once, with retries and reconciliation. */
export class ItemWorker<Item, Value> {
  readonly #deps: ItemWorkerDeps<Item, Value>;
  /** The late-write windows of attempts in an earlier run start at this time, by `performance.now()`. */
  readonly #startedAt = performance.now();

  constructor(deps: ItemWorkerDeps<Item, Value>) {
    this.#deps = deps;
  }

  /**
   * Applies one item.
   *
   * @param blockKeyUntil delays the next item with the same key until a time, by `performance.now()`. The worker calls
   * this function if the service may still apply an earlier attempt.
   * @throws an error that ends the whole run: an abort or a journal error.
   */
  async process(
    index: number,
    item: Item,
    blockKeyUntil: (time: number) => void,
  ): Promise<ItemResult<Item, Value>> {
    const { operation, options, journal } = this.#deps;
    const digest = journal === undefined ? 0 : itemDigest(item);
    const recordedState = journal?.lookup(index, digest);
    if (recordedState && 'id' in recordedState)
      return { ok: true, index, item, id: recordedState.id, source: 'journal' };

    const windowEnd = (startTime: number) => startTime + options.lateWriteWindowMs;
    let uncertainWrite: UncertainWrite | undefined = recordedState && {
      sentAfter: recordedState.sentAfter,
      windowEndsAt: windowEnd(this.#startedAt),
    };
    let isIntentRecorded = recordedState !== undefined;
    let lastError: PersonaError | undefined;

    const succeed = async (result: WriteResult<Value>, source: 'sent' | 'reconciled') => {
      const { id, value } = result;
      await journal?.recordApplied(index, result);
      if (uncertainWrite && source === 'sent') blockKeyUntil(uncertainWrite.windowEndsAt);
      return { ok: true, index, item, id, value, source } as const;
    };

    for (let attempt = 1; ; ) {
      const sentAfter = journal?.serviceTime ?? 0;
      try {
        if (uncertainWrite && operation.findApplied) {
          const foundResult = await this.#pollForWrite(item, uncertainWrite);
          if (foundResult) return await succeed(foundResult, 'reconciled');
          if (journal?.hasResponseMismatch)
            return { ok: false, index, item, error: lastError ?? unknownOutcomeError() };
          uncertainWrite = undefined;
        }
        const result = await this.#send(item, async () => {
          if (!isIntentRecorded) await journal?.recordIntent(index, digest);
          isIntentRecorded = true;
        });
        return await succeed(result, 'sent');
      } catch (error) {
        if (!isItemError(error)) throw error;
        const appliedResult = uncertainWrite && operation.alreadyApplied?.(item, error.code);
        if (appliedResult) return await succeed(appliedResult, 'reconciled');
        const wasUncertain = uncertainWrite !== undefined;
        lastError = error;
        if (error.maybeApplied) uncertainWrite = { sentAfter, windowEndsAt: windowEnd(performance.now()) };
        if (await this.#shouldRetry(error, attempt, wasUncertain)) {
          if (error.maybeApplied || !isServiceUnavailable(error)) attempt++;
          continue;
        }
        if (isIntentRecorded && !uncertainWrite) await journal?.recordFailure(index);
        return { ok: false, index, item, error };
      }
    }
  }

  async #send(item: Item, beforeSend: () => Promise<void>): Promise<WriteResult<Value>> {
    const { limiter, operation, options } = this.#deps;
    const epoch = await limiter.acquire();
    try {
      await beforeSend();
      const result = await operation.send(item, {
        retry: false,
        onUnknownOutcome: 'throw',
        ...(options.signal && { signal: options.signal }),
      });
      limiter.onSuccess();
      return result;
    } catch (error) {
      if (isItemError(error)) {
        if (isServiceUnavailable(error)) limiter.backOff(epoch, retryAfterMs(error));
        else if (!isTransient(error)) limiter.onSuccess(); // the service processed the request and rejected it
      }
      throw error;
    } finally {
      limiter.release();
    }
  }

  /** Decides whether to retry. Waits before it returns, unless the limiter or the search delays the retry. */
  async #shouldRetry(error: PersonaError, attempt: number, wasUncertain: boolean): Promise<boolean> {
    const { limiter, operation, options, delay } = this.#deps;
    if (error.maybeApplied && !operation.idempotent)
      return operation.findApplied !== undefined && attempt < MAX_UNCERTAIN_ATTEMPTS;
    if (isServiceUnavailable(error)) {
      if (limiter.stallMs > options.maxStallMs) return false;
      if (wasUncertain) await delay(Math.max(retryAfterMs(error), FIRST_POLL_DELAY_MS)); // searches bypass the limiter
      return true;
    }
    if (!isTransient(error) || attempt >= MAX_ATTEMPTS) return false;
    await delay(FIRST_BACKOFF_MS * 2 ** (attempt - 1) * Math.random());
    return true;
  }

  /** Searches until the search finds the write, or the service can no longer apply the write. */
  async #pollForWrite(
    item: Item,
    { sentAfter, windowEndsAt }: UncertainWrite,
  ): Promise<WriteResult<Value> | undefined> {
    const { operation, journal, delay } = this.#deps;
    const search = () =>
      operation.findApplied?.(item, sentAfter, (id) => journal?.isAccountedFor(id) ?? false);
    for (let pollMs = FIRST_POLL_DELAY_MS; ; pollMs *= 2) {
      const isWindowOver = performance.now() >= windowEndsAt;
      const foundResult = await search();
      if (foundResult) return foundResult;
      if (isWindowOver) return search(); // one scan may miss a row that moves, two scans hardly ever do
      await delay(Math.min(pollMs, Math.max(0, windowEndsAt - performance.now())));
    }
  }
}

const unknownOutcomeError = () =>
  new PersonaConnectionError(
    'An earlier run ended while it created this item, so the persona may exist. The run cannot search for the persona, because the service does not return the values that the run sent. Look for the persona before you create it again.',
    { maybeApplied: true },
  );
