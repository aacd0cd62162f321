/** An exclusive lock on a file. */
export interface FileLock {
  release(): void;
}

/**
 * Locks a file with an exclusive SQLite transaction, because Node has no file locks.
 *
 * The operating system releases the lock when the process ends, even after a crash. The empty file stays, because two
 * processes could hold the lock if one deleted the file.
 *
 * A running process cannot lose this lock, not even while it is frozen. A journal needs that, because two runs would apply
 * items twice. The token store uses a lock file instead, which another process may take over from a frozen holder.
 *
 * @returns `undefined` if another process holds the lock.
 */
export function acquireFileLock(path: string): FileLock | undefined {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

const SQLITE_BUSY = 5;

/** Loads `node:sqlite` without the warning of Node 22 that the module is experimental. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule?.('node:sqlite');
    if (sqlite) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new Error('fileJournal needs node:sqlite to lock the file. Use Node 22.13 or later.');
}
