/**
 * `persona-client/browser`: what a page can have besides. {@link indexedDbJournal} for runs that outlast the page, and
 * {@link webStorageTokenStore} for tokens that do: a choice to be made knowingly.
 *
 * @module persona-client/browser
 */
export { type IndexedDbJournalOptions, indexedDbJournal } from './indexed-db-journal.js';
export { type WebStorageTokenStoreOptions, webStorageTokenStore } from './web-storage-token-store.js';
