/**
 * A failure of the database, such as a full disk. The message is the reason. It contains no data and no path, so the service
 * can respond with it.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

const SQLITE_BUSY = 5;

interface SqliteError extends Error {
  /** An extended result code, whose lowest byte is the result code. */
  readonly errcode: number;
  /** The text of the result code, such as `database or disk is full`. */
  readonly errstr: string;
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';

/** Whether SQLite failed because another connection has locked the database. */
export const isBusy = (error: unknown): boolean =>
  isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY;

/** Runs `work`, and converts an error of SQLite to a {@link StoreError}. */
export function reportStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isSqliteError(error) ? new StoreError(error.errstr, { cause: error }) : error;
  }
}
