import type { DatabaseSync } from 'node:sqlite';
import { loadNodeBuiltin } from '../node-builtin.js';
import { createMonotonicClock } from '../timestamps.js';
import { prepareSchema } from './sqlite-schema.js';
import { prepareStatements } from './sqlite-statements.js';
import { CATEGORIES, type PersonaDraft, type PersonaStore, type StoredPersona } from './types.js';

/** How long a statement waits while another process writes to the same file. */
const BUSY_TIMEOUT_MS = 5000;

/** Loads `node:sqlite`, and suppresses the experimental warning of Node.js 22. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = globalThis.process ?? {};
  if (emitWarning !== undefined) process.emitWarning = () => {};
  try {
    const sqlite = loadNodeBuiltin('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } finally {
    if (emitWarning !== undefined) process.emitWarning = emitWarning;
  }
  const version = globalThis.process?.version ?? 'another runtime';
  throw new Error(
    `The SQLite store needs Node.js 22.13 or later, but this is ${version}. Use the memory store`,
  );
}

function openDatabase(path: string): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    prepareSchema(database);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open ${path} as the database of the service: ${reason}`, { cause: error });
  }
}

/** Creates a store in an SQLite file, or in memory if the path is `:memory:`. */
export function createSqliteStore(path: string, now: () => number): PersonaStore {
  const database = openDatabase(path);
  const statements = prepareStatements(database);
  const clock = createMonotonicClock(now, statements.getLatestWriteMicros());

  function runInTransaction<T>(work: () => T): T {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
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
    list: ({ offset, limit }) => ({
      personas: statements.listPage(limit, offset),
      total: statements.countPersonas(),
    }),
    get: statements.get,
    create: (draft) => runInTransaction(() => statements.getExisting(insert(draft, clock(), clock()))),
    update: (id, patch) =>
      runInTransaction(() => {
        const current = statements.get(id);
        if (current === undefined) return undefined;
        statements.updatePersona(id, patch.name ?? current.name, clock());
        writeCategories(id, patch.categories, current);
        return statements.getExisting(id);
      }),
    delete: (id) => statements.delete(id),
    seed: (personas) =>
      runInTransaction(() => {
        for (const persona of personas) insert(persona, persona.createdAt, persona.createdAt);
      }),
    close: () => database.close(),
  };
}
