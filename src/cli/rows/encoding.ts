import { isUtf8 } from 'node:buffer';
import { InputError } from '../errors.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Number of bytes that are enough to detect the encoding. */
const SAMPLE_BYTES = 64;

/**
 * Converts UTF-8 or UTF-16 to UTF-8 without a byte order mark.
 *
 * @throws {InputError} for invalid UTF-16. Invalid UTF-8 passes through; see {@link decodeUtf8}.
 */
export async function* toUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isEncodingKnown = false;
  let sample = Buffer.alloc(0);
  const convertSample = function* () {
    const { encoding, bomBytes } = detectEncoding(sample);
    isEncodingKnown = true;
    if (encoding !== 'utf-8') decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    yield convert(sample.subarray(bomBytes));
  };
  const convert = (bytes: Buffer): Buffer => {
    try {
      return decoder ? Buffer.from(decoder.decode(bytes, { stream: bytes.length > 0 })) : bytes;
    } catch {
      throw new InputError('The file looks like UTF-16 but is not valid UTF-16. Save it as UTF-8.');
    }
  };
  for await (const chunk of chunks)
    if (isEncodingKnown) yield convert(chunk);
    else {
      sample = Buffer.concat([sample, chunk]);
      if (sample.length >= SAMPLE_BYTES) yield* convertSample();
    }
  if (!isEncodingKnown) yield* convertSample();
  yield convert(Buffer.alloc(0)); // fails if the file ends within a character
}

/** Detects the encoding by the byte order mark, or else by the zero bytes that ASCII letters have in UTF-16. */
function detectEncoding(sample: Buffer): { readonly encoding: Encoding; readonly bomBytes: number } {
  const startsWith = (...bytes: number[]) => bytes.every((byte, index) => sample[index] === byte);
  if (startsWith(0xef, 0xbb, 0xbf)) return { encoding: 'utf-8', bomBytes: 3 };
  if (startsWith(0xff, 0xfe)) return { encoding: 'utf-16le', bomBytes: 2 };
  if (startsWith(0xfe, 0xff)) return { encoding: 'utf-16be', bomBytes: 2 };
  const countZeros = (parity: number) =>
    sample.subarray(0, SAMPLE_BYTES).filter((byte, index) => byte === 0 && index % 2 === parity).length;
  const [evenZeros, oddZeros] = [countZeros(0), countZeros(1)];
  if (oddZeros > 4 && oddZeros > 4 * evenZeros) return { encoding: 'utf-16le', bomBytes: 0 };
  return { encoding: evenZeros > 4 && evenZeros > 4 * oddZeros ? 'utf-16be' : 'utf-8', bomBytes: 0 };
}

/** Decodes the bytes of a row, or returns why they are not valid UTF-8. */
export function decodeUtf8(bytes: Buffer): { readonly text: string } | { readonly reason: string } {
  const reason = describeInvalidUtf8(bytes);
  return reason === undefined ? { text: bytes.toString('utf8') } : { reason };
}

/** Returns why bytes are not valid UTF-8, or `undefined` if they are valid. */
export function describeInvalidUtf8(bytes: Buffer): string | undefined {
  if (isUtf8(bytes)) return undefined;
  const replaced = Buffer.from(bytes.toString('utf8')); // has U+FFFD in place of each invalid sequence
  const index = bytes.findIndex((byte, position) => byte !== replaced[position]);
  const byte = (bytes[index] ?? 0).toString(16).toUpperCase();
  return `is not valid UTF-8: byte 0x${byte} at position ${index + 1}. Save the file as UTF-8`;
}
