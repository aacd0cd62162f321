import type { Fields } from '../../store/types.js';

/** Python's way to print a value, as it stands in the parameters that the error text quotes. */
function python(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

/**
 * The failure of a statement the way this service lets it out: with the SQL and every parameter, so with the
 * personal data in them (wire contract). A client must show it to nobody, and this is what its tests need.
 */
export function sqlFailure(problem: string, table: string, parameters: Fields): Error {
  const names = Object.keys(parameters);
  const placeholders = names.map((name) => `%(${name})s`).join(', ');
  const quoted = names.map((name) => `'${name}': ${python(parameters[name])}`).join(', ');
  return new Error(
    `(psycopg2.errors.DataError) ${problem}\n\n` +
      `[SQL: INSERT INTO ${table} (${names.join(', ')}) VALUES (${placeholders}) RETURNING ${table}.id]\n` +
      `[parameters: {${quoted}}]`,
  );
}
