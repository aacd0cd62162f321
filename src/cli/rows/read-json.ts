import { InputError } from '../errors.js';
import { decodeUtf8 } from './encoding.js';
import { NestingError, parseExactJson } from './exact-json.js';
import { parsePersona } from './read-ndjson.js';
import { MAX_FIELD_BYTES, type Row } from './types.js';

/** Reads a list of personas, a single persona, or a list response of the service. Loads the whole file into memory. */
export async function* readJsonRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const value = parseFile(Buffer.concat(parts));
  const content = Object(value).personas ?? value;
  const items = Array.isArray(content) ? content : [content];
  for (const [index, item] of items.entries()) {
    const raw = Buffer.from(JSON.stringify(item));
    const isTooLarge = raw.length > MAX_FIELD_BYTES;
    yield {
      number: index + 1,
      raw,
      fraction: (index + 1) / items.length,
      ...(isTooLarge ? { reason: 'is larger than 1 MiB' } : parsePersona(item)),
    };
  }
}

function parseFile(bytes: Buffer): unknown {
  const decoded = decodeUtf8(bytes);
  if ('reason' in decoded) throw new InputError(`The file ${decoded.reason}.`);
  try {
    return parseExactJson(decoded.text);
  } catch (error) {
    if (error instanceof NestingError) throw new InputError(`The file ${error.message}. Nothing was sent.`);
    throw new InputError('The file is not valid JSON. If it has one persona per line, pass --format ndjson.');
  }
}
