import { onAbort } from '../core/abort.js';
import { createHeaderReader } from './header-reader.js';
import type { Transport } from './layer.js';
import { type AnyResponse, noResponseError, readContent } from './response-content.js';

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
  if (fetch === undefined)
    return Object.assign(
      createFetchTransport((url, init) => globalThis.fetch(url, init)),
      { hasFetch: () => typeof globalThis.fetch === 'function' },
    );
  return Object.assign(createFetchTransport(fetch), { isCustom: fetch !== globalThis.fetch });
}

/**
 * Makes Deno send a write only once. If a connection closes before the response, Deno repeats a request, unless its body is a
 * Blob.
 *
 * `toString` of the Blob returns the text, for a `fetch` of the application that parses the body.
 */
function preventResend(init: RequestInit): RequestInit {
  if (init.method === 'GET' || init.method === 'HEAD' || !('Deno' in globalThis)) return init;
  const text = String(init.body ?? '');
  return { ...init, body: Object.defineProperty(new Blob([text]), 'toString', { value: () => text }) };
}

/**
 * Bypasses the HTTP cache of the platform, which could share responses between users. Only the client's cache is used.
 *
 * Older Cloudflare Workers throw for this option. Only their `Request` lacks it.
 */
const bypassHttpCache = (): RequestInit =>
  'cache' in (globalThis.Request?.prototype ?? {}) ? { cache: 'no-store' } : {};

/** Wraps a `fetch`. Does not follow redirects, because they could send the token and body to another origin. */
export const createFetchTransport =
  (fetch: typeof globalThis.fetch): Transport =>
  async ({ url, ...request }, signal, maxBytes, _onSend, onStatus) => {
    const controller = new AbortController();
    let cancelBody = () => {};
    const unsubscribe = onAbort(signal, (reason) => {
      controller.abort(reason);
      cancelBody(); // a wrapper of fetch may have dropped the signal
    });
    try {
      const { signal: abortSignal } = controller;
      const init = { ...request, ...bypassHttpCache(), signal: abortSignal, redirect: 'manual' } as const;
      const response: AnyResponse = Object(await fetch(url, preventResend(init)));
      const { status, headers, type } = response;
      if (typeof status !== 'number') throw noResponseError();
      // `Response.error()`, and status lines that only some platforms reject. Browsers hide the status of a redirect.
      if (!(status >= 200) && type !== 'opaqueredirect')
        throw Object.assign(new Error(), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
      onStatus?.(status);
      const onStream = (cancel: () => void) => {
        cancelBody = cancel;
      };
      const content = await readContent(response, { status, maxBytes, signal, onStream });
      return { status, headers: { get: createHeaderReader(headers) }, content };
    } finally {
      unsubscribe();
    }
  };
