import type { AnyAttributes, PersonaClientLike, PersonaError, RequestOptions } from '../index.js';
import type { Finding } from '../pipeline/reconcile/lost-write.js';
import type { StartEntry } from './journal/types.js';

/** A client that reports when it is closed. Test doubles may omit `onClose`. */
export type ClosableClient = Partial<Pick<PersonaClientLike, 'onClose'>>;

/** The part of a client that bulk operations use. */
export type BulkClient = Pick<PersonaClientLike, 'personas'> & ClosableClient;

/** The same part of any client, whatever its custom fields are. */
export type AnyBulkClient = Pick<PersonaClientLike<AnyAttributes>, 'personas'> & ClosableClient;

/** The outcome of a write that the service applied. */
export interface WriteResult<Value> {
  readonly id: number;
  /** Service time of a create, in milliseconds since the epoch. 0 for other operations. */
  readonly appliedAt: number;
  readonly value: Value;
  /** The response differs from the data that was sent, so a search by content cannot find this persona. */
  readonly responseMismatch?: true;
}

/** State of the service before the run: its time, and the most recently created personas. */
export type Baseline = Pick<StartEntry, 'serviceTime' | 'existingIds' | 'existingCreatedAt'>;

/** Returns an empty baseline, for operations that never search for a write with a lost response. */
export const readEmptyBaseline = async (): Promise<Baseline> => ({ serviceTime: 0, existingIds: [] });

/** Defines how a run applies each item. */
export interface BulkOperation<Item, Value> {
  readonly name: StartEntry['operation'];
  /** Items with the same key run one after another. `undefined` if their order does not matter. */
  readonly queueKey: (item: Item) => string | undefined;
  readonly send: (item: Item, options: RequestOptions<never>) => Promise<WriteResult<Value>>;
  /** Whether applying an item twice has the same effect as applying it once. */
  readonly idempotent: boolean;
  /** Returns a result if this error means that an earlier attempt was applied, otherwise `undefined`. */
  readonly alreadyApplied?: (item: Item, error: PersonaError) => WriteResult<Value> | undefined;
  /**
   * Searches for the result of an attempt whose response was lost.
   *
   * @param sinceEpochMs service time before the attempt, in milliseconds since the epoch.
   * @param isTaken whether a persona, given its creation time in milliseconds since the epoch, existed before the run or
   * belongs to another item.
   */
  readonly findApplied?: (
    item: Item,
    sinceEpochMs: number,
    isTaken: (id: number, createdAt: number) => boolean,
  ) => Promise<Finding<WriteResult<Value>>>;
  /** Sends a read after a 5xx response. If only some creates fail, its success keeps the client's circuit closed. */
  readonly checkHealth?: () => Promise<unknown>;
  /** Reads the state of the service before the first request of a run. */
  readonly readBaseline: () => Promise<Baseline>;
}
