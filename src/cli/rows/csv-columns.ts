import type { FieldConfig } from '../../index.js';
import { CATEGORIES, DEMOGRAPHIC_FIELD_TYPES } from '../../schemas/categories.js';
import { InputError } from '../errors.js';
import { suggest } from '../suggest.js';
import { type CellType, getCellType } from './cell.js';

/** Columns of an export that an import ignores, because the service sets these fields. */
const IGNORED_COLUMNS: readonly string[] = ['id', 'created_at', 'updated_at'];
const DEMOGRAPHIC_COLUMNS: readonly string[] = [...Object.keys(DEMOGRAPHIC_FIELD_TYPES), 'geolocation'];
const MAX_QUOTED_NAMES = 10;

/** What an import does with the cells of a column. */
export type Column =
  | { readonly kind: 'name'; readonly name: string; readonly type: CellType }
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly category: string;
      readonly field: string;
      readonly type: CellType;
    }
  | { readonly kind: 'ignored'; readonly name: string }
  /** Its cells must be empty. Spreadsheets write such columns at the end. */
  | { readonly kind: 'unnamed'; readonly name: string };

/**
 * Parses the header of a CSV file.
 *
 * @throws {InputError} if the column `name` is missing, or if a column is unknown or appears more than once.
 */
export function parseCsvHeader(cells: readonly string[], config: FieldConfig): readonly Column[] {
  const columns = cells.map((cell, index) => parseColumn(cell, index, config));
  const known = columns.filter((column) => column !== undefined);
  if (!known.some(({ kind }) => kind === 'name'))
    throw nameMissing(cells.filter((cell) => cell.trim() !== ''));
  const names = known.map(({ name }) => name);
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined)
    throw new InputError(`The column ${JSON.stringify(duplicate)} appears more than once. Nothing was sent.`);
  const unknownIndex = columns.indexOf(undefined);
  if (unknownIndex !== -1) throw unknownColumn(cells[unknownIndex] ?? '', config);
  return known;
}

/** Returns `undefined` for an unknown column. */
function parseColumn(cell: string, index: number, config: FieldConfig): Column | undefined {
  const exactName = parseExactName(cell);
  const name = exactName ?? cell.trim();
  if (name === '') return { kind: 'unnamed', name: `column ${index + 1}` };
  const lowerName = name.toLowerCase();
  if (lowerName === 'name') return { kind: 'name', name: 'name', type: 'text' };
  if (IGNORED_COLUMNS.includes(lowerName)) return { kind: 'ignored', name: lowerName };
  const dotIndex = name.indexOf('.');
  const prefix = name.slice(0, Math.max(0, dotIndex)).trimEnd();
  const category = CATEGORIES.find((category) => category === prefix.toLowerCase());
  const suffix = name.slice(dotIndex + 1);
  if (category === undefined || (suffix.trim() === '' && exactName === undefined)) return undefined;
  const field =
    exactName === undefined ? resolveField(category, suffix.trim(), prefix === category, config) : suffix;
  const type = getCellType(config, category, field);
  // A service would store `device_usage.phone` as a field of its own, not as a part of `device_usage`.
  const isPart = knownFields(category, config).some((known) => field.startsWith(`${known}.`));
  if (isPart && type === 'unknown' && exactName === undefined) return undefined;
  return { kind: 'field', name: `${category}.${field}`, category, field, type };
}

/** Parses a name that an export has written as JSON, because it has control characters or spaces at an end. */
function parseExactName(cell: string): string | undefined {
  try {
    const name: unknown = cell.startsWith('"') ? JSON.parse(cell) : undefined;
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the known field that equals `name` except for upper and lower case, or else `name`.
 *
 * An export writes the category in lower case. In its columns, fields that differ only by case are different fields.
 */
function resolveField(category: string, name: string, mayBeExport: boolean, config: FieldConfig): string {
  const fields = knownFields(category, config);
  if (fields.includes(name) || (mayBeExport && category !== 'demographic')) return name;
  return fields.find((field) => field.toLowerCase() === name.toLowerCase()) ?? name;
}

const knownFields = (category: string, config: FieldConfig): readonly string[] =>
  category === 'demographic' ? DEMOGRAPHIC_COLUMNS : (config[category]?.fields ?? []).map(({ name }) => name);

function nameMissing(cells: readonly string[]): InputError {
  const found = cells.slice(0, MAX_QUOTED_NAMES).map((cell) => JSON.stringify(cell.slice(0, 60)));
  const rest = cells.length > MAX_QUOTED_NAMES ? ', …' : '';
  const similar = cells.find((cell) => suggest(cell, ['name']) !== undefined);
  const advice = similar === undefined ? '' : ` Rename ${JSON.stringify(similar)} to "name".`;
  return new InputError(
    `The column "name" is missing. The first row must contain the column names, but contains ${found.join(', ')}${rest}.${advice} Nothing was sent.`,
  );
}

function unknownColumn(cell: string, config: FieldConfig): InputError {
  const names = CATEGORIES.flatMap((category) =>
    knownFields(category, config).map((field) => `${category}.${field}`),
  );
  const suggestion = suggest(cell, ['name', ...names]);
  return new InputError(
    `The column ${JSON.stringify(cell.slice(0, 200))} is neither "name" nor a field such as "demographic.city".${
      suggestion === undefined ? '' : ` Did you mean ${JSON.stringify(suggestion)}?`
    } Nothing was sent.`,
  );
}
