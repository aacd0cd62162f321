import { BadInput } from '../exit-codes.js';
import { decoded } from './lines.js';
import { personaIn } from './ndjson.js';
import { MAX_FIELD_BYTES, type Row } from './types.js';

/** A list of personas, one persona, or an answer of the service with a list in it. Read whole. */
export async function* jsonRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const text = decoded(Buffer.concat(parts));
  if ('reason' in text) throw new BadInput(`The file ${text.reason}.`);
  let whole: unknown;
  try {
    whole = JSON.parse(text.text);
  } catch {
    throw new BadInput('The file is not valid JSON. With one persona a line, it is --format ndjson.');
  }
  const listed = Object(whole).personas ?? whole;
  for (const [index, value] of (Array.isArray(listed) ? listed : [listed]).entries()) {
    const raw = Buffer.from(JSON.stringify(value));
    const large = raw.length > MAX_FIELD_BYTES;
    yield { row: index + 1, raw, ...(large ? { reason: 'is larger than 1 MiB' } : personaIn(value)) };
  }
}
