import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync as Database } from 'node:sqlite';
import { loadSqlite } from '../core/node-builtin.js';
import { isSqliteBusy, isSqliteError } from '../core/sqlite-error.js';

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
 * @throws {Error} if the path is not an empty file, or the file cannot be created or written. The message names the file.
 */
export function acquireFileLock(path: string): FileLock | undefined {
  const { DatabaseSync } = loadSqlite('fileJournal', 'Use another journal');
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && !(stats.isFile() && stats.size === 0))
    throw lockError(path, 'it is not an empty file, so another program may use it');
  let database: Database | undefined;
  try {
    const lock = new DatabaseSync(resolve(path), { timeout: 0 }); // SQLite would parse a relative `file:` path as a URI
    database = lock;
    lock.exec('BEGIN EXCLUSIVE');
    return { release: () => lock.close() };
  } catch (error) {
    database?.close();
    if (isSqliteBusy(error)) return undefined;
    throw lockError(path, isSqliteError(error) ? error.errstr : String(error), error);
  }
}

const lockError = (path: string, reason: string, cause?: unknown) =>
  new Error(`Cannot lock ${path}: ${reason}. Nothing was sent. Use another path.`, { cause });
