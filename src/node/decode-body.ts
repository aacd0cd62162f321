import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/** Decodes a body. Rejects as soon as the output exceeds the limit. */
type Decoder = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** The number of codings that undici's `fetch` accepts in one response. */
const MAX_CODINGS = 5;

/** Accepts a body that ends too early, as browsers do. The client validates what was decoded. */
const LENIENT = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

const gunzip = promisify(zlib.gunzip);
const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);
const decompressBrotli = promisify(zlib.brotliDecompress);

const decodeGzip: Decoder = (bytes, options) => gunzip(bytes, { ...LENIENT, ...options });
/** Some servers send raw deflate data. In the first byte of zlib data, the lower half is 8. */
const decodeDeflate: Decoder = (bytes, options) =>
  ((bytes[0] ?? 0) % 16 === 8 ? inflate : inflateRaw)(bytes, { ...LENIENT, ...options });

const DECODERS = new Map<string, Decoder>([
  ['gzip', decodeGzip],
  ['x-gzip', decodeGzip],
  ['deflate', decodeDeflate],
  [
    'br',
    (bytes, options) =>
      decompressBrotli(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH, ...options }),
  ],
]);
if (zlib.zstdDecompress) DECODERS.set('zstd', promisify(zlib.zstdDecompress)); // Node 22.15 and later

/**
 * Decodes a body as `fetch` does: the last coding first. A body with an unknown coding stays as it is.
 *
 * @param contentEncoding value of the header `content-encoding`.
 * @throws if a body is invalid, or exceeds `maxOutputLength` after any of its codings (`ERR_BUFFER_TOO_LARGE`).
 */
export async function decodeBody(
  body: Buffer,
  contentEncoding: string,
  maxOutputLength: number,
): Promise<Buffer> {
  const codings = contentEncoding.toLowerCase().split(',');
  if (codings.length > MAX_CODINGS) throw new Error(`the response has more than ${MAX_CODINGS} codings`);
  const decoders = codings.reverse().map((coding) => DECODERS.get(coding.trim()));
  if (decoders.includes(undefined)) return body;
  let decoded = body;
  for (const decode of decoders) decoded = (await decode?.(decoded, { maxOutputLength })) ?? decoded;
  return decoded;
}
