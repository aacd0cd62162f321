import type { DatabaseSync } from 'node:sqlite';
import { loadSqlite } from '../../core/node-builtin.js';
import { isSqliteBusy } from '../../core/sqlite-error.js';
import { delay } from '../../core/timers.js';
import { createMonotonicClock } from '../timestamps.js';
import { checkDatabaseFile } from './sqlite-file.js';
import { prepareSchema, SUPPORTED_VERSIONS } from './sqlite-schema.js';
import { prepareStatements } from './sqlite-statements.js';
import { StoreError, wrapStoreErrors } from './store-error.js';
import { CATEGORIES, type PersonaDraft, type PersonaStore, type StoredPersona } from './types.js';

/** How long a statement waits while another process has locked the file. */
const BUSY_TIMEOUT_MS = 5000;
/** Pause between two attempts of a write to lock the file. */
const LOCK_RETRY_MS = 20;

/** Opens the database. Before all statements are prepared, it changes no file except an empty one. */
function openDatabase(path: string) {
  const { DatabaseSync } = loadSqlite('The SQLite store', 'Use the memory store');
  let database: DatabaseSync | undefined;
  try {
    checkDatabaseFile(path, SUPPORTED_VERSIONS);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    prepareSchema(database);
    const statements = prepareStatements(database);
    startWriteAheadLog(database);
    database.exec('PRAGMA synchronous = NORMAL');
    return { database, statements };
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    // Without `cause`, because a client omits the message of an error whose cause has a system code.
    throw new Error(`Cannot open ${path} as the database of the service: ${reason}`);
  }
}

/** Turns on the write-ahead log. Retries, because SQLite may fail at once if another process opens or closes the file. */
function startWriteAheadLog(database: DatabaseSync): void {
  for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isSqliteBusy(error) || waitedMs >= BUSY_TIMEOUT_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_RETRY_MS);
    }
  }
}

/** Creates a store in an SQLite file, or in memory if the path is `:memory:`. */
export function createSqliteStore(path: string, now: () => number): PersonaStore {
  const { database, statements } = openDatabase(path);
  const closeController = new AbortController();
  const clock = createMonotonicClock(now, statements.getLatestWriteMicros());

  /** Starts a write transaction. Returns `false` if another process has locked the file. */
  function tryBegin(): boolean {
    database.exec('PRAGMA busy_timeout = 0'); // if SQLite waited, it would block this process, including reads
    try {
      database.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isSqliteBusy(error)) return false;
      throw error;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  function finishTransaction<T>(work: () => T): T {
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        database.exec('ROLLBACK');
      } catch {} // SQLite has already rolled back, for example because the disk is full
      throw error;
    }
  }

  async function waitForLock(): Promise<void> {
    for (let waitedMs = 0; waitedMs < BUSY_TIMEOUT_MS; waitedMs += LOCK_RETRY_MS) {
      await delay(LOCK_RETRY_MS, closeController.signal);
      if (wrapStoreErrors(tryBegin)) return;
    }
    throw new StoreError('another program has locked the database');
  }

  /** Runs `work` in a transaction. Returns a promise only if another process has locked the file. */
  function write<T>(work: () => T): T | Promise<T> {
    const finish = () => wrapStoreErrors(() => finishTransaction(work));
    return wrapStoreErrors(tryBegin) ? finish() : waitForLock().then(finish);
  }

  function writeCategories(id: number, changes: PersonaDraft['categories'], current?: StoredPersona): void {
    for (const category of CATEGORIES) {
      const fields = changes[category];
      if (fields === undefined) continue;
      const row = current?.categories[category];
      statements.writeCategory(category, id, { ...row?.fields, ...fields }, row?.id);
    }
  }

  function insert(draft: PersonaDraft, createdAt: number, updatedAt: number): number {
    const id = statements.insertPersona(draft.name, createdAt, updatedAt);
    writeCategories(id, draft.categories);
    return id;
  }

  return {
    list: ({ offset, limit }) =>
      wrapStoreErrors(() => ({
        personas: statements.listPage(limit, offset),
        total: statements.countPersonas(),
      })),
    get: (id) => wrapStoreErrors(() => statements.get(id)),
    create: (draft) => write(() => statements.getExisting(insert(draft, clock(), clock()))),
    update: (id, patch) =>
      write(() => {
        const current = statements.get(id);
        if (current === undefined) return undefined;
        statements.updatePersona(id, patch.name ?? current.name, clock());
        writeCategories(id, patch.categories, current);
        return statements.getExisting(id);
      }),
    delete: (id) => write(() => statements.delete(id)),
    seed: (personas) =>
      write(() => {
        if (statements.countPersonas() > 0) return; // another service has filled it
        for (const persona of personas) insert(persona, persona.createdAt, persona.createdAt);
      }),
    close: () => {
      closeController.abort(new StoreError('the store is closed'));
      database.close();
    },
  };
}
