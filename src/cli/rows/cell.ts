import type { FieldConfig } from '../../index.js';

/** What a cell's text stands for depends on the field, where it is known. */
export type Kind = 'text' | 'number' | 'list' | 'dict' | 'unknown';

const NUMBERS: readonly string[] = ['latitude', 'longitude', 'age'];
const KINDS: Readonly<Record<string, Kind>> = { string: 'text', list: 'list', dict: 'dict' };

/** The beginning of a formula or of JSON; control characters, and half a character alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNCLEAR = /^[=+\-@\t\r[{"]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;

export function kindOf(config: FieldConfig, category: string, field: string): Kind {
  if (category === 'demographic') return NUMBERS.includes(field) ? 'number' : 'text';
  const known = config[category]?.fields.find(({ name }) => name === field);
  return (known && KINDS[known.type]) ?? 'unknown';
}

/**
 * A value as a cell's text: nothing for `null`, text as it is, everything else as JSON. Text that would be taken for
 * JSON, or by a spreadsheet for a formula, is written as JSON, too: in quotation marks.
 */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return JSON.stringify(value);
  const unclear = value === '' || UNCLEAR.test(value) || fromJson(value) !== undefined;
  return unclear ? JSON.stringify(value) : value;
}

/**
 * What a cell says: nothing when it is empty, JSON where it is that, else text; of a list also its entries with `;`
 * between them.
 *
 * @throws {SyntaxError} for a list that begins as JSON and is none.
 */
export function valueIn(cell: string, kind: Kind): unknown {
  if (cell === '') return undefined;
  const json = fromJson(cell)?.value;
  if (kind === 'text') return typeof json === 'string' ? json : cell;
  if (kind !== 'list') return json === undefined ? cell : json;
  if (typeof json === 'object' && json !== null) return json;
  if (typeof json === 'string') return [json];
  if (/^\s*[[{"]/.test(cell)) throw new SyntaxError('is not valid JSON');
  return cell
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Numbers count only as JSON writes them: `007` and `1.0` are text, and so is what a number cannot hold. */
function fromJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*(?:["[{\d-]|true|false|null)/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && String(value) !== text ? undefined : { value };
  } catch {
    return undefined;
  }
}
