import { escapeControls } from '../core/safe-text.js';
import { textWidth, truncateToWidth } from './text-width.js';

const GAP = 2;
const MIN_COLUMN_WIDTH = 8;

/**
 * Formats rows as a table. Each column is as wide as its widest cell.
 *
 * @param maxWidth The width of the terminal. If the table is wider, the widest columns are shortened.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const escaped = rows.map((row) => row.map((cell) => escapeControls(cell)));
  const widths = (escaped[0] ?? []).map((_, column) =>
    Math.max(...escaped.map((row) => textWidth(row[column] ?? ''))),
  );
  shrink(widths, maxWidth);
  return escaped
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0)).join(' '.repeat(GAP)))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Narrows the widest columns until the table fits, or all of them are narrow. */
function shrink(widths: number[], maxWidth: number): void {
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1));
    const widest = Math.max(...widths);
    if (total <= maxWidth || widest <= MIN_COLUMN_WIDTH) return;
    widths[widths.indexOf(widest)] = Math.max(MIN_COLUMN_WIDTH, widest - (total - maxWidth));
  }
}

function pad(cell: string, width: number): string {
  const text = truncateToWidth(cell, width);
  return text + ' '.repeat(width - textWidth(text));
}
