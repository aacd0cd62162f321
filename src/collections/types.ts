import type { PersonaError } from '../index.js';
import type { Journal } from './journal/types.js';
import type { AnyBulkClient, BulkClient } from './operation.js';

/**
 * Items of a run. The run reads a limited number of items ahead, so the source may be larger than memory.
 *
 * The run copies the items of an array when you pass the array. It copies the items of another source when the source yields
 * them, so a generator may reuse one object. Results contain the copies.
 */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;

/**
 * Replaces an item that could not be read, for example a malformed row of a file. The run sends nothing, and reports a
 * failed item with this error.
 */
export type InvalidItem = PersonaError;

/** A persona to create, with the fields of the client. */
export type CreateItem<Client extends AnyBulkClient = BulkClient> =
  | Parameters<Client['personas']['create']>[0]
  | InvalidItem;

/** A persona to update. Fields that `data` omits keep their values. */
export type UpdateItem<Client extends AnyBulkClient = BulkClient> =
  | {
      /** Id of the persona. */
      readonly id: number;
      /** The fields to change, as for `personas.update`. */
      readonly data: Parameters<Client['personas']['update']>[1];
      /** Updates the persona only if it is unchanged: see `UpdateOptions`. @default none */
      readonly ifUnmodifiedSince?: string;
    }
  | InvalidItem;

/** A persona to delete: its id, or an object with its id. */
export type DeleteItem =
  | number
  | {
      /** Id of the persona. */
      readonly id: number;
    }
  | InvalidItem;

/** Options of a bulk operation. */
export interface RunOptions {
  /**
   * Maximum number of requests in flight, from 1 to 1000. The client's own `concurrency` applies as well.
   *
   * The run starts with 4 requests, and raises the limit as items succeed. It halves the limit when the service is
   * unavailable (429, 503, open circuit, no connection), and returns to 4 after another 5xx. @default 20
   */
  concurrency?: number;
  /** Stops the run after the first failure. Items in flight still finish; the run sends no other items. @default false */
  stopOnError?: boolean;
  /**
   * Ends the run with a `PersonaAbortError`, and cancels the requests in flight. `close()` of the client does the same. You
   * can resume a run with a journal.
   */
  signal?: AbortSignal;
  /** The run calls this function after each item. An error from this function ends the run. */
  onProgress?: (progress: RunSummary) => void;
  /**
   * Records each item before it is sent and after it is applied. To resume a run that ended early, pass the same journal and the
   * same items. Each item is then applied once in total. @default none
   */
  journal?: Journal;
  /**
   * Time limit for a run without progress, in milliseconds. Progress is an item that the service accepts or rejects (400,
   * 403, 404, 409, 422). After this time, the run stops: it reads no more items, and those that it has read fail.
   * `summary.stopError` is the reason.
   *
   * Only time in which items wait or are in flight counts, including searches for lost creates.
   *
   * The run stops only after a failure other than a rejection: 429, any 5xx, an open circuit, a failed connection, a timeout,
   * a failed login or an unusable response. So a run against a dead service ends within this time and one `deadlineMs`. `0`
   * stops at the first such failure. `Infinity` retries as long as the service is unavailable. @default 120_000
   */
  maxStallMs?: number;
  /**
   * How long the service may still apply a request after the connection broke or the process ended, in milliseconds.
   *
   * After a lost response to a create, the run searches for the persona this long before it creates the persona again. After
   * a lost response to an update or delete, the run delays the next item of the same persona. @default 10_000
   */
  lateWriteWindowMs?: number;
}

/** Options of `createMany`. */
export interface CreateManyOptions extends RunOptions {
  /**
   * How to continue if the response to a create is lost. The client's option of the same name does not apply.
   *
   * - `'throw'`: the item fails with `maybeApplied: true`. Not allowed with a journal.
   * - `'reconcile'`: the run searches for the persona. If `lateWriteWindowMs` passes and the complete list has no match, it
   *   creates the persona again. The item fails with `maybeApplied: true` if the service hides rows from its list, or
   *   responds with 5xx twice.
   *
   * @default 'reconcile' with a journal, otherwise 'throw'
   */
  onUnknownOutcome?: 'throw' | 'reconcile';
}

/** An item that was applied. */
export interface ItemSuccess<Item, Value> {
  /** Tells a success from a failure. */
  readonly ok: true;
  /** Position of the item, from 0. */
  readonly index: number;
  /** A copy of the item that you passed. */
  readonly item: Item;
  /**
   * Id of the persona. If an earlier run applied the item and the persona was deleted since, SQLite may have given its id to
   * another persona.
   */
  readonly id: number;
  /** The persona as the service returned it. Absent for deletes, and if an earlier run applied the item. */
  readonly value?: Value;
  /**
   * How the run knows the result.
   *
   * - `sent`: the service responded.
   * - `reconciled`: the response was lost, but the run found the effect.
   * - `journal`: an earlier run applied the item.
   */
  readonly source: 'sent' | 'reconciled' | 'journal';
}

/** An item that failed. `error.maybeApplied` tells whether the service may have applied the item. */
export interface ItemFailure<Item> {
  /** Tells a failure from a success. */
  readonly ok: false;
  /** Position of the item, from 0. */
  readonly index: number;
  /** The item. */
  readonly item: Item;
  /** Why the item failed. With the code `invalid_input`, the item was never sent, and `issues` names the fields. */
  readonly error: PersonaError;
}

/** The outcome of one item. */
export type ItemResult<Item, Value> = ItemSuccess<Item, Value> | ItemFailure<Item>;

/** Progress and outcome of a run. */
export interface RunSummary {
  /** Items applied, including `reconciled` and `resumed`. */
  readonly succeeded: number;
  /** Items of `succeeded` whose response was lost and whose effect was found. */
  readonly reconciled: number;
  /** Items of `succeeded` that an earlier run of the same journal applied. */
  readonly resumed: number;
  /** Items that failed. */
  readonly failed: number;
  /**
   * Positions of the items with an unknown outcome, which the service may have applied: failed items with
   * `error.maybeApplied`, and items that an aborted run sent without a result. The list is sorted after the run has ended.
   */
  readonly doubtful: readonly number[];
  /** What to do about the doubtful items. Absent if there are none. */
  readonly advice?: string;
  /** Whether the run read every item and has a result for each. */
  readonly complete: boolean;
  /**
   * Why the run stopped early: it stalled for `maxStallMs`, the session ended, or an item failed with `stopOnError`. Absent
   * if the run did not stop early, or if the caller ended it.
   */
  readonly stopError?: PersonaError;
  /** Current limit of requests in flight, at most the option `concurrency`. */
  readonly concurrency: number;
}

/**
 * A bulk operation in progress: an async iterator with one result per item, in the order of the items.
 *
 * The run starts when you request the first result. It reads at most `16 * concurrency` items ahead of the results that you
 * take. If you leave the loop, the run ends once the requests in flight have finished.
 */
export interface CollectionRun<Item, Value> extends AsyncGenerator<ItemResult<Item, Value>, void, void> {
  /** The progress so far. The object changes while the run continues. */
  readonly summary: RunSummary;
  /** Runs to the end, discards the remaining results, and returns the summary. */
  finish(): Promise<RunSummary>;
}

type ClientPersona<Client extends AnyBulkClient> = Awaited<ReturnType<Client['personas']['get']>>;

/** A run of `createMany`. */
export type CreateRun<Client extends AnyBulkClient = BulkClient> = CollectionRun<
  CreateItem<Client>,
  ClientPersona<Client>
>;
/** A run of `updateMany`. */
export type UpdateRun<Client extends AnyBulkClient = BulkClient> = CollectionRun<
  UpdateItem<Client>,
  ClientPersona<Client>
>;
/** A run of `deleteMany`. */
export type DeleteRun = CollectionRun<DeleteItem, void>;
