import type { DatabaseSync } from 'node:sqlite';
import { DEMOGRAPHIC_COLUMNS } from '../dialects/demographic.js';
import { ATTRIBUTE_CATEGORIES } from '../field-config.js';

const VERSION = 1;

const SQL_TYPES = { number: 'REAL', integer: 'INTEGER', string: 'TEXT' } as const;

/** Demographic has columns in both dialects; the others are free-form in one of them, so JSON. */
const TABLES = `
  CREATE TABLE personas (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL, -- microseconds since the Unix epoch
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX personas_by_update ON personas (updated_at DESC, id DESC);
  CREATE TABLE demographic (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    persona_id INTEGER NOT NULL UNIQUE REFERENCES personas ON DELETE CASCADE,
    ${Object.entries(DEMOGRAPHIC_COLUMNS)
      .map(([name, type]) => `${name} ${SQL_TYPES[type]}`)
      .join(', ')}
  );
  ${ATTRIBUTE_CATEGORIES.map(
    (category) => `CREATE TABLE ${category} (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    persona_id INTEGER NOT NULL UNIQUE REFERENCES personas ON DELETE CASCADE,
    fields TEXT NOT NULL CHECK (json_valid(fields))
  );`,
  ).join('\n')}
  PRAGMA user_version = ${VERSION};
`;

/** Creates the tables in an empty database; refuses one that is not ours or newer than this code. */
export function prepareSchema(database: DatabaseSync): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version === VERSION) return;
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (version !== 0 || tables !== 0) throw new Error('it is not a database of this version of the service');
  database.exec(`BEGIN; ${TABLES} COMMIT;`);
}
