import { raceAbort } from '../core/abort.js';
import { CALL_SITE, type CallSiteOption } from '../core/call-site.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { delay } from '../core/timers.js';
import type { PersonaError, RequestOptions } from '../index.js';
import {
  describeFinding,
  isServerError,
  mayRepeat,
  toUnknownOutcomeError,
} from '../pipeline/reconcile/lost-write.js';
import type { AdaptiveLimiter } from './adaptive-limiter.js';
import { isItemError, isServiceUnavailable, isTransient, retryAfterMs } from './classify-error.js';
import { findWrite, interruptedError, toUncertainError, type UncertainWrite } from './find-write.js';
import { itemDigest, type JournalState } from './journal/index.js';
import type { BulkOperation, WriteResult } from './operation.js';
import type { ResolvedRunOptions } from './resolve-options.js';
import type { StopPolicy } from './stop-policy.js';
import type { ItemResult } from './types.js';

const MAX_ATTEMPTS = 4;
/**
 * The maximum number of attempts of a create with an unknown outcome. It can exceed `MAX_ATTEMPTS`, because the worker searches
 * for the persona before each attempt.
 */
const MAX_UNCERTAIN_ATTEMPTS = 10;
const MIN_RETRY_DELAY_MS = 100;
const FIRST_BACKOFF_MS = 500;

/** The reason of the stop signal, which the limiter also rejects with. Callers never see it. */
export const STOPPED = Symbol('stopped');

interface ItemWorkerDeps<Item, Value> {
  readonly operation: BulkOperation<Item, Value>;
  readonly options: ResolvedRunOptions;
  readonly limiter: AdaptiveLimiter;
  readonly stopPolicy: StopPolicy;
  readonly journal: JournalState | undefined;
  /** Aborts with {@link STOPPED} when the run stops. */
  readonly stopSignal: AbortSignal;
}

/** Applies items with retries and reconciliation. No item takes effect twice. */
export class ItemWorker<Item, Value> {
  readonly #deps: ItemWorkerDeps<Item, Value>;
  /** The late-write windows of attempts in an earlier run start at this time, by `monotonicNow()`. */
  readonly #startedAt = monotonicNow();

  /** Positions of items that were sent, and whose outcome is still unknown. */
  readonly unresolved = new Set<number>();

  /** Frozen, so that the client validates them once. */
  readonly #requestOptions: RequestOptions<never> & CallSiteOption;

  constructor(deps: ItemWorkerDeps<Item, Value>) {
    this.#deps = deps;
    const { signal, site } = deps.options;
    this.#requestOptions = Object.freeze({
      retry: false,
      onUnknownOutcome: 'throw',
      priority: 'background',
      ...(signal && { signal }),
      [CALL_SITE]: site,
    });
  }

  /**
   * Applies one item.
   *
   * @param blockKeyUntil delays the next item with the same key until a time, by `monotonicNow()`. The worker calls
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
    if (uncertainWrite) this.unresolved.add(index);

    const succeed = async (result: WriteResult<Value>, source: 'sent' | 'reconciled') => {
      const { id, value } = result;
      await journal?.recordApplied(index, result);
      this.unresolved.delete(index);
      if (uncertainWrite && source === 'sent') blockKeyUntil(uncertainWrite.windowEndsAt);
      return { ok: true, index, item, id, value, source } as const;
    };
    const fail = async (error: PersonaError) => {
      this.unresolved.delete(index);
      if (!uncertainWrite) {
        if (isIntentRecorded) await journal?.recordFailure(index);
        return { ok: false, index, item, error } as const;
      }
      blockKeyUntil(uncertainWrite.windowEndsAt);
      return { ok: false, index, item, error: error.maybeApplied ? error : toUncertainError(error) } as const;
    };

    for (let attempt = 1; ; ) {
      const sentAfter = journal?.serviceTime ?? 0;
      try {
        if (uncertainWrite && lastError && findApplied) {
          const finding = await findWrite(this.#deps, findApplied, item, uncertainWrite);
          if (finding.outcome === 'found') return await succeed(finding.match, 'reconciled');
          if (!mayRepeat(finding, serverErrors) || attempt > MAX_UNCERTAIN_ATTEMPTS)
            return await fail(toUnknownOutcomeError(lastError, describeFinding(finding)));
          uncertainWrite = undefined;
        }
        const result = await this.#send(item, async () => {
          if (!isIntentRecorded) await journal?.recordIntent(index, digest);
          isIntentRecorded = true;
          this.unresolved.add(index);
        });
        return await succeed(result, 'sent');
      } catch (error) {
        if (!uncertainWrite && Object(error).maybeApplied !== true) this.unresolved.delete(index);
        if (error === STOPPED && lastError) return await fail(lastError);
        if (!isItemError(error)) throw error;
        const appliedResult = uncertainWrite && operation.alreadyApplied?.(item, error);
        if (appliedResult) return await succeed(appliedResult, 'reconciled');
        const wasUncertain = uncertainWrite !== undefined;
        lastError = error;
        if (error.maybeApplied) {
          uncertainWrite = uncertainSince(sentAfter, monotonicNow());
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
    const { limiter, operation, stopPolicy, stopSignal } = this.#deps;
    const epoch = await limiter.acquire();
    try {
      await beforeSend();
      const result = await operation.send(item, this.#requestOptions);
      limiter.onSuccess();
      stopPolicy.onSuccess();
      return result;
    } catch (error) {
      if (isItemError(error)) {
        if (isServiceUnavailable(error)) limiter.backOff(epoch, retryAfterMs(error));
        else if (isServerError(error)) limiter.onServerError();
        else if (!isTransient(error)) limiter.onSuccess(); // the service processed the request and rejected it
        stopPolicy.onFailure(error);
        if (isServerError(error) && operation.checkHealth)
          await raceAbort(operation.checkHealth(), stopSignal).catch(() => {});
      }
      throw error;
    } finally {
      limiter.release();
    }
  }

  /** Decides whether to retry. Waits before it returns, unless the limiter or the search delays the retry. */
  async #shouldRetry(error: PersonaError, attempt: number, wasUncertain: boolean): Promise<boolean> {
    const { operation } = this.#deps;
    if (error.maybeApplied && !operation.idempotent) return operation.findApplied !== undefined;
    if (isServiceUnavailable(error))
      return !wasUncertain || this.#backOff(Math.max(retryAfterMs(error), MIN_RETRY_DELAY_MS));
    if (!isTransient(error) || attempt >= MAX_ATTEMPTS) return false;
    return this.#backOff(FIRST_BACKOFF_MS * 2 ** (attempt - 1) * Math.random());
  }

  /** Waits before a retry. Returns `false` if the run stops meanwhile. */
  #backOff(ms: number): Promise<boolean> {
    return delay(ms, this.#deps.stopSignal).then(
      () => true,
      (reason: unknown) => {
        if (reason === STOPPED) return false;
        throw reason;
      },
    );
  }
}
