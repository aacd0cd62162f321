import type { Persona } from '../../index.js';
import { textOf } from './cell.js';

const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;
const FIRST = ['id', 'name', 'created_at', 'updated_at'] as const;
/** Keys of the service's rows, which some services show inside a category (wire contract). */
const ROW_KEYS: readonly string[] = ['id', 'persona_id'];

const isRow = (fields: object): boolean =>
  Number.isSafeInteger((fields as { persona_id?: unknown }).persona_id);

/** The fields of a persona by their columns: `demographic.city`. */
export function columnsOf(persona: Persona): Map<string, unknown> {
  const columns = new Map<string, unknown>();
  for (const category of CATEGORIES)
    for (const [field, value] of Object.entries(persona[category] ?? {}))
      if (
        value !== null &&
        value !== undefined &&
        !(ROW_KEYS.includes(field) && isRow(persona[category] ?? {}))
      )
        columns.set(`${category}.${field}`, value);
  return columns;
}

export const headOf = (columns: Iterable<string>): string => lineOf([...FIRST, ...columns]);

/** One persona as a line; columns that it has no value for stay empty. */
export function rowOf(persona: Persona, columns: Iterable<string>): string {
  const fields = columnsOf(persona);
  return lineOf([
    ...FIRST.map((name) => textOf(persona[name])),
    ...[...columns].map((name) => textOf(fields.get(name))),
  ]);
}

/** RFC 4180: quotation marks around what would end a cell, and around what a reader might trim. */
const lineOf = (cells: readonly string[]): string =>
  cells
    .map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
