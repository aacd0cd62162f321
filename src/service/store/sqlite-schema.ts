import type { DatabaseSync } from 'node:sqlite';
import { DEMOGRAPHIC_COLUMNS } from '../dialects/columns.js';
import { ATTRIBUTE_CATEGORIES } from '../field-config.js';

const SCHEMA_VERSION = 2;

/** The versions whose files the store can use. Files of version 1 never reuse an id and reject `NaN`. */
export const SUPPORTED_VERSIONS: readonly number[] = [1, SCHEMA_VERSION];

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

/** Creates the tables in an empty database. Several processes may do this at once: the first one creates them. */
export function prepareSchema(database: DatabaseSync): void {
  const readVersion = () => database.prepare('PRAGMA user_version').get()?.user_version;
  if (readVersion() !== 0) return;
  database.exec('BEGIN IMMEDIATE');
  if (readVersion() === 0) database.exec(CREATE_TABLES_SQL);
  database.exec('COMMIT');
}
