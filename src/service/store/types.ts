export const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;

/** A category of persona data. */
export type Category = (typeof CATEGORIES)[number];

/**
 * Fields of a category: JSON values by field name, as in request and response bodies.
 *
 * Services also accept `NaN`, `Infinity`, and integers beyond 2^53, which are `bigint`. `JSON.stringify` does not keep them.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** A stored category: its row id and the fields that were written. */
export interface CategoryRow {
  /** Id of the row. Services of the `subresource` dialect return it. */
  readonly id: number;
  /** The fields that were written. */
  readonly fields: Fields;
}

/** A stored persona. Both timestamps are microseconds since the Unix epoch. */
export interface StoredPersona {
  /** Positive integer. */
  readonly id: number;
  /** Name of the persona. */
  readonly name: string;
  /** Time of the creation. */
  readonly createdAt: number;
  /** Time of the last write. */
  readonly updatedAt: number;
  /** Stored categories by name. A category that was never written is absent. */
  readonly categories: Readonly<Partial<Record<Category, CategoryRow>>>;
}

/** A persona to create. The service has already validated it. */
export interface PersonaDraft {
  /** Name of the persona. */
  readonly name: string;
  /** Fields by category. */
  readonly categories: Readonly<Partial<Record<Category, Fields>>>;
}

/** An update of a persona. Fields and categories that are absent stay unchanged. */
export type PersonaPatch = Partial<Pick<PersonaDraft, 'name'>> & Pick<PersonaDraft, 'categories'>;

/** A persona to create, with its creation time. `createdAt` is in microseconds since the Unix epoch. */
export interface DatedPersonaDraft extends PersonaDraft {
  /** Time of the creation. */
  readonly createdAt: number;
}

/** One page of personas, and the total number of personas. */
export interface StoredPage {
  /** The personas of the page. */
  readonly personas: readonly StoredPersona[];
  /** Number of personas in the store. */
  readonly total: number;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Stores the personas of a local service.
 *
 * Memory and SQLite stores are built in. Pass your own as the `store` option to use another database.
 * Every write is atomic and has a later timestamp than all earlier writes.
 *
 * A new persona gets the highest id plus 1. So the built-in stores give the id of the newest persona again after its
 * deletion, as deployed services on SQLite do. Services on PostgreSQL never reuse an id.
 */
export interface PersonaStore {
  /** Returns a range of personas, most recently updated first: by `updatedAt`, then by id, both descending. */
  list(range: { readonly offset: number; readonly limit: number }): Awaitable<StoredPage>;
  /** Returns a persona, or `undefined` if there is none with this id. */
  get(id: number): Awaitable<StoredPersona | undefined>;
  /** Stores a persona. In real services, `updatedAt` is a few microseconds after `createdAt`. */
  create(draft: PersonaDraft): Awaitable<StoredPersona>;
  /** Merges the patch into the persona. Returns `undefined` if the persona does not exist. */
  update(id: number, patch: PersonaPatch): Awaitable<StoredPersona | undefined>;
  /** Returns whether the persona existed. */
  delete(id: number): Awaitable<boolean>;
  /** Fills the store in one atomic write if it is empty. `personas` are in order of creation, oldest first. */
  seed(personas: readonly DatedPersonaDraft[]): Awaitable<void>;
  /** Closes the store. The service calls this for the built-in stores only, so close your own store yourself. */
  close(): Awaitable<void>;
}
