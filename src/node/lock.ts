/** A hold on a name that no other process has at the same time. */
export interface Lock {
  release(): void;
}

/**
 * Locks a file by an SQLite transaction, since Node has no file locks of its own: the system lets go of it when the process ends,
 * however it ends. The file stays, empty: removing it would let two have it.
 *
 * It cannot be lost while the process lives, frozen or not, which a journal needs: two runs would apply items twice. The lock of the
 * token store can be, so that a holder that nobody can ask holds up no one, and has to say whether it still is held.
 *
 * @returns `undefined` when someone else holds it.
 */
export function lock(path: string): Lock | undefined {
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

/** Without the warning by which Node 22 calls it experimental. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule?.('node:sqlite');
    if (sqlite) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new Error('fileJournal needs node:sqlite to lock the file: Node 22.13 or later.');
}
