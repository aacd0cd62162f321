import { InputError } from '../errors.js';

const MAX_LINE_BYTES = 64 * 1024 * 1024;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

/** One line of a file, without its line feed. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer;
  /** Number of bytes up to the end of the line. */
  readonly endOffset: number;
}

/** Splits UTF-8 into lines. Splits bytes, not text, so that an invalid character affects only its own line. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let partialLineBytes = 0;
  let number = 0;
  let endOffset = 0;
  const endLine = (lastPart: Buffer): Line => {
    const bytes = Buffer.concat([...parts, lastPart]);
    parts = [];
    partialLineBytes = 0;
    number += 1;
    endOffset += bytes.length + 1;
    return { number, bytes, endOffset };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield endLine(chunk.subarray(start, end));
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    partialLineBytes += chunk.length - start;
    if (partialLineBytes > MAX_LINE_BYTES)
      throw new InputError(`Line ${number + 1} is longer than 64 MiB. Check the format of the file.`);
  }
  if (partialLineBytes > 0) yield endLine(Buffer.alloc(0));
}

/** Removes the carriage return of a CRLF line ending. */
export const stripCarriageReturn = (bytes: Buffer): Buffer =>
  bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
