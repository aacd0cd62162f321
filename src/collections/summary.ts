import type { PersonaError } from '../index.js';
import type { BulkOperation } from './operation.js';
import type { ItemResult, RunSummary } from './types.js';

type Operation = BulkOperation<unknown, unknown>['name'];

/** What to do about failed items that the service may have applied. */
const DOUBTFUL_ADVICE: Readonly<Record<Operation, string>> = {
  create:
    "The personas of the doubtful items may exist. Before you create a persona again, look for it. If the service's list hides rows, look in its database. Or resume the run with its journal later: it creates only missing personas.",
  update:
    'The service may have applied the doubtful items. Apply them again: a repeated update has no further effect.',
  delete: 'The service may have applied the doubtful items. Read each persona before you delete it again.',
};

/** Keeps the summary of a run up to date. */
export class SummaryTracker {
  readonly summary: { -readonly [Key in keyof RunSummary]: RunSummary[Key] };
  readonly #operation: Operation;
  readonly #doubtful: number[] = [];

  constructor(operation: Operation, concurrency: number) {
    this.#operation = operation;
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

  add(result: ItemResult<unknown, unknown>, concurrency: number): void {
    const { summary } = this;
    summary.concurrency = concurrency;
    if (result.ok) {
      summary.succeeded++;
      if (result.source === 'reconciled') summary.reconciled++;
      if (result.source === 'journal') summary.resumed++;
      return;
    }
    summary.failed++;
    if (result.error.maybeApplied) this.addDoubtful(result.index);
  }

  addDoubtful(index: number): void {
    this.#doubtful.push(index);
    this.summary.advice = DOUBTFUL_ADVICE[this.#operation];
  }

  sortDoubtful(): void {
    this.#doubtful.sort((a, b) => a - b);
  }
}

/** Creates the `stopError` of a stalled run. The items that the run had read but not sent fail with the same error. */
export function createStallError(
  functionName: string,
  maxStallMs: number,
  lastError: PersonaError,
): PersonaError {
  const ErrorClass = lastError.constructor as new (message: string, details: object) => PersonaError;
  return new ErrorClass(
    `${functionName} stopped and did not send the remaining items, because the service neither accepted nor rejected an item for ${maxStallMs} ms (maxStallMs). Repeat these items when the service works. The cause is the last failure of an item.`,
    {
      ...lastError.toJSON(),
      request: undefined,
      attempts: 0,
      maybeApplied: false,
      timeline: [],
      cause: lastError,
    },
  );
}
