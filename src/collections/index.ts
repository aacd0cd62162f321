/**
 * `persona-client/collections`: many personas at once, and what data protection asks for. Works on anything that looks like a client.
 *
 * @module persona-client/collections
 */
export type { Journal, JournalEntry } from './journal/types.js';
export { createMany, deleteMany, updateMany } from './many.js';
export {
  type EraseOptions,
  type ErasureReceipt,
  type PersonaExport,
  type Privacy,
  privacyOf,
} from './privacy.js';
export type { PurgedPersona, PurgeOptions, PurgeReport } from './purge.js';
export type {
  CollectionRun,
  CreateItem,
  CreateManyOptions,
  CreateRun,
  DeleteItem,
  DeleteRun,
  InvalidRow,
  ItemDone,
  ItemFailed,
  ItemResult,
  Items,
  RunOptions,
  RunSummary,
  UpdateItem,
  UpdateRun,
} from './types.js';
