import type { JournalEntry } from 'persona-client/collections';
import type { OpenJournal } from './journal-contract.js';

/** Returns a function that opens a journal whose entries are in an array. */
export function memoryJournal(entries: JournalEntry[] = []): OpenJournal {
  let isOpen = false;
  return () => ({
    open: async () => {
      if (isOpen) throw new Error('in use by another run');
      isOpen = true;
      return [...entries];
    },
    append: async (appended) => {
      if (!isOpen) throw new Error('is not open');
      entries.push(...structuredClone(appended));
    },
    close: async () => {
      isOpen = false;
    },
  });
}
