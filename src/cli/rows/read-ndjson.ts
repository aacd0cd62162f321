import { omitRowKeys } from '../../core/row-keys.js';
import type { PersonaCreate } from '../../index.js';
import { CATEGORIES } from '../../schemas/categories.js';
import { decodeUtf8 } from './encoding.js';
import { findInexactNumber, NestingError, parseExactJson } from './exact-json.js';
import { type Line, stripCarriageReturn } from './lines.js';
import { MAX_FIELD_BYTES, type ParsedRow, type Row, type ToFraction } from './types.js';

/** Reads one persona per line. Skips empty lines. */
export async function* readNdjsonRows(
  lines: AsyncIterable<Line>,
  toFraction: ToFraction,
): AsyncGenerator<Row> {
  for await (const { number, bytes, endOffset } of lines) {
    const raw = stripCarriageReturn(bytes);
    if (raw.length > 0) yield { number, raw, fraction: toFraction(endOffset), ...parseLine(raw) };
  }
}

function parseLine(raw: Buffer): ParsedRow {
  if (raw.length > MAX_FIELD_BYTES) return { reason: 'is larger than 1 MiB' };
  const decoded = decodeUtf8(raw);
  if ('reason' in decoded) return decoded;
  try {
    return parsePersona(parseExactJson(decoded.text));
  } catch (error) {
    if (error instanceof NestingError) return { reason: error.message };
    return { reason: 'is not valid JSON' }; // the message of JSON.parse would quote the data
  }
}

/** Accepts a persona, or the object that `privacy.export` returns. The client validates the fields. */
export function parsePersona(value: unknown): ParsedRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { reason: 'is not an object with the fields of a persona' };
  if ('format' in value && value.format === 'persona-client/export' && 'persona' in value)
    return parsePersona(value.persona);
  const reason = findInexactNumber(value);
  if (reason !== undefined) return { reason };
  return { persona: omitAllRowKeys(value) as PersonaCreate };
}

/** Removes the row keys from all categories of an exported persona. Otherwise another dialect would store them as fields. */
function omitAllRowKeys(persona: object): object {
  const { id } = persona as { id?: unknown };
  const entries = Object.entries(persona).map(([name, data]) => [
    name,
    CATEGORIES.some((category) => category === name) && typeof data === 'object' && data !== null
      ? omitRowKeys(id, data)
      : data,
  ]);
  return Object.fromEntries(entries);
}
