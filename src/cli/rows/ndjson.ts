import type { PersonaCreate } from '../../index.js';
import { decoded, type Line, withoutReturn } from './lines.js';
import { MAX_FIELD_BYTES, type Row } from './types.js';

/** One persona a line; empty lines are left out. */
export async function* ndjsonRows(lines: AsyncIterable<Line>): AsyncGenerator<Row> {
  for await (const { number: row, bytes } of lines) {
    const raw = withoutReturn(bytes);
    if (raw.length > 0) yield { row, raw, ...read(raw) };
  }
}

function read(raw: Buffer): { persona: PersonaCreate } | { reason: string } {
  if (raw.length > MAX_FIELD_BYTES) return { reason: 'is larger than 1 MiB' };
  const text = decoded(raw);
  if ('reason' in text) return text;
  try {
    return personaIn(JSON.parse(text.text));
  } catch {
    return { reason: 'is not valid JSON' }; // the engine's own words quote what stands there
  }
}

/** A persona, also in the form of `privacy.export`. What the fields may be is for the client to say. */
export function personaIn(value: unknown): { persona: PersonaCreate } | { reason: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { reason: 'is not an object with the fields of a persona' };
  if ('format' in value && value.format === 'persona-client/export' && 'persona' in value)
    return personaIn(value.persona);
  return { persona: value as PersonaCreate };
}
