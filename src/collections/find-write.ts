import { raceAbort } from '../core/abort.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { delay } from '../core/timers.js';
import { PersonaConnectionError, type PersonaError } from '../index.js';
import { type Finding, findLostWrite, toUnknownOutcomeError } from '../pipeline/reconcile/lost-write.js';
import { isItemError } from './classify-error.js';
import type { JournalState } from './journal/index.js';
import type { BulkOperation, WriteResult } from './operation.js';
import type { StopPolicy } from './stop-policy.js';

/** An attempt whose outcome is unknown. */
export interface UncertainWrite {
  /** Service time before the attempt, in milliseconds since the epoch. */
  readonly sentAfter: number;
  /** When the service can no longer apply the write, by `monotonicNow()`. */
  readonly windowEndsAt: number;
}

interface FindWriteDeps {
  readonly options: { readonly maxStallMs: number };
  readonly journal: JournalState | undefined;
  readonly stopPolicy: StopPolicy;
  readonly stopSignal: AbortSignal;
}

/** Searches until the search finds the write, the service can no longer apply the write, or the run stops. */
export async function findWrite<Item, Value>(
  { options, journal, stopPolicy, stopSignal }: FindWriteDeps,
  findApplied: NonNullable<BulkOperation<Item, Value>['findApplied']>,
  item: Item,
  { sentAfter, windowEndsAt }: UncertainWrite,
): Promise<Finding<WriteResult<Value>>> {
  const isTaken = (id: number, createdAt: number) => journal?.isAccountedFor(id, createdAt) ?? false;
  let stopReason = 'the run stopped first';
  const finding = await findLostWrite({
    search: () => raceAbort(findApplied(item, sentAfter, isTaken), stopSignal),
    windowEndsAt,
    giveUpAt: Math.max(windowEndsAt, monotonicNow()) + options.maxStallMs,
    onSearchError: (error) => {
      if (!isItemError(error)) throw error;
      stopReason = `the search failed with ${error.code}`;
      stopPolicy.onFailure(error);
      return stopReason;
    },
    delay: (ms) => delay(ms, stopSignal),
    monotonicNow,
  }).catch((error: unknown) => {
    if (error !== stopSignal.reason) throw error;
    return inconclusive(stopReason);
  });
  return finding.outcome === 'absent' && journal?.hasResponseMismatch
    ? inconclusive('the service does not return the values that the run sent')
    : finding;
}

const inconclusive = (reason: string) => ({ outcome: 'inconclusive', reason }) as const;

/** Creates the error of an item that an earlier run may have applied. */
export const interruptedError = () =>
  new PersonaConnectionError(
    'An earlier run ended while it sent this item, so the service may have applied it.',
    { maybeApplied: true },
  );

/** Creates the error of an item whose last attempt certainly had no effect, but an earlier attempt may have had one. */
export const toUncertainError = (error: PersonaError): PersonaError =>
  toUnknownOutcomeError(error, 'An earlier attempt of this item may have been applied.');
