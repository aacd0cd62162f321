export const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;

/** The four parts of a persona besides its name (wire contract, "Persona"). */
export type Category = (typeof CATEGORIES)[number];

/** Field names and JSON values of one category, names as on the wire. */
export type Fields = Readonly<Record<string, unknown>>;

/** One stored category: its own row id, and the fields that were written. */
export interface CategoryRow {
  readonly id: number;
  readonly fields: Fields;
}

/** A persona as a store keeps it. Both times are microseconds since the Unix epoch. */
export interface StoredPersona {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** A category that was never written is absent. */
  readonly categories: Readonly<Partial<Record<Category, CategoryRow>>>;
}

/** What a write brings: already validated by the dialect. */
export interface PersonaDraft {
  readonly name: string;
  readonly categories: Readonly<Partial<Record<Category, Fields>>>;
}

/** A change of a persona. What is left out stays, inside a category too. */
export type PersonaPatch = Partial<Pick<PersonaDraft, 'name'>> & Pick<PersonaDraft, 'categories'>;

/** A persona to start with; `at` is its creation time in microseconds since the Unix epoch. */
export interface SeedPersona extends PersonaDraft {
  readonly at: number;
}

/** One page of the list, and how many personas there are in all. */
export interface StoredPage {
  readonly personas: readonly StoredPersona[];
  readonly total: number;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Where a Persona Service keeps its personas. Give your own as the `store` option to back the service with
 * something else; the two built in are the memory and SQLite. Every write is atomic, takes a time strictly
 * later than all before it, and ids are never given twice.
 */
export interface PersonaStore {
  /** Last written first (`updatedAt` descending, then id descending). */
  list(range: { readonly offset: number; readonly limit: number }): Awaitable<StoredPage>;
  get(id: number): Awaitable<StoredPersona | undefined>;
  create(draft: PersonaDraft): Awaitable<StoredPersona>;
  /** Merges; `undefined` when there is no such persona. */
  update(id: number, patch: PersonaPatch): Awaitable<StoredPersona | undefined>;
  /** Whether there was one to delete. */
  delete(id: number): Awaitable<boolean>;
  /** Fills an empty store, oldest first, all or nothing. */
  seed(personas: readonly SeedPersona[]): Awaitable<void>;
  /** Called when the service closes, for a store that the service opened itself. */
  close(): Awaitable<void>;
}
