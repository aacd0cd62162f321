import { PersonaConnectionError, type PersonaError } from '../index.js';
import { type Finding, findLostWrite, withFinding } from '../pipeline/reconcile/lost-write.js';
import { isItemError } from './classify-error.js';
import type { JournalState } from './journal/index.js';
import type { BulkOperation, WriteResult } from './operation.js';

/** An attempt whose outcome is unknown. */
export interface UncertainWrite {
  /** Service time before the attempt, in milliseconds since the epoch. */
  readonly sentAfter: number;
  /** When the service can no longer apply the write, by `performance.now()`. */
  readonly windowEndsAt: number;
}

interface FindWriteDeps {
  readonly options: { readonly maxStallMs: number };
  readonly journal: JournalState | undefined;
  readonly delay: (ms: number) => Promise<void>;
}

/** Searches until the search finds the write, or the service can no longer apply the write. */
export async function findWrite<Item, Value>(
  { options, journal, delay }: FindWriteDeps,
  findApplied: NonNullable<BulkOperation<Item, Value>['findApplied']>,
  item: Item,
  { sentAfter, windowEndsAt }: UncertainWrite,
): Promise<Finding<WriteResult<Value>>> {
  const isTaken = (id: number, createdAt: number) => journal?.isAccountedFor(id, createdAt) ?? false;
  const finding = await findLostWrite({
    search: () => findApplied(item, sentAfter, isTaken),
    windowEndsAt,
    giveUpAt: Math.max(windowEndsAt, performance.now()) + options.maxStallMs,
    onSearchError: (error) => {
      if (!isItemError(error)) throw error;
      return `the search failed with ${error.code}`;
    },
    delay,
  });
  return finding.outcome === 'absent' && journal?.hasResponseMismatch
    ? inconclusive('the service does not return the values that the run sent')
    : finding;
}

const inconclusive = (reason: string) => ({ outcome: 'inconclusive', reason }) as const;

/** Creates the error of an item whose search ended because the run stopped. */
export const stoppedError = (error: PersonaError): PersonaError =>
  withFinding(error, inconclusive('the run stopped first'));

/** Creates the error of an item that an earlier run may have applied. */
export const interruptedError = (): PersonaError =>
  new PersonaConnectionError(
    'An earlier run ended while it sent this item, so the service may have applied it.',
    { maybeApplied: true },
  );
