import { BadInput } from '../exit-codes.js';

const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** One line of a file, without its line feed. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

/** The lines of UTF-8 bytes. Split as bytes, so that one that is not UTF-8 spoils no other. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  let length = 0;
  let number = 0;
  const line = (end: Buffer): Line => {
    const bytes = Buffer.concat([...rest, end]);
    rest = [];
    length = 0;
    number += 1;
    return { number, bytes };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield line(chunk.subarray(from, at));
      from = at + 1;
    }
    rest.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_LINE_BYTES)
      throw new BadInput(
        `Line ${number + 1} is longer than 64 MiB: is this file of the format that you think?`,
      );
  }
  if (length > 0) yield line(Buffer.alloc(0));
}

/** Without the carriage return that some systems end lines with. */
export const withoutReturn = (bytes: Buffer): Buffer =>
  bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Any of the encodings that spreadsheets write, as UTF-8 without a byte order mark. */
export async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  let head = Buffer.alloc(0);
  const begin = function* () {
    const { encoding, mark } = encodingOf(head);
    begun = true;
    if (encoding !== 'utf-8') decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    yield utf8(head.subarray(mark));
  };
  const utf8 = (bytes: Buffer): Buffer => {
    try {
      return decoder ? Buffer.from(decoder.decode(bytes, { stream: bytes.length > 0 })) : bytes;
    } catch {
      throw new BadInput('The file looks like UTF-16 and is none. Save it as UTF-8.');
    }
  };
  for await (const chunk of chunks)
    if (begun) yield utf8(chunk);
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length >= 64) yield* begin();
    }
  if (!begun) yield* begin();
  yield utf8(Buffer.alloc(0)); // half a character may be left
}

/** By the byte order mark; without one, UTF-16 shows by the zeros of its plain letters. */
function encodingOf(head: Buffer): { readonly encoding: Encoding; readonly mark: number } {
  const begins = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte);
  if (begins(0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', mark: 3 };
  if (begins(0xff, 0xfe)) return { encoding: 'utf-16le', mark: 2 };
  if (begins(0xfe, 0xff)) return { encoding: 'utf-16be', mark: 2 };
  const zeros = [0, 1].map(
    (odd) => [...head.subarray(0, 64)].filter((byte, at) => byte === 0 && at % 2 === odd).length,
  );
  const [even = 0, odd = 0] = zeros;
  if (odd > 4 && odd > 4 * even) return { encoding: 'utf-16le', mark: 0 };
  return { encoding: even > 4 && even > 4 * odd ? 'utf-16be' : 'utf-8', mark: 0 };
}

const strict = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A row's text, or why there is none. */
export function decoded(bytes: Buffer): { readonly text: string } | { readonly reason: string } {
  try {
    return { text: strict().decode(bytes) };
  } catch {
    const text = bytes.toString('utf8'); // with U+FFFD for what is none
    const at = Buffer.byteLength(text.slice(0, text.indexOf('\ufffd')));
    const byte = (bytes[at] ?? 0).toString(16).toUpperCase();
    return { reason: `is not UTF-8: byte 0x${byte} at position ${at + 1}. Save the file as UTF-8` };
  }
}
