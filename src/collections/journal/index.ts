/** The journal of a run. Records which items were sent and which were applied, so that a later run can resume. */
export { itemDigest } from './item-digest.js';
export { JournalState, type RecordedState } from './journal-state.js';
export { toEpochMs } from './known-personas.js';
export { limitJournal } from './limit-journal.js';
export type { Journal, JournalEntry, StartEntry } from './types.js';
