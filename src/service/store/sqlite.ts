import type { DatabaseSync } from 'node:sqlite';
import { nodeBuiltin } from '../node-builtin.js';
import { createClock } from '../timestamps.js';
import { prepareSchema } from './sqlite-schema.js';
import { statementsOf } from './sqlite-statements.js';
import { CATEGORIES, type PersonaDraft, type PersonaStore, type StoredPersona } from './types.js';

/** How long to wait for another process that writes to the same file. */
const BUSY_TIMEOUT_MS = 5000;

/** Loads node:sqlite without the warning by which Node 22 calls it experimental. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = globalThis.process ?? {};
  if (emitWarning !== undefined) process.emitWarning = () => {};
  try {
    const sqlite = nodeBuiltin('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } finally {
    if (emitWarning !== undefined) process.emitWarning = emitWarning;
  }
  const here = globalThis.process?.version ?? 'no Node at all';
  throw new Error(`The SQLite store needs Node 22.13 or later, and this is ${here}; use the memory store`);
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
    throw new Error(`Cannot use ${path} as the service's database: ${reason}`, { cause: error });
  }
}

/** A store in an SQLite file, or in memory for the path `:memory:`. */
export function createSqliteStore(path: string, now: () => number): PersonaStore {
  const database = openDatabase(path);
  const statements = statementsOf(database);
  const clock = createClock(now, statements.latestWrite());

  function inTransaction<T>(work: () => T): T {
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

  function writeCategories(id: number, written: PersonaDraft['categories'], old?: StoredPersona): void {
    for (const category of CATEGORIES) {
      const fields = written[category];
      if (fields === undefined) continue;
      const row = old?.categories[category];
      statements.writeCategory(category, id, { ...row?.fields, ...fields }, row?.id);
    }
  }

  function insert(draft: PersonaDraft, at: number): number {
    const id = statements.insertPersona(draft.name, at);
    writeCategories(id, draft.categories);
    return id;
  }

  return {
    list: ({ offset, limit }) => ({ personas: statements.page(limit, offset), total: statements.total() }),
    get: statements.get,
    create: (draft) => inTransaction(() => statements.existing(insert(draft, clock()))),
    update: (id, patch) =>
      inTransaction(() => {
        const old = statements.get(id);
        if (old === undefined) return undefined;
        statements.updatePersona(id, patch.name ?? old.name, clock());
        writeCategories(id, patch.categories, old);
        return statements.existing(id);
      }),
    delete: (id) => statements.delete(id),
    seed: (personas) =>
      inTransaction(() => {
        for (const persona of personas) insert(persona, persona.at);
      }),
    close: () => database.close(),
  };
}
