/** Converts values as SQLite does when it stores them. The `attributes` service does not check them first. */
import { type JsonObject, type JsonValue, toStored } from '../../json/parse.js';
import { renderColumnJson } from '../../json/render.js';
import { getTypeName, parseFloatText } from '../../python.js';
import type { Fields } from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS, requireSqliteInteger, requireWellFormed } from '../columns.js';

type ColumnType = (typeof DEMOGRAPHIC_COLUMNS)[keyof typeof DEMOGRAPHIC_COLUMNS];

/** Text that SQLite stores as a number in an integer column. */
const NUMERIC_TEXT = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\v\f\r]*$/;

/**
 * Creates the error of a failed SQL statement. Its message contains the SQL and all parameters, as in the real service.
 *
 * The parameters contain personal data. Tests use this error to check that the client hides such data.
 */
function createSqlError(problem: string, table: string, parameters: JsonObject): Error {
  const names = Object.keys(parameters);
  const list = names.map((name) => `'${name}': ${toPythonLiteral(parameters[name] ?? null)}`).join(', ');
  return new Error(
    `${problem}\n[SQL: INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})]\n` +
      `[parameters: [{${list}}]]`,
  );
}

function toPythonLiteral(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? `'${value}'` : renderColumnJson(value);
}

/** Converts a float to text as SQLite does: 15 digits, and always a decimal point. */
function renderRealText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  const [digits = '', exponent = ''] = value.toExponential(14).split('e');
  const power = Number(exponent);
  if (power < -4 || power > 14) {
    const mantissa = digits.replace(/0+$/, '').replace(/\.$/, '.0');
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const text = String(Number(value.toPrecision(15)));
  return text.includes('.') ? text : `${text}.0`;
}

/** Converts a value for a text column. */
function toText(value: string | bigint | number): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  return Number.isNaN(value) ? null : renderRealText(value);
}

/** Converts a value for an integer column, which keeps text and fractions as they are. */
function toInteger(value: string | bigint | number): unknown {
  if (typeof value === 'bigint') return toStored(value);
  const literal = typeof value === 'string' ? NUMERIC_TEXT.exec(value)?.[1] : String(value);
  if (literal === undefined) return value;
  const real = Number(literal);
  if (Number.isNaN(real)) return null;
  if (!Number.isInteger(real) || Math.abs(real) >= 2 ** 63) return real;
  return toStored(/^[+-]?\d+$/.test(literal) ? BigInt(literal.replace('+', '')) : BigInt(real));
}

/** Converts a value for a column of floating-point numbers, as `float(value)` does. */
function toFloat(value: string | bigint | number): number | null {
  const real = typeof value === 'string' ? parseFloatText(value) : Number(value);
  if (real === undefined)
    throw new RejectedValue(`(builtins.ValueError) could not convert string to float: '${value}'`);
  if (typeof value === 'bigint' && !Number.isFinite(real))
    throw new RejectedValue('(builtins.OverflowError) int too large to convert to float');
  return Number.isNaN(real) ? null : real + 0; // SQLite stores -0.0 as 0.0
}

function toColumnValue(type: ColumnType, value: JsonValue): unknown {
  if (value === null) return null;
  if (typeof value === 'boolean') return toColumnValue(type, value ? 1n : 0n);
  if (typeof value === 'object')
    throw new RejectedValue(`(sqlite3.ProgrammingError) type '${getTypeName(value)}' is not supported`);
  if (type === 'number') return toFloat(value);
  if (typeof value === 'bigint') requireSqliteInteger(value);
  if (typeof value === 'string') requireWellFormed(value);
  return type === 'integer' ? toInteger(value) : toText(value);
}

/** A value that the database rejects. */
class RejectedValue extends Error {}

/** Converts the values of a row. */
function toRow(table: string, types: Readonly<Record<string, ColumnType>>, row: JsonObject): Fields {
  try {
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, toColumnValue(types[name] ?? 'string', value)]),
    );
  } catch (error) {
    throw error instanceof RejectedValue ? createSqlError(error.message, table, row) : error;
  }
}

/**
 * Converts a name as the database stores it: numbers become text.
 *
 * @throws {Error} if the database rejects it.
 */
export function toStoredName(name: JsonValue): string {
  const stored = toRow('personas', { name: 'string' }, { name }).name ?? null;
  if (stored === null)
    throw createSqlError('(sqlite3.IntegrityError) NOT NULL constraint failed: personas.name', 'personas', {
      name,
    });
  return String(stored);
}

/** Converts demographic columns as the database stores them. Throws like `toStoredName`. */
export const toStoredDemographic = (columns: JsonObject): Fields =>
  toRow('demographic_data', DEMOGRAPHIC_COLUMNS, columns);
