import type { Persona } from '../../index.js';
import { CATEGORIES } from '../../schemas/categories.js';
import { formatCell } from './cell.js';

const FIXED_COLUMNS = ['id', 'name', 'created_at', 'updated_at'] as const;
/** Keys of database rows, which some services include in a category. They are not fields. */
const ROW_KEYS: readonly string[] = ['id', 'persona_id'];

const hasRowKeys = (fields: object): boolean =>
  Number.isSafeInteger((fields as { persona_id?: unknown }).persona_id);

/** Returns the fields of a persona by column name, such as `demographic.city`. */
export function flattenFields(persona: Persona): Map<string, unknown> {
  const columns = new Map<string, unknown>();
  for (const category of CATEGORIES) {
    const fields = persona[category] ?? {};
    for (const [field, value] of Object.entries(fields)) {
      const isRowKey = ROW_KEYS.includes(field) && hasRowKeys(fields);
      if (value !== null && value !== undefined && !isRowKey) columns.set(`${category}.${field}`, value);
    }
  }
  return columns;
}

export const formatCsvHeader = (columns: Iterable<string>): string =>
  formatLine([...FIXED_COLUMNS, ...columns]);

/** Formats a persona as a CSV row. Columns without a value stay empty. */
export function formatCsvRow(persona: Persona, columns: Iterable<string>): string {
  const fields = flattenFields(persona);
  return formatLine([
    ...FIXED_COLUMNS.map((name) => formatCell(persona[name])),
    ...[...columns].map((name) => formatCell(fields.get(name))),
  ]);
}

/** Quotes cells as in RFC 4180. Also quotes leading or trailing whitespace, because spreadsheets may trim it. */
const formatLine = (cells: readonly string[]): string =>
  cells
    .map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
