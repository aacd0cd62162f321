import type { AbortSignalLike } from '../core/abort.js';
import { canDecode } from '../core/response.js';
import { yieldToEventLoop } from '../core/timers.js';

/** The client cannot use the response: it is too large, or `fetch` returned no `Response`. The message completes `… failed: `. */
class UnusableResponseError extends Error {
  override readonly name = 'UnusableResponseError';
  readonly status: number;
  constructor(message: string, status = 0) {
    super(message);
    this.status = status;
  }
}

/** Compares the name, because another bundle of this package may have created the error. */
export const isUnusableResponse = (error: unknown): error is UnusableResponseError =>
  error instanceof Error && error.name === 'UnusableResponseError' && 'status' in error;

/**
 * What a `fetch` returns. A response of the platform has all members. React Native has no `body`, node-fetch 2 has a Node
 * stream, and mocks have only some methods.
 */
export interface AnyResponse {
  readonly status?: unknown;
  readonly type?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly bodyUsed?: unknown;
  readonly text?: unknown;
  readonly arrayBuffer?: unknown;
  readonly json?: unknown;
}

interface ReadContext {
  readonly status: number;
  readonly maxBytes: number;
  readonly signal: AbortSignalLike;
  /** Receives a function that cancels the body. */
  readonly onStream: (cancel: () => void) => void;
}

export const noResponseError = () =>
  new UnusableResponseError('the `fetch` option did not return a Response.');

/**
 * Reads the body: as a stream if possible, because only a stream can be stopped at `maxBytes`. Prefers `text` to
 * `arrayBuffer`, which some versions of React Native lack. Without TextDecoder, as in jsdom, only `text` and `json` work.
 *
 * @throws {UnusableResponseError} if the body exceeds `maxBytes`, was read before, or has another type.
 */
export async function readContent(response: AnyResponse, context: ReadContext): Promise<Uint8Array | string> {
  const { status, maxBytes } = context;
  if (NULL_BODY_STATUSES.has(status)) return '';
  const { body } = response;
  if (response.bodyUsed === true || Object(body).locked === true)
    throw new UnusableResponseError(
      'the `fetch` option returned a response whose body was already read.',
      status,
    );
  const stream = canDecode() ? openStream(body) : undefined; // opening locks the body
  if (stream) return readStream(stream, context);
  const content = await readAtOnce(response).catch((error: unknown) => {
    if (status < 400 || isUnusableResponse(error)) throw error;
    return ''; // the status says why the call failed. `json()` of a mock rejects if the body is not JSON
  });
  if (content === undefined) {
    if (!canDecode() && (Object(body) === body || typeof response.arrayBuffer === 'function'))
      throw new UnusableResponseError(
        'this runtime has no TextDecoder. Define it, or return responses with `text()`.',
        status,
      );
    if (body === null) return '';
    throw noResponseError();
  }
  if (countBytes(content, maxBytes) > maxBytes) throw tooLargeError(status, maxBytes);
  return content;
}

/** Responses with these statuses have no body. A mock may have no method to read it, or one that rejects. */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

interface ByteStream {
  readonly read: () => Promise<{ readonly done?: boolean; readonly value?: unknown }>;
  readonly cancel: () => Promise<unknown> | undefined;
}

/** Opens a web stream or a Node stream. Returns `undefined` for anything else. */
function openStream(body: unknown): ByteStream | undefined {
  const { getReader, [Symbol.asyncIterator]: iterate } = Object(body);
  if (typeof getReader === 'function') {
    const reader = (body as ReadableStream<unknown>).getReader();
    return { read: () => reader.read(), cancel: () => reader.cancel() };
  }
  if (typeof iterate !== 'function') return undefined;
  const iterator = (body as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const stream = body as { readonly destroy?: () => void };
  return {
    read: () => iterator.next(),
    cancel: () => {
      stream.destroy?.(); // `return` waits for the next chunk
      return iterator.return?.();
    },
  };
}

/**
 * How many chunks of a body are read before timers may run. Without this, no timeout could end a body that always has a chunk
 * ready, maybe an empty one.
 */
const CHUNKS_PER_TURN = 1_000;

/** Stops when the signal aborts, even if the body ignores the signal. */
async function readStream(
  stream: ByteStream,
  { status, maxBytes, signal, onStream }: ReadContext,
): Promise<Uint8Array> {
  const cancel = () => void stream.cancel()?.catch(() => {});
  onStream(cancel);
  if (signal.aborted) cancel();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let count = 1; ; count++) {
    const { done, value } = await stream.read();
    if (done) break;
    if (count % CHUNKS_PER_TURN === 0) await yieldToEventLoop();
    const chunk = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    if (!ArrayBuffer.isView(chunk)) throw noResponseError();
    length += chunk.byteLength;
    if (signal.aborted || length > maxBytes) {
      cancel();
      signal.throwIfAborted();
      throw tooLargeError(status, maxBytes);
    }
    if (chunk.byteLength > 0) chunks.push(chunk as Uint8Array);
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

/** Reads the body with the methods of the response. Returns `undefined` if it has none. */
async function readAtOnce(response: AnyResponse): Promise<Uint8Array | string | undefined> {
  const { text, arrayBuffer, json } = response as Partial<Response>;
  if (typeof text === 'function') {
    const content: unknown = await text.call(response);
    if (typeof content !== 'string') throw noResponseError();
    return content;
  }
  if (typeof arrayBuffer === 'function' && canDecode()) {
    const buffer: unknown = await arrayBuffer.call(response);
    if (typeof Object(buffer).byteLength !== 'number') throw noResponseError();
    return ArrayBuffer.isView(buffer) ? (buffer as Uint8Array) : new Uint8Array(buffer as ArrayBuffer);
  }
  return typeof json === 'function' ? (JSON.stringify(await json.call(response)) ?? '') : undefined;
}

/**
 * Returns the number of bytes. A text counts as UTF-8, with one to three bytes per UTF-16 code unit. If the number of code units
 * alone shows whether the text exceeds `maxBytes`, returns that number instead.
 */
function countBytes(content: Uint8Array | string, maxBytes: number): number {
  if (typeof content !== 'string') return content.byteLength;
  let bytes = content.length;
  if (bytes <= maxBytes && 3 * bytes > maxBytes)
    for (const [character] of content.matchAll(/[^\0-\x7f]/gu)) bytes += character < '\u0800' ? 1 : 2;
  return bytes;
}

const tooLargeError = (status: number, maxBytes: number) =>
  new UnusableResponseError(
    `the response is larger than ${maxBytes} bytes. If you expect that, raise maxResponseBytes.`,
    status,
  );
