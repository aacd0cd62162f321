/**
 * `persona-client/browser`: a journal and a token store for web pages.
 *
 * With {@link indexedDbJournal}, you can resume a bulk operation after the page was closed. {@link webStorageTokenStore}
 * keeps users logged in. Read its warning before you use it.
 *
 * @module persona-client/browser
 */
export { type IndexedDbJournalOptions, indexedDbJournal } from './indexed-db-journal.js';
export {
  type WebStorage,
  type WebStorageTokenStoreOptions,
  webStorageTokenStore,
} from './web-storage-token-store.js';
