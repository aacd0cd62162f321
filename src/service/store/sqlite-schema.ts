import type { DatabaseSync } from 'node:sqlite';
import { DEMOGRAPHIC_COLUMNS } from '../dialects/columns.js';
import { ATTRIBUTE_CATEGORIES } from '../field-config.js';

const SCHEMA_VERSION = 2;

/** The versions whose files the store can use. Files of version 1 never reuse an id and reject `NaN`. */
const SUPPORTED_VERSIONS: readonly unknown[] = [1, SCHEMA_VERSION];

const SQL_TYPES = { number: 'REAL', integer: 'INTEGER', string: 'TEXT' } as const;

/**
 * SQL that creates all tables.
 *
 * `demographic` has fixed columns. The other categories are JSON with `NaN`, because the `attributes` dialect allows any field.
 */
const CREATE_TABLES_SQL = `
  CREATE TABLE personas (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL, -- microseconds since the Unix epoch
    updated_at INTEGER NOT NULL
  );
  CREATE INDEX personas_by_update ON personas (updated_at DESC, id DESC);
  CREATE TABLE demographic (
    id INTEGER PRIMARY KEY,
    persona_id INTEGER NOT NULL UNIQUE REFERENCES personas ON DELETE CASCADE,
    ${Object.entries(DEMOGRAPHIC_COLUMNS)
      .map(([name, type]) => `${name} ${SQL_TYPES[type]}`)
      .join(', ')}
  );
  ${ATTRIBUTE_CATEGORIES.map(
    (category) => `CREATE TABLE ${category} (
    id INTEGER PRIMARY KEY,
    persona_id INTEGER NOT NULL UNIQUE REFERENCES personas ON DELETE CASCADE,
    fields TEXT NOT NULL
  );`,
  ).join('\n')}
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Creates the tables in an empty database.
 *
 * @throws {Error} if the database belongs to another program or to another version of the service.
 */
export function prepareSchema(database: DatabaseSync): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (SUPPORTED_VERSIONS.includes(version)) return;
  const tableCount = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (version !== 0 || tableCount !== 0)
    throw new Error('the file does not contain a database of this version of the service');
  database.exec(`BEGIN; ${CREATE_TABLES_SQL} COMMIT;`);
}
