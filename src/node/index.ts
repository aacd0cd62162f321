/**
 * `persona-client/node`: pooled transport, file token store, file journal and diagnostics channels.
 *
 * Needs Node 22.13 or later. The pooled transport also needs the package `undici` 7 or 8.
 *
 * @module persona-client/node
 */
export { publishDiagnostics } from './diagnostics.js';
export { type FileJournalOptions, fileJournal } from './file-journal.js';
export { createPooledTransport, type PooledTransport } from './pooled-transport.js';
export type { PooledTransportOptions } from './pooled-transport-options.js';
export { type FileTokenStoreOptions, fileTokenStore, TokenStoreError } from './token-store/index.js';
