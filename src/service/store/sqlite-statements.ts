import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { DEMOGRAPHIC_COLUMNS } from '../dialects/demographic.js';
import { ATTRIBUTE_CATEGORIES } from '../field-config.js';
import type { Category, CategoryRow, Fields, StoredPersona } from './types.js';

type Row = Record<string, SQLOutputValue>;

const COLUMNS = Object.keys(DEMOGRAPHIC_COLUMNS);

/** Everything of the personas that `source` gives, one row each. */
const select = (source: string): string => `
  SELECT persona.*, demographic.id AS demographic_id,
    ${COLUMNS.map((name) => `demographic.${name}`).join(', ')},
    ${ATTRIBUTE_CATEGORIES.map((name) => `${name}.id AS ${name}_id, ${name}.fields AS ${name}`).join(', ')}
  FROM (${source}) AS persona
    ${['demographic', ...ATTRIBUTE_CATEGORIES].map((name) => `LEFT JOIN ${name} ON ${name}.persona_id = persona.id`).join(' ')}
  ORDER BY persona.updated_at DESC, persona.id DESC`;

/** A column that is NULL was not set. */
function demographicOf(row: Row): Fields {
  return Object.fromEntries(COLUMNS.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]])));
}

function personaOf(row: Row): StoredPersona {
  const categories: Partial<Record<Category, CategoryRow>> = {};
  if (row.demographic_id !== null) {
    categories.demographic = { id: Number(row.demographic_id), fields: demographicOf(row) };
  }
  for (const category of ATTRIBUTE_CATEGORIES) {
    const id = row[`${category}_id`];
    if (id !== null) categories[category] = { id: Number(id), fields: JSON.parse(String(row[category])) };
  }
  return {
    id: Number(row.id),
    name: String(row.name),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    categories,
  };
}

/** The columns of a category's table and the values for them. */
function valuesOf(category: Category, fields: Fields): SQLOutputValue[] {
  if (category !== 'demographic') return [JSON.stringify(fields)];
  return COLUMNS.map((name) => (fields[name] ?? null) as SQLOutputValue);
}

function writersOf(database: DatabaseSync, category: Category) {
  const columns = category === 'demographic' ? COLUMNS : ['fields'];
  const marks = columns.map(() => '?').join(', ');
  return {
    insert: database.prepare(
      `INSERT INTO ${category} (${columns.join(', ')}, persona_id) VALUES (${marks}, ?)`,
    ),
    update: database.prepare(`UPDATE ${category} SET (${columns.join(', ')}) = (${marks}) WHERE id = ?`),
  };
}

/** The store's whole SQL, prepared once. */
export function statementsOf(database: DatabaseSync) {
  const one = database.prepare(select('SELECT * FROM personas WHERE id = ?'));
  const page = database.prepare(
    select('SELECT * FROM personas ORDER BY updated_at DESC, id DESC LIMIT ? OFFSET ?'),
  );
  const count = database.prepare('SELECT count(*) AS total FROM personas');
  const latest = database.prepare('SELECT max(updated_at) AS latest FROM personas');
  const insert = database.prepare('INSERT INTO personas (name, created_at, updated_at) VALUES (?, ?, ?)');
  const update = database.prepare('UPDATE personas SET name = ?, updated_at = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM personas WHERE id = ?');
  const writers = {
    demographic: writersOf(database, 'demographic'),
    psychographic: writersOf(database, 'psychographic'),
    behavioral: writersOf(database, 'behavioral'),
    contextual: writersOf(database, 'contextual'),
  };

  function get(id: number): StoredPersona | undefined {
    const row = one.get(id);
    return row && personaOf(row);
  }

  return {
    get,
    /** One that was written in this transaction. */
    existing: (id: number): StoredPersona => {
      const persona = get(id);
      if (persona === undefined) throw new Error(`persona ${id} is gone`);
      return persona;
    },
    page: (limit: number, offset: number) => page.all(limit, offset).map(personaOf),
    total: () => Number(count.get()?.total),
    latestWrite: () => Number(latest.get()?.latest ?? 0),
    insertPersona: (name: string, at: number) => Number(insert.run(name, at, at).lastInsertRowid),
    updatePersona: (id: number, name: string, at: number) => update.run(name, at, id),
    delete: (id: number) => remove.run(id).changes === 1,
    writeCategory: (category: Category, personaId: number, fields: Fields, rowId: number | undefined) => {
      const { insert, update } = writers[category];
      const values = valuesOf(category, fields);
      if (rowId === undefined) insert.run(...values, personaId);
      else update.run(...values, rowId);
    },
  };
}
