/**
 * `persona-client/browser`: what a page can have besides. A choice to be made knowingly: see {@link webStorageTokenStore}.
 *
 * @module
 */
export { type WebStorageTokenStoreOptions, webStorageTokenStore } from './web-storage-token-store.js';
