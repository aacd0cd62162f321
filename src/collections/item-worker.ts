import type { PersonaError } from '../index.js';
import { isServerError, mayRepeat, withFinding } from '../pipeline/reconcile/lost-write.js';
import type { AdaptiveLimiter } from './adaptive-limiter.js';
import { isItemError, isServiceUnavailable, isTransient, retryAfterMs } from './classify-error.js';
import { findWrite, interruptedError, stoppedError, type UncertainWrite } from './find-write.js';
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
const MIN_RETRY_DELAY_MS = 100;
const FIRST_BACKOFF_MS = 500;

/** What `delay` and the limiter reject with when the run stops. Callers never see it. */
export const STOPPED = Symbol('stopped');

export interface ItemWorkerDeps<Item, Value> {
  readonly operation: BulkOperation<Item, Value>;
  readonly options: ResolvedRunOptions;
  readonly limiter: AdaptiveLimiter;
  readonly journal: JournalState | undefined;
  /** Waits. Rejects when the run stops. */
  readonly delay: (ms: number) => Promise<void>;
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
   * @throws an error that ends the whole run: an abort or a journal error. {@link STOPPED} if the item was never sent.
   */
  async process(
    index: number,
    item: Item,
    blockKeyUntil: (time: number) => void,
  ): Promise<ItemResult<Item, Value>> {
    const { operation, options, journal } = this.#deps;
    const { findApplied } = operation;
    const digest = journal === undefined ? 0 : itemDigest(item);
    const recordedState = journal?.lookup(index, digest);
    if (recordedState && 'id' in recordedState)
      return { ok: true, index, item, id: recordedState.id, source: 'journal' };

    const uncertainSince = (sentAfter: number, startTime: number): UncertainWrite => ({
      sentAfter,
      windowEndsAt: startTime + options.lateWriteWindowMs,
    });
    let uncertainWrite = recordedState && uncertainSince(recordedState.sentAfter, this.#startedAt);
    let serverErrors = Math.min(recordedState?.serverErrors ?? 0, 1); // a resumed run may send the item once more
    let isIntentRecorded = recordedState !== undefined;
    let lastError = recordedState && interruptedError();

    const succeed = async (result: WriteResult<Value>, source: 'sent' | 'reconciled') => {
      const { id, value } = result;
      await journal?.recordApplied(index, result);
      if (uncertainWrite && source === 'sent') blockKeyUntil(uncertainWrite.windowEndsAt);
      return { ok: true, index, item, id, value, source } as const;
    };
    const fail = async (error: PersonaError) => {
      if (uncertainWrite) blockKeyUntil(uncertainWrite.windowEndsAt);
      else if (isIntentRecorded) await journal?.recordFailure(index);
      return { ok: false, index, item, error } as const;
    };

    for (let attempt = 1; ; ) {
      const sentAfter = journal?.serviceTime ?? 0;
      try {
        if (uncertainWrite && lastError && findApplied) {
          const finding = await findWrite(this.#deps, findApplied, item, uncertainWrite);
          if (finding.outcome === 'found') return await succeed(finding.match, 'reconciled');
          if (!mayRepeat(finding, serverErrors) || attempt > MAX_UNCERTAIN_ATTEMPTS)
            return await fail(withFinding(lastError, finding));
          uncertainWrite = undefined;
        }
        const result = await this.#send(item, async () => {
          if (!isIntentRecorded) await journal?.recordIntent(index, digest);
          isIntentRecorded = true;
        });
        return await succeed(result, 'sent');
      } catch (error) {
        if (error === STOPPED && lastError)
          return await fail(uncertainWrite && findApplied ? stoppedError(lastError) : lastError);
        if (!isItemError(error)) throw error;
        const appliedResult = uncertainWrite && operation.alreadyApplied?.(item, error.code);
        if (appliedResult) return await succeed(appliedResult, 'reconciled');
        const wasUncertain = uncertainWrite !== undefined;
        lastError = error;
        if (error.maybeApplied) {
          uncertainWrite = uncertainSince(sentAfter, performance.now());
          if (isServerError(error)) {
            serverErrors++;
            await journal?.recordServerError(index);
          }
        }
        if (!(await this.#shouldRetry(error, attempt, wasUncertain))) return await fail(error);
        if (error.maybeApplied || !isServiceUnavailable(error)) attempt++;
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
        else if (isServerError(error)) limiter.onServerError();
        else if (!isTransient(error)) limiter.onSuccess(); // the service processed the request and rejected it
        if (isServerError(error)) await operation.checkHealth?.().catch(() => {});
      }
      throw error;
    } finally {
      limiter.release();
    }
  }

  /** Decides whether to retry. Waits before it returns, unless the limiter or the search delays the retry. */
  async #shouldRetry(error: PersonaError, attempt: number, wasUncertain: boolean): Promise<boolean> {
    const { limiter, operation, options } = this.#deps;
    if (error.maybeApplied && !operation.idempotent) return operation.findApplied !== undefined;
    if (isServiceUnavailable(error)) {
      if (limiter.stallMs > options.maxStallMs) return false;
      return !wasUncertain || this.#pause(Math.max(retryAfterMs(error), MIN_RETRY_DELAY_MS));
    }
    if (!isTransient(error) || attempt >= MAX_ATTEMPTS) return false;
    return this.#pause(FIRST_BACKOFF_MS * 2 ** (attempt - 1) * Math.random());
  }

  /** Waits before a retry. Returns `false` if the run stops meanwhile. */
  #pause(ms: number): Promise<boolean> {
    return this.#deps.delay(ms).then(
      () => true,
      (reason: unknown) => {
        if (reason === STOPPED) return false;
        throw reason;
      },
    );
  }
}
