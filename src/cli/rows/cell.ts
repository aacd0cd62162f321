import type { FieldConfig } from '../../index.js';
import { findInexactNumber, InexactNumber, parseExactJson, parseExactNumber } from './exact-json.js';

/** Type of a field. Determines how {@link parseCell} parses its cells. */
export type CellType = 'text' | 'number' | 'list' | 'dict' | 'unknown';

const NUMBER_FIELDS: readonly string[] = ['latitude', 'longitude', 'age'];
const CELL_TYPES = new Map<string, CellType>([
  ['string', 'text'],
  ['list', 'list'],
  ['dict', 'dict'],
]);

const DECIMAL_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A cell that cannot be parsed. The message is a predicate, such as `is not valid JSON`. */
export class CellError extends Error {}

/** Matches text that looks like a formula or like JSON, and text with control characters or lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches the characters to quote
const AMBIGUOUS_TEXT = /^[=+\-@\t\r[{"]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;

/** Returns the type of a field, or `unknown` if the field config does not list the field. */
export function getCellType(config: FieldConfig, category: string, field: string): CellType {
  if (category === 'demographic') return NUMBER_FIELDS.includes(field) ? 'number' : 'text';
  const definition = config[category]?.fields.find(({ name }) => name === field);
  return CELL_TYPES.get(definition?.type ?? '') ?? 'unknown';
}

/**
 * Formats a value as the text of a cell: `null` as empty text, text unchanged, any other value as JSON.
 *
 * Text that looks like JSON, or like a formula in a spreadsheet, becomes a JSON string in quotes.
 */
export function formatCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return JSON.stringify(value);
  const isAmbiguous = value === '' || AMBIGUOUS_TEXT.test(value) || parseJson(value) !== undefined;
  return isAmbiguous ? JSON.stringify(value) : value;
}

/**
 * Parses the text of a cell: `undefined` if it is empty, the JSON value if it is JSON, otherwise the text.
 *
 * A text field accepts only a JSON string, so that a number stays text. A number field accepts any decimal notation. A
 * list may also be text with `;` between the entries.
 *
 * @throws {CellError} for a list that looks like JSON but is not valid JSON, and for a number whose digits would be lost.
 */
export function parseCell(cell: string, type: CellType): unknown {
  const value = parseByType(cell, type);
  const problem = findInexactNumber(value);
  if (problem !== undefined) throw new CellError(problem);
  return value;
}

function parseByType(cell: string, type: CellType): unknown {
  if (cell === '') return undefined;
  const number = cell.trim();
  if (type === 'number' && DECIMAL_NUMBER.test(number)) return parseExactNumber(number);
  const json = parseJson(cell)?.value;
  if (type === 'text') return typeof json === 'string' ? json : cell;
  if (type !== 'list') return json === undefined ? cell : json;
  if (typeof json === 'object' && json !== null) return json;
  if (typeof json === 'string') return [json];
  if (/^\s*[[{"]/.test(cell)) throw new CellError('looks like JSON but is not valid JSON');
  return cell
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/**
 * Parses JSON. Returns `undefined` if the text is not JSON.
 *
 * Also returns `undefined` for a number that `JSON.stringify` writes differently, such as `1.0` or a number with 20 digits.
 */
function parseJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*(?:["[{\d-]|true|false|null)/.test(text)) return undefined;
  try {
    const value = parseExactJson(text);
    if (value instanceof InexactNumber) return undefined;
    return typeof value === 'number' && String(value) !== text ? undefined : { value };
  } catch {
    return undefined;
  }
}
