import type { PersonaClientLike, RequestOptions } from '../index.js';
import type { Start } from './journal/types.js';

export type Client = Pick<PersonaClientLike, 'personas'>;

/** What came of an item. */
export interface Applied<Value> {
  readonly id: number;
  /** When, by the service's clock, where that matters; else 0. */
  readonly at: number;
  readonly value: Value;
  /** The answer does not hold what was written, so that it could not be found by it. */
  readonly unlike?: true;
}

/** What a run does with each of its items. */
export interface Operation<Item, Value> {
  readonly name: Start['operation'];
  /** Items of one lane go one after the other. */
  readonly lane: (item: Item) => string | undefined;
  readonly send: (item: Item, options: RequestOptions<never>) => Promise<Applied<Value>>;
  /** Applied twice it is as applied once. */
  readonly idempotent: boolean;
  /** What it answers when an earlier try of it had succeeded. */
  readonly already?: (item: Item, code: string) => Applied<Value> | undefined;
  /** Finds what a try has left whose answer was lost; `undefined`: nothing, so far. */
  readonly find?: (
    item: Item,
    since: number,
    isTaken: (id: number) => boolean,
  ) => Promise<Applied<Value> | undefined>;
  /** What a journal begins with. */
  readonly baseline: () => Promise<Pick<Start, 'since' | 'before'>>;
}
