import type { Baseline, WriteResult } from '../operation.js';
import { KnownPersonas } from './known-personas.js';
import type { LimitedJournal } from './limit-journal.js';
import { NumberColumn } from './number-column.js';
import type { JournalEntry, StartEntry } from './types.js';

/** The state of an item according to the journal. */
export type RecordedState =
  /** An earlier run applied the item, and this is the id of the persona. */
  | { readonly id: number }
  /** An earlier run was about to send the item, and its outcome is unknown. */
  | {
      /** Service time before the attempt, in milliseconds since the epoch. */
      readonly sentAfter: number;
      /** How often the service responded to the item with 5xx. */
      readonly serverErrors: number;
    };

/** A journal that stores nothing, for runs that cannot be resumed. */
const NO_JOURNAL: LimitedJournal = {
  open: async () => [],
  readEntries: async () => {},
  append: async () => {},
  close: async () => {},
};

/** The state of a run. Replays the journal on open, and appends every change to the journal. */
export class JournalState {
  readonly #journal: LimitedJournal;
  readonly #appliedIds = new NumberColumn();
  readonly #digests = new NumberColumn();
  /** Service time before the attempt of each item with an unknown outcome, by the index of the item. */
  readonly #sentAfterByIndex = new Map<number, number>();
  /** Number of 5xx responses to each item with an unknown outcome, by the index of the item. */
  readonly #serverErrorsByIndex = new Map<number, number>();
  readonly #accountedFor = new KnownPersonas();
  #start: StartEntry | undefined;
  #lastAppliedAt = 0;
  #hasResponseMismatch = false;
  #isOpen = false;
  #isClosed = false;
  #pendingEntries: JournalEntry[] = [];
  #lastWrite: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | undefined;

  constructor(journal = NO_JOURNAL) {
    this.#journal = journal;
  }

  /**
   * Locks the journal and restores the state from its entries.
   *
   * @param readBaseline called if the journal is empty.
   * @throws if another operation or a newer version wrote the journal.
   */
  async open(operation: StartEntry['operation'], readBaseline: () => Promise<Baseline>): Promise<void> {
    const entries = await this.#journal.open();
    this.#isOpen = true;
    if (this.#isClosed) return this.#journal.close(); // the run was aborted while the journal opened
    await this.#journal.readEntries(entries, (entry) => this.#replay(entry));
    if (this.#start === undefined) {
      const start: StartEntry = { type: 'start', version: 1, operation, ...(await readBaseline()) };
      await this.#append(start);
      this.#replay(start);
    }
    if (this.#start?.operation !== operation)
      throw new Error(
        `The journal belongs to ${this.#start?.operation}Many, so ${operation}Many cannot use it. Nothing was sent. Use another journal.`,
      );
  }

  /**
   * Returns the recorded state of an item, or `undefined` if no earlier run can have applied the item.
   *
   * @throws if an earlier run had another item at this position.
   */
  lookup(index: number, digest: number): RecordedState | undefined {
    const id = this.#appliedIds.get(index);
    const sentAfter = this.#sentAfterByIndex.get(index);
    if (id === undefined && sentAfter === undefined) return undefined;
    if (this.#digests.get(index) !== digest)
      throw new Error(
        `Item ${index} differs from the item in the journal. Resume the run with the same items, or use another journal.`,
      );
    if (id !== undefined) return { id };
    return { sentAfter: sentAfter ?? 0, serverErrors: this.#serverErrorsByIndex.get(index) ?? 0 };
  }

  /**
   * Whether the baseline contains the persona, or an item created the persona.
   *
   * @param createdAt creation time of the persona, in milliseconds since the epoch.
   */
  isAccountedFor(id: number, createdAt: number): boolean {
    return this.#accountedFor.has(id, createdAt);
  }

  /** Whether a response differed from the data that was sent. A search by content that finds nothing then proves nothing. */
  get hasResponseMismatch(): boolean {
    return this.#hasResponseMismatch;
  }

  /** Lower bound for the creation time of personas that the run creates from now on, in milliseconds since the epoch. */
  get serviceTime(): number {
    return Math.max(this.#lastAppliedAt, this.#start?.serviceTime ?? 0);
  }

  recordIntent(index: number, digest: number): Promise<void> {
    return this.#append({ type: 'intent', index, digest });
  }

  recordServerError(index: number): Promise<void> {
    return this.#append({ type: 'serverError', index });
  }

  recordApplied(
    index: number,
    { id, appliedAt, responseMismatch }: Omit<WriteResult<unknown>, 'value'>,
  ): Promise<void> {
    const entry = {
      type: 'applied',
      index,
      id,
      appliedAt,
      ...(responseMismatch && { responseMismatch }),
    } as const;
    this.#trackApplied(entry);
    return this.#append(entry);
  }

  recordFailure(index: number): Promise<void> {
    return this.#append({ type: 'failed', index });
  }

  /** Writes all pending entries, then closes the journal. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#isOpen) return;
    try {
      await (this.#nextWrite ?? this.#lastWrite);
    } finally {
      await this.#journal.close();
    }
  }

  #replay(entry: JournalEntry): void {
    switch (entry.type) {
      case 'start':
        if (entry.version !== 1)
          throw new Error(
            'The journal was written by a newer version of persona-client. Nothing was sent. Update the package to resume the run.',
          );
        this.#start = entry;
        for (const [position, id] of entry.existingIds.entries())
          this.#accountedFor.add(id, entry.existingCreatedAt?.[position]);
        break;
      case 'intent':
        this.#sentAfterByIndex.set(entry.index, this.#sentAfterByIndex.get(entry.index) ?? this.serviceTime);
        this.#digests.set(entry.index, entry.digest);
        break;
      case 'serverError':
        this.#serverErrorsByIndex.set(entry.index, (this.#serverErrorsByIndex.get(entry.index) ?? 0) + 1);
        break;
      case 'applied':
        this.#trackApplied(entry);
        this.#appliedIds.set(entry.index, entry.id);
        this.#forgetAttempts(entry.index);
        break;
      case 'failed':
        this.#forgetAttempts(entry.index);
    }
  }

  #forgetAttempts(index: number): void {
    this.#sentAfterByIndex.delete(index);
    this.#serverErrorsByIndex.delete(index);
  }

  #trackApplied({ id, appliedAt, responseMismatch }: Extract<JournalEntry, { type: 'applied' }>): void {
    this.#accountedFor.add(id, appliedAt);
    this.#lastAppliedAt = Math.max(this.#lastAppliedAt, appliedAt);
    this.#hasResponseMismatch ||= responseMismatch ?? false;
  }

  /** Appends an entry. Entries that arrive during a write form the batch of the next write. */
  #append(entry: JournalEntry): Promise<void> {
    this.#pendingEntries.push(entry);
    this.#nextWrite ??= this.#lastWrite.then(() => {
      const entries = this.#pendingEntries;
      this.#pendingEntries = [];
      this.#nextWrite = undefined;
      this.#lastWrite = this.#journal.append(entries);
      return this.#lastWrite;
    });
    return this.#nextWrite;
  }
}
