/**
 * `persona-client/collections`: bulk operations with journals, and data protection. Accepts a `PersonaClient` or any object
 * with the same methods.
 *
 * @module persona-client/collections
 */
export { createMany, deleteMany, updateMany } from './bulk-operations.js';
export type { EraseOptions, ErasureReceipt } from './erase.js';
export type { Journal, JournalEntry } from './journal/types.js';
export { createPrivacy, type PersonaExport, type Privacy } from './privacy.js';
export type { PurgeCandidate, PurgeOptions, PurgeReport } from './purge.js';
export type {
  CollectionRun,
  CreateItem,
  CreateManyOptions,
  CreateRun,
  DeleteItem,
  DeleteRun,
  InvalidItem,
  ItemFailure,
  ItemResult,
  ItemSuccess,
  Items,
  RunOptions,
  RunSummary,
  UpdateItem,
  UpdateRun,
} from './types.js';
