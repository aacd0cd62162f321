import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { DEMOGRAPHIC_COLUMNS } from '../dialects/columns.js';
import { ATTRIBUTE_CATEGORIES } from '../field-config.js';
import { type JsonValue, parsePythonJson, toStored } from '../json/parse.js';
import { renderJson } from '../json/render.js';
import type { Category, CategoryRow, Fields, StoredPersona } from './types.js';

type Row = Record<string, SQLOutputValue>;

const DEMOGRAPHIC_NAMES = Object.keys(DEMOGRAPHIC_COLUMNS);

/** Builds the SQL that selects complete personas, one row for each row of the query `source`. */
const buildSelectSql = (source: string): string => `
  SELECT persona.*, demographic.id AS demographic_id,
    ${DEMOGRAPHIC_NAMES.map((name) => `demographic.${name}`).join(', ')},
    ${ATTRIBUTE_CATEGORIES.map((name) => `${name}.id AS ${name}_id, ${name}.fields AS ${name}`).join(', ')}
  FROM (${source}) AS persona
    ${['demographic', ...ATTRIBUTE_CATEGORIES].map((name) => `LEFT JOIN ${name} ON ${name}.persona_id = persona.id`).join(' ')}
  ORDER BY persona.updated_at DESC, persona.id DESC`;

/** Reads the demographic fields. Omits NULL, because responses render a missing field as `null`. */
function readDemographicRow(row: Row): Fields {
  return Object.fromEntries(
    DEMOGRAPHIC_NAMES.flatMap((name) =>
      row[name] === null ? [] : [[name, toStored(row[name] as JsonValue)]],
    ),
  );
}

/** Reads the JSON of a category. `JSON.parse` is faster, but rejects `NaN` and rounds long integers. */
function readFields(text: string): Fields {
  const isPlain = !/NaN|Infinity|\d{16}/.test(text);
  return (isPlain ? JSON.parse(text) : toStored(parsePythonJson(text))) as Fields;
}

function readPersonaRow(row: Row): StoredPersona {
  const categories: Partial<Record<Category, CategoryRow>> = {};
  if (row.demographic_id !== null) {
    categories.demographic = { id: Number(row.demographic_id), fields: readDemographicRow(row) };
  }
  for (const category of ATTRIBUTE_CATEGORIES) {
    const id = row[`${category}_id`];
    if (id !== null) categories[category] = { id: Number(id), fields: readFields(String(row[category])) };
  }
  return {
    id: Number(row.id),
    name: String(row.name),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    categories,
  };
}

/** Returns the values for the columns of a category's table. */
function toColumnValues(category: Category, fields: Fields): SQLOutputValue[] {
  if (category !== 'demographic') return [renderJson(fields)];
  return DEMOGRAPHIC_NAMES.map((name) => (fields[name] ?? null) as SQLOutputValue);
}

function prepareCategoryWriters(database: DatabaseSync, category: Category) {
  const columns = category === 'demographic' ? DEMOGRAPHIC_NAMES : ['fields'];
  const placeholders = columns.map(() => '?').join(', ');
  return {
    insert: database.prepare(
      `INSERT INTO ${category} (${columns.join(', ')}, persona_id) VALUES (${placeholders}, ?)`,
    ),
    update: database.prepare(
      `UPDATE ${category} SET (${columns.join(', ')}) = (${placeholders}) WHERE id = ?`,
    ),
  };
}

/** Prepares all SQL statements of the store. */
export function prepareStatements(database: DatabaseSync) {
  const selectById = database.prepare(buildSelectSql('SELECT * FROM personas WHERE id = ?'));
  const selectPage = database.prepare(
    buildSelectSql('SELECT * FROM personas ORDER BY updated_at DESC, id DESC LIMIT ? OFFSET ?'),
  );
  for (const select of [selectById, selectPage]) select.setReadBigInts(true); // an age may exceed 2^53
  const selectCount = database.prepare('SELECT count(*) AS total FROM personas');
  const selectLatest = database.prepare('SELECT max(updated_at) AS latest FROM personas');
  const insertPersona = database.prepare(
    'INSERT INTO personas (name, created_at, updated_at) VALUES (?, ?, ?)',
  );
  const updatePersona = database.prepare('UPDATE personas SET name = ?, updated_at = ? WHERE id = ?');
  const deletePersona = database.prepare('DELETE FROM personas WHERE id = ?');
  const writers = {
    demographic: prepareCategoryWriters(database, 'demographic'),
    psychographic: prepareCategoryWriters(database, 'psychographic'),
    behavioral: prepareCategoryWriters(database, 'behavioral'),
    contextual: prepareCategoryWriters(database, 'contextual'),
  };

  function get(id: number): StoredPersona | undefined {
    const row = selectById.get(id);
    return row && readPersonaRow(row);
  }

  return {
    get,
    /** Returns a persona that this transaction has written. */
    getExisting: (id: number): StoredPersona => {
      const persona = get(id);
      if (persona === undefined)
        throw new Error(`Persona ${id} is missing after a write in the same transaction`);
      return persona;
    },
    listPage: (limit: number, offset: number) => selectPage.all(limit, offset).map(readPersonaRow),
    countPersonas: () => Number(selectCount.get()?.total),
    getLatestWriteMicros: () => Number(selectLatest.get()?.latest ?? 0),
    insertPersona: (name: string, createdAt: number, updatedAt: number) =>
      Number(insertPersona.run(name, createdAt, updatedAt).lastInsertRowid),
    updatePersona: (id: number, name: string, updatedAt: number) => updatePersona.run(name, updatedAt, id),
    delete: (id: number) => deletePersona.run(id).changes === 1,
    writeCategory: (category: Category, personaId: number, fields: Fields, rowId: number | undefined) => {
      const { insert, update } = writers[category];
      const values = toColumnValues(category, fields);
      if (rowId === undefined) insert.run(...values, personaId);
      else update.run(...values, rowId);
    },
  };
}
