const SQLITE_BUSY = 5;

interface SqliteError extends Error {
  /** An extended result code, whose lowest byte is the result code. */
  readonly errcode: number;
  /** The text of the result code, such as `database or disk is full`. */
  readonly errstr: string;
}

export const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';

/** Whether SQLite failed because another connection has locked the database. */
export const isSqliteBusy = (error: unknown): boolean =>
  isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY;
