import type { Persona, PersonaCreate, PersonaError, PersonaUpdate } from '../index.js';
import type { Journal } from './journal/types.js';

/** Items for a run, one after the other. Nothing is read ahead of its turn, so the whole may be larger than memory. */
export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;

/**
 * What stands in the place of an item that could not be read, a broken row of a file for example: it is reported as
 * failed with this error, at its place.
 */
export type InvalidRow = PersonaError;

/** A persona to create. */
export type CreateItem = PersonaCreate | InvalidRow;

/** A persona to change, and what of it. What is left out stays. */
export type UpdateItem = { readonly id: number; readonly data: PersonaUpdate } | InvalidRow;

/** A persona to delete: its id, or itself. */
export type DeleteItem = number | { readonly id: number } | InvalidRow;

/** How a run goes about its items. */
export interface RunOptions {
  /**
   * Requests in flight at most, 1 to 1000. The client's own `concurrency` holds besides. Fewer while the service
   * answers 429 or 503: halved each time, and slowly raised again. @default 20
   */
  concurrency?: number;
  /** Read no further item after the first that failed; those under way end. @default false */
  stopOnError?: boolean;
  /** Ends the run with a `PersonaAbortError`, requests in flight included. With a journal the run can be resumed. */
  signal?: AbortSignal;
  /** Called whenever an item is through. What it throws ends the run. */
  onProgress?: (progress: RunSummary) => void;
  /**
   * Where the run notes what it is about to do and what it has done. Given again with the same items, after whatever
   * ended the run before, each item is applied once in all. @default none
   */
  journal?: Journal;
  /**
   * How long items are tried again while the service takes none: 429, 503, an open circuit, no connection. Counted from the
   * last item that went through; after it the items fail. Milliseconds. @default 120_000
   */
  maxStallMs?: number;
  /**
   * How long after its connection broke, or its sender was killed, the service may still carry out a request. So long a lost create
   * is looked for before it is created again, and so long a lost change holds up the next one of that persona. Milliseconds.
   * @default 10_000
   */
  lateWriteWindowMs?: number;
}

/** How `createMany` goes about its items. */
export interface CreateManyOptions extends RunOptions {
  /**
   * What to do when a create's answer was lost: `'throw'` fails the item with `maybeApplied: true`; `'reconcile'` looks
   * whether it is there, and creates again when it can no longer land. The client's own option of this name does not count
   * here. With a journal it is always resolved. @default 'reconcile' with a journal, else 'throw'
   */
  onUnknownOutcome?: 'throw' | 'reconcile';
}

/** An item that was applied. */
export interface ItemDone<Item, Value> {
  readonly ok: true;
  /** The item's place, from 0. */
  readonly index: number;
  readonly item: Item;
  /** The persona's. */
  readonly id: number;
  /** What the service answered; absent for what an earlier run did. */
  readonly value?: Value;
  /** `sent` now; `found`: the answer was lost, and it is there; `journal`: an earlier run did it. */
  readonly source: 'sent' | 'found' | 'journal';
}

/** An item that was not applied, or of which it is unknown: `error.maybeApplied` says. */
export interface ItemFailed<Item> {
  readonly ok: false;
  /** The item's place, from 0. */
  readonly index: number;
  readonly item: Item;
  /** Why. A `PersonaValidationError` names the fields in `issues`; `invalid_input` was never sent. */
  readonly error: PersonaError;
}

export type ItemResult<Item, Value> = ItemDone<Item, Value> | ItemFailed<Item>;

/** How far a run is, and how it went. */
export interface RunSummary {
  /** Items applied: `found` and `resumed` included. */
  readonly done: number;
  /** Of these, looked for and found, their answer having been lost. */
  readonly found: number;
  /** Of these, applied by an earlier run of the journal. */
  readonly resumed: number;
  readonly failed: number;
  /** Every item was read and has its result. */
  readonly complete: boolean;
  /** Requests in flight at most, just now. */
  readonly concurrency: number;
}

/**
 * A run over many items: an async iterator of one result per item, in the order of the items. It goes as fast as its results are
 * taken: nothing starts before the first is asked for, and a few hundred items at most are under way ahead of it.
 *
 * Leaving the loop ends the run when the items under way are through.
 */
export interface CollectionRun<Item, Value> extends AsyncGenerator<ItemResult<Item, Value>, void, void> {
  /** How far it is; changes as it goes. */
  readonly summary: RunSummary;
  /** Take all results that are left, keep none, and answer the summary. */
  finish(): Promise<RunSummary>;
}

export type CreateRun = CollectionRun<CreateItem, Persona>;
export type UpdateRun = CollectionRun<UpdateItem, Persona>;
export type DeleteRun = CollectionRun<DeleteItem, void>;
