import { type AbortSignalLike, onAbort } from '../core/abort.js';
import { yieldToEventLoop } from '../core/timers.js';
import type { Transport } from './layer.js';

/** The client cannot use the response: it is too large, or `fetch` returned no `Response`. The message completes `… failed: `. */
class UnusableResponseError extends Error {
  override readonly name = 'UnusableResponseError';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Compares the name, because another bundle of this package may have created the error. */
export const isUnusableResponse = (error: unknown): error is UnusableResponseError =>
  error instanceof Error && error.name === 'UnusableResponseError' && 'status' in error;

/**
 * Property of a `fetch` function that contains its transport. `createPooledTransport` sets the property.
 *
 * Calling the transport directly saves the Request and Response objects of `fetch`.
 */
const TRANSPORT = Symbol.for('persona-client.transport');

/**
 * Returns the transport of a `fetch` created by this package, or wraps any other `fetch`.
 *
 * @param fetch defaults to the global `fetch`, looked up for each request.
 */
export function resolveTransport(fetch: typeof globalThis.fetch | undefined): Transport {
  const transport = Object(fetch)[TRANSPORT] as Transport | undefined;
  if (transport) return transport;
  const isCustom = fetch !== undefined && fetch !== globalThis.fetch;
  return Object.assign(createFetchTransport(fetch ?? ((...request) => globalThis.fetch(...request))), {
    isCustom,
  });
}

/**
 * Bypasses the HTTP cache of the platform, which does not know users: the client's cache is the only one.
 *
 * Older Cloudflare Workers throw for this option. Only their `Request` lacks it.
 */
const bypassHttpCache = (): RequestInit =>
  'cache' in (globalThis.Request?.prototype ?? {}) ? { cache: 'no-store' } : {};

/** Wraps a `fetch`. Does not follow redirects, because they could send the token and body to another origin. */
export const createFetchTransport =
  (fetch: typeof globalThis.fetch): Transport =>
  async ({ url, ...request }, signal, maxBytes) => {
    const controller = new AbortController();
    const unsubscribe = onAbort(signal, (reason) => controller.abort(reason));
    try {
      const { signal: abortSignal } = controller;
      const init = { ...request, ...bypassHttpCache(), signal: abortSignal, redirect: 'manual' } as const;
      const response = await fetch(url, init);
      const { status, headers, type, body } = Object(response) as Response;
      if (typeof status !== 'number' || typeof headers?.get !== 'function') throw noResponseError();
      // `Response.error()`, and status lines that only some platforms reject. Browsers hide the status of a redirect.
      if (status < 200 && type !== 'opaqueredirect')
        throw Object.assign(new Error(), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
      const get = (name: string) => readHeader(headers, name);
      return { status, headers: { get }, bytes: await readBody(body, status, maxBytes, signal) };
    } finally {
      unsubscribe();
    }
  };

/** A header of another type, or one that cannot be read, is missing. The response itself is valid. */
function readHeader(headers: Headers, name: string): string | null {
  try {
    const value: unknown = headers.get(name);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/**
 * How many chunks of a body are read before timers may run. Without this, no timeout could end a body that always has a chunk
 * ready, maybe an empty one.
 */
const CHUNKS_PER_TURN = 1_000;

/**
 * Reads the whole body. Stops when the signal aborts, even if the body ignores the signal.
 *
 * @throws {UnusableResponseError} if the body exceeds `maxBytes`, or does not consist of bytes.
 */
async function readBody(
  body: Response['body'],
  status: number,
  maxBytes: number,
  signal: AbortSignalLike,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let count = 1, chunk = await reader.read(); !chunk.done; count++, chunk = await reader.read()) {
    if (!ArrayBuffer.isView(chunk.value)) throw noResponseError();
    if (count % CHUNKS_PER_TURN === 0) await yieldToEventLoop();
    length += chunk.value.byteLength;
    if (signal.aborted || length > maxBytes) {
      reader.cancel().catch(() => {});
      signal.throwIfAborted();
      throw new UnusableResponseError(tooLargeMessage(maxBytes), status);
    }
    if (chunk.value.byteLength > 0) chunks.push(chunk.value);
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

const noResponseError = () => new UnusableResponseError('the `fetch` option did not return a Response.', 0);

const tooLargeMessage = (maxBytes: number) =>
  `the response is larger than ${maxBytes} bytes. If you expect that, raise maxResponseBytes.`;
