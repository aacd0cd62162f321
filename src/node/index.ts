/**
 * `persona-client/node`: what a server has besides, on Node 22.13 and later. The pooled transport needs `undici` 7 beside this package.
 *
 * @module persona-client/node
 */
export { publishDiagnostics } from './diagnostics.js';
export { type FileJournalOptions, fileJournal } from './file-journal.js';
export type { PooledTransportOptions } from './options.js';
export { createPooledTransport, type PooledTransport } from './pooled.js';
export { type FileTokenStoreOptions, fileTokenStore, TokenStoreError } from './token-store/index.js';
