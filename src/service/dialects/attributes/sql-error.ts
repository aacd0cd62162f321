import type { Fields } from '../../store/types.js';

/** Formats a value as a Python literal. */
function toPythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

/**
 * Creates the error of a failed SQL statement. Its message contains the SQL and all parameters, as in the real service.
 *
 * The parameters contain personal data. Tests use this error to check that the client hides such data.
 */
export function createSqlError(problem: string, table: string, parameters: Fields): Error {
  const names = Object.keys(parameters);
  const placeholders = names.map((name) => `%(${name})s`).join(', ');
  const parameterList = names.map((name) => `'${name}': ${toPythonLiteral(parameters[name])}`).join(', ');
  return new Error(
    `(psycopg2.errors.DataError) ${problem}\n\n` +
      `[SQL: INSERT INTO ${table} (${names.join(', ')}) VALUES (${placeholders}) RETURNING ${table}.id]\n` +
      `[parameters: {${parameterList}}]`,
  );
}
