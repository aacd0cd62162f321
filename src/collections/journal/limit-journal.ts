import { raceTimeout } from '../../core/timers.js';
import type { Journal } from './types.js';

/** A shorter limit would fail journals on slow disks. */
const MIN_LIMIT_MS = 2_000;
/** The limit of runs that wait longer for the service. */
const MAX_LIMIT_MS = 120_000;

/** Wraps a journal, so that its methods reject with an error if they take too long. The limit follows `maxStallMs`. */
export function limitJournal(journal: Journal, maxStallMs: number): Journal {
  const limitMs = Math.min(Math.max(maxStallMs, MIN_LIMIT_MS), MAX_LIMIT_MS);
  const limit = <T>(method: keyof Journal, work: Promise<T>, outcome: string): Promise<T> =>
    raceTimeout(work, limitMs, () => {
      throw new Error(
        `The method ${method} of the journal did not finish within ${limitMs} ms. ${outcome} Make sure that the journal works, then resume the run with the same journal and items.`,
      );
    });
  return {
    open: async () => {
      const opening = journal.open();
      try {
        return await limit('open', opening, 'Nothing was sent.');
      } catch (error) {
        opening.then(() => journal.close()).catch(() => {}); // it opens too late, and would stay locked
        throw error;
      }
    },
    append: (entries) =>
      limit('append', journal.append(entries), 'The service may have applied the items in flight.'),
    close: () => limit('close', journal.close(), 'The run has ended, but the journal may still be locked.'),
  };
}
