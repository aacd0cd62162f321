import { onAbort } from '../core/abort.js';
import type { Transport } from './layer.js';

/** A response body exceeds `maxBytes`. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
  readonly status: number;
  constructor(status: number) {
    super('the response is too large');
    this.status = status;
  }
}

/** Compares the name, because another bundle of this package may have created the error. */
export const isResponseTooLarge = (error: unknown): error is ResponseTooLargeError =>
  error instanceof Error && error.name === 'ResponseTooLargeError' && 'status' in error;

/**
 * Property of a `fetch` function that contains its transport. `createPooledTransport` sets the property.
 *
 * Calling the transport directly saves the Request and Response objects of `fetch`.
 */
const TRANSPORT = Symbol.for('persona-client.transport');

/** Returns the transport of a `fetch` created by this package, or wraps any other `fetch`. */
export const resolveTransport = (fetch: typeof globalThis.fetch): Transport =>
  (fetch as { readonly [TRANSPORT]?: Transport })[TRANSPORT] ?? createFetchTransport(fetch);

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
      const { status, headers } = response;
      return { status, headers, bytes: await readResponseBody(response, maxBytes) };
    } finally {
      unsubscribe();
    }
  };

/** @throws {ResponseTooLargeError} if the body exceeds `maxBytes`. */
async function readResponseBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    length += chunk.value.byteLength;
    if (length > maxBytes) {
      reader.cancel().catch(() => {});
      throw new ResponseTooLargeError(response.status);
    }
    chunks.push(chunk.value);
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
