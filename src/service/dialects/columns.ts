import type { Fields } from '../store/types.js';

/** The columns of the demographic category, which are the same in all services. */
export const DEMOGRAPHIC_COLUMNS = {
  latitude: 'number',
  longitude: 'number',
  language: 'string',
  country: 'string',
  city: 'string',
  region: 'string',
  age: 'integer',
  gender: 'string',
  education: 'string',
  income: 'string',
  occupation: 'string',
} as const;

/** Renders the named fields, with `null` for a field that is not set. */
export function renderFields(names: Iterable<string>, fields: Fields): Fields {
  return Object.fromEntries([...names].map((name) => [name, fields[name] ?? null]));
}

const MAX_SQLITE_INTEGER = 2n ** 63n - 1n;

/**
 * Checks that an integer fits into the 64 bits of SQLite.
 *
 * @throws {RangeError} with the text of real services, which respond with 500.
 */
export function requireSqliteInteger(value: bigint): bigint {
  if (value > MAX_SQLITE_INTEGER || value < -MAX_SQLITE_INTEGER - 1n)
    throw new RangeError('Python int too large to convert to SQLite INTEGER');
  return value;
}

const SURROGATES = /(?<![\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/;

/**
 * Checks that a string is well-formed Unicode. A database does not store half an emoji.
 *
 * @throws {TypeError} with the text of real services, which respond with 500.
 */
export function requireWellFormed(text: string): string {
  const found = SURROGATES.exec(text);
  if (found === null) return text;
  const position = [...text.slice(0, found.index)].length;
  const code = found[0].charCodeAt(0).toString(16);
  throw new TypeError(
    `'utf-8' codec can't encode character '\\u${code}' in position ${position}: surrogates not allowed`,
  );
}
