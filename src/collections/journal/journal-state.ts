import type { Applied } from '../operation.js';
import { IntervalSet } from './interval-set.js';
import { NumberColumn } from './number-column.js';
import type { Journal, JournalEntry, Start } from './types.js';

/** What the journal knows of an item. */
export type Known =
  /** It was applied to this persona. */
  | { readonly id: number }
  /** It was about to be sent, no earlier than `since` by the service's clock, and nobody knows what came of it. */
  | { readonly since: number };

/** Used where there is no journal to outlast the process. */
const NOWHERE: Journal = { open: async () => [], append: async () => {}, close: async () => {} };

/** A run's knowledge of what was applied: read from a journal, and written there before it counts. */
export class JournalState {
  readonly #journal: Journal;
  readonly #ids = new NumberColumn();
  readonly #digests = new NumberColumn();
  readonly #doubts = new Map<number, number>();
  readonly #accounted = new IntervalSet();
  #start: Start | undefined;
  /** The time of the latest persona of ours, by the service's clock. */
  #latest = 0;
  #unlike = false;
  #isOpen = false;
  #pending: JournalEntry[] = [];
  #written: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(journal: Journal = NOWHERE) {
    this.#journal = journal;
  }

  /** @param begin what to start with, where the journal is empty */
  async open(
    operation: Start['operation'],
    begin: () => Promise<Omit<Start, 'type' | 'version' | 'operation'>>,
  ): Promise<void> {
    const entries = await this.#journal.open();
    this.#isOpen = true;
    for await (const entry of entries) this.#replay(entry);
    if (this.#start === undefined) {
      const start: Start = { type: 'start', version: 1, operation, ...(await begin()) };
      await this.#append(start);
      this.#replay(start);
    }
    if (this.#start?.operation !== operation)
      throw new Error(`The journal is one of ${this.#start?.operation}Many, not of ${operation}Many.`);
  }

  /** @throws when the item is not the one that an earlier run had at this place. */
  known(index: number, digest: number): Known | undefined {
    const id = this.#ids.get(index);
    const since = this.#doubts.get(index);
    if (id === undefined && since === undefined) return undefined;
    if (this.#digests.get(index) !== digest)
      throw new Error(
        `Item ${index} is not the one that the journal knows: it belongs to other items, or they were changed.`,
      );
    return id === undefined ? { since: since ?? 0 } : { id };
  }

  /** Whether a persona is known to have come from one of the items, or from before the first run. */
  accounts(id: number): boolean {
    return this.#accounted.has(id);
  }

  /** That something is not found by what was written does not mean that it is not there. */
  get unlike(): boolean {
    return this.#unlike;
  }

  /** The time before which nothing of what begins now can have been created. */
  get since(): number {
    return Math.max(this.#latest, this.#start?.since ?? 0);
  }

  intend(index: number, digest: number): Promise<void> {
    return this.#append({ type: 'intent', index, digest });
  }

  done(index: number, { id, at, unlike }: Pick<Applied<unknown>, 'id' | 'at' | 'unlike'>): Promise<void> {
    const entry = { type: 'done', index, id, at, ...(unlike && { unlike }) } as const;
    this.#account(entry);
    return this.#append(entry);
  }

  failed(index: number): Promise<void> {
    return this.#append({ type: 'failed', index });
  }

  /** When everything is written. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    try {
      await (this.#next ?? this.#written);
    } finally {
      await this.#journal.close();
    }
  }

  #replay(entry: JournalEntry): void {
    switch (entry.type) {
      case 'start':
        if (entry.version !== 1)
          throw new Error('The journal was written by a later version of this package.');
        this.#start = entry;
        for (const id of entry.before) this.#accounted.add(id);
        break;
      case 'intent':
        this.#doubts.set(entry.index, this.#doubts.get(entry.index) ?? this.since);
        this.#digests.set(entry.index, entry.digest);
        break;
      case 'done':
        this.#account(entry);
        this.#ids.set(entry.index, entry.id);
        this.#doubts.delete(entry.index);
        break;
      case 'failed':
        this.#doubts.delete(entry.index);
    }
  }

  #account({ id, at, unlike }: Extract<JournalEntry, { type: 'done' }>): void {
    this.#accounted.add(id);
    this.#latest = Math.max(this.#latest, at);
    this.#unlike ||= unlike ?? false;
  }

  /** What comes while the journal writes goes with the next write, together. */
  #append(entry: JournalEntry): Promise<void> {
    this.#pending.push(entry);
    this.#next ??= this.#written.then(() => {
      const entries = this.#pending;
      this.#pending = [];
      this.#next = undefined;
      this.#written = this.#journal.append(entries);
      return this.#written;
    });
    return this.#next;
  }
}
