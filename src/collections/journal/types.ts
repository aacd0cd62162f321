/** One entry of a journal. Entries contain positions, digests and ids, but no other data of personas. */
export type JournalEntry =
  /** The first entry of a journal. */
  | {
      /** Kind of the entry. */
      readonly type: 'start';
      /** Version of the format. */
      readonly version: 1;
      /** What the run does with its items. */
      readonly operation: 'create' | 'update' | 'delete';
      /**
       * Service time before the first run: the time of the last update of any persona. In milliseconds since the epoch, 0 if
       * there are no personas.
       */
      readonly serviceTime: number;
      /** Ids of the recent personas that existed before the first run. */
      readonly existingIds: readonly number[];
      /**
       * Creation times of these personas, in milliseconds since the epoch. A persona with one of these ids and another
       * creation time is new. SQLite gives the id of a deleted persona to the next one. Earlier versions do not record the
       * times.
       */
      readonly existingCreatedAt?: readonly number[];
    }
  /** The run is about to send this item. */
  | {
      /** Kind of the entry. */
      readonly type: 'intent';
      /** Position of the item, from 0. */
      readonly index: number;
      /** Digest of the item. */
      readonly digest: number;
    }
  /** The service responded to this item with 5xx, so its outcome is unknown. Earlier versions ignore this entry. */
  | {
      /** Kind of the entry. */
      readonly type: 'serverError';
      /** Position of the item, from 0. */
      readonly index: number;
    }
  /** The service applied the item. */
  | {
      /** Kind of the entry. */
      readonly type: 'applied';
      /** Position of the item, from 0. */
      readonly index: number;
      /** Id of the persona. */
      readonly id: number;
      /** Service time of a create, in milliseconds since the epoch. 0 for other operations. */
      readonly appliedAt: number;
      /** The response differs from the data that was sent, so a search by content cannot find the persona. */
      readonly responseMismatch?: true;
    }
  /** The item failed and was certainly not applied. */
  | {
      /** Kind of the entry. */
      readonly type: 'failed';
      /** Position of the item, from 0. */
      readonly index: number;
    };

/**
 * An append-only log of one run. Implement this interface to store journals elsewhere. A method that takes longer than
 * `maxStallMs`, at least 2 seconds and at most 2 minutes, ends the run with an `Error`. The time of `open` includes reading
 * the entries.
 *
 * `fileJournal` of `persona-client/node` stores a journal in a file, `indexedDbJournal` of `persona-client/browser` in
 * IndexedDB.
 */
export interface Journal {
  /**
   * Locks the journal for one run, and returns the entries of earlier runs in the order of their `append` calls.
   *
   * @param signal aborts if the run ends before the journal is open. `open` then stops waiting.
   * @throws if another run has locked the journal, or if the journal cannot be read. Then `open` leaves no lock behind.
   */
  open(signal?: AbortSignal): Promise<AsyncIterable<JournalEntry> | Iterable<JournalEntry>>;
  /** Appends entries in order. Resolves once the entries would survive a crash of the process. Calls never overlap. */
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** Unlocks the journal. Called once after each successful `open`. */
  close(): Promise<void>;
}

export type StartEntry = Extract<JournalEntry, { type: 'start' }>;
