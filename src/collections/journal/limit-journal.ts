import { monotonicNow } from '../../core/monotonic-now.js';
import { raceTimeout, yieldToEventLoop } from '../../core/timers.js';
import type { Journal, JournalEntry } from './types.js';

/** A shorter limit would fail journals on slow disks. */
const MIN_LIMIT_MS = 2_000;
/** The limit of runs with a longer `maxStallMs`. */
const MAX_LIMIT_MS = 120_000;
/**
 * Number of entries to read before timers may run. Otherwise, entries that are ready at once would block the timer of the
 * limit.
 */
const ENTRIES_PER_TURN = 1_000;

type Entries = Awaited<ReturnType<Journal['open']>>;

/** A journal whose methods reject with an error if they take too long. */
export interface LimitedJournal extends Journal {
  /** Calls `onEntry` with each entry that `open` has returned. `open` and this method share one limit. */
  readEntries(entries: Entries, onEntry: (entry: JournalEntry) => void): Promise<void>;
}

/**
 * Limits the time of each method of a journal. The limit depends on `maxStallMs`.
 *
 * @param signal aborts when the run ends. A journal that is still opening then stops waiting.
 */
export function limitJournal(journal: Journal, maxStallMs: number, signal: AbortSignal): LimitedJournal {
  const limitMs = Math.min(Math.max(maxStallMs, MIN_LIMIT_MS), MAX_LIMIT_MS);
  let openedAt = 0;
  let hasStoppedReading = false;
  const limit = <T>(
    work: Promise<T>,
    description: string,
    outcome: string,
    remainingMs = limitMs,
  ): Promise<T> =>
    raceTimeout(work, remainingMs, () => {
      throw new Error(
        `${description} of the journal did not finish within ${limitMs} ms. ${outcome} Make sure that the journal works, then resume the run with the same journal and items.`,
      );
    });
  return {
    open: async () => {
      openedAt = monotonicNow();
      const opening = journal.open(signal);
      try {
        return await limit(opening, 'The method open', 'Nothing was sent.');
      } catch (error) {
        opening.then(() => journal.close()).catch(() => {}); // it opens too late, and would stay locked
        throw error;
      }
    },
    readEntries: async (entries, onEntry) => {
      const remainingMs = Math.max(0, limitMs - (monotonicNow() - openedAt));
      const reading = readUntil(entries, onEntry, () => hasStoppedReading);
      await limit(reading, 'Reading the entries', 'Nothing was sent.', remainingMs).finally(() => {
        hasStoppedReading = true;
      });
    },
    append: (entries) =>
      limit(
        journal.append(entries),
        'The method append',
        'The service may have applied the items in flight.',
      ),
    close: () => {
      hasStoppedReading = true;
      return limit(
        journal.close(),
        'The method close',
        'The run has ended, but the journal may still be locked.',
      );
    },
  };
}

async function readUntil(
  entries: Entries,
  onEntry: (entry: JournalEntry) => void,
  hasStopped: () => boolean,
): Promise<void> {
  let count = 0;
  for await (const entry of entries) {
    if (++count % ENTRIES_PER_TURN === 0) await yieldToEventLoop();
    if (hasStopped()) return;
    onEntry(entry);
  }
}
