/** What a journal holds: no data of personas, only places, digests and ids. */
export type JournalEntry =
  /** The first entry. */
  | {
      readonly type: 'start';
      readonly version: 1;
      readonly operation: 'create' | 'update' | 'delete';
      /** The service's time when the run began, by its newest persona: milliseconds since the epoch, 0 without one. */
      readonly since: number;
      /** Personas that were new then. */
      readonly before: readonly number[];
    }
  /** This item is about to be sent. */
  | { readonly type: 'intent'; readonly index: number; readonly digest: number }
  /** It was applied to this persona, at this time of the service's. `unlike`: the answer did not hold what was written. */
  | {
      readonly type: 'done';
      readonly index: number;
      readonly id: number;
      readonly at: number;
      readonly unlike?: true;
    }
  /** It was not applied, for certain. */
  | { readonly type: 'failed'; readonly index: number };

/**
 * Where a run notes what it does. Implement it to keep journals elsewhere: append-only, in order, for one run at a time.
 * `fileJournal` of `persona-client/node` keeps one in a file, `indexedDbJournal` of `persona-client/browser` in the browser.
 */
export interface Journal {
  /**
   * Take the journal for one run, and read what earlier ones have written.
   *
   * @throws when another run has it, or when it cannot be read. Nothing is held then.
   */
  open(): Promise<AsyncIterable<JournalEntry> | Iterable<JournalEntry>>;
  /** Add entries, in this order. Resolves when they outlast the end of the process. Never called twice at a time. */
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** Let go of it. Called once after an `open` that succeeded. */
  close(): Promise<void>;
}

export type Start = Extract<JournalEntry, { type: 'start' }>;
