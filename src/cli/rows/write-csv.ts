import { omitRowKeys } from '../../core/row-keys.js';
import { escapeControls } from '../../core/safe-text.js';
import type { Persona } from '../../index.js';
import { CATEGORIES } from '../../schemas/categories.js';
import { formatCell } from './cell.js';

const FIXED_COLUMNS = ['id', 'name', 'created_at', 'updated_at'] as const;

/** Returns the fields of a persona by column name, such as `demographic.city`. */
export function flattenFields(persona: Persona): Map<string, unknown> {
  const columns = new Map<string, unknown>();
  for (const category of CATEGORIES) {
    const fields = omitRowKeys(persona.id, persona[category] ?? {});
    for (const [field, value] of Object.entries(fields))
      if (value !== null && value !== undefined) columns.set(`${category}.${field}`, value);
  }
  return columns;
}

export const formatCsvHeader = (columns: Iterable<string>, delimiter: string): string =>
  formatLine([...FIXED_COLUMNS, ...[...columns].map(formatName)], delimiter);

/** Formats a name as JSON if its field is empty or has outer spaces, or the name has control characters. An import restores it. */
function formatName(name: string): string {
  const field = name.slice(name.indexOf('.') + 1);
  const isPlain = escapeControls(name) === name && field.trim() === field && field !== '';
  return isPlain ? name : escapeControls(JSON.stringify(name));
}

/** Formats a persona as a CSV row. Columns without a value stay empty. */
export function formatCsvRow(persona: Persona, columns: Iterable<string>, delimiter: string): string {
  const fields = flattenFields(persona);
  return formatLine(
    [
      ...FIXED_COLUMNS.map((name) => formatCell(persona[name])),
      ...[...columns].map((name) => formatCell(fields.get(name))),
    ],
    delimiter,
  );
}

/** Quotes cells as in RFC 4180. Also quotes leading or trailing whitespace, because spreadsheets may trim it. */
const formatLine = (cells: readonly string[], delimiter: string): string =>
  cells
    .map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
