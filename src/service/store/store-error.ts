import { isSqliteError } from '../../core/sqlite-error.js';

/**
 * A failure of the database, such as a full disk. The message is the reason. It contains no data and no path, so the service
 * can respond with it.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Runs `work`, and converts an error of SQLite to a {@link StoreError}. */
export function wrapStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isSqliteError(error) ? new StoreError(error.errstr, { cause: error }) : error;
  }
}
