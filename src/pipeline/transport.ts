import { onAbort } from '../core/abort.js';
import type { Transport } from './layer.js';

/** The answer was cut short here because it had grown past the bound. Told by its name: a transport may come from elsewhere. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly status: number;
  constructor(status: number) {
    super('the answer is too large');
    this.status = status;
  }
}

export const isTooLarge = (error: unknown): error is TooLarge =>
  error instanceof Error && error.name === 'TooLarge' && 'status' in error;

/** Under this key a `fetch` may offer the transport that it stands on, which spares the client a Request and a Response. */
const TRANSPORT = Symbol.for('persona-client.transport');

export const transportOf = (fetch: typeof globalThis.fetch): Transport =>
  (fetch as { readonly [TRANSPORT]?: Transport })[TRANSPORT] ?? fetchTransport(fetch);

/** The transport over any `fetch`. Redirects are not followed: they would carry the token and the body elsewhere. */
export const fetchTransport =
  (fetch: typeof globalThis.fetch): Transport =>
  async ({ url, ...request }, signal, maxBytes) => {
    const controller = new AbortController();
    const unlink = onAbort(signal, (reason) => controller.abort(reason));
    try {
      const response = await fetch(url, { ...request, signal: controller.signal, redirect: 'manual' });
      return { status: response.status, headers: response.headers, bytes: await read(response, maxBytes) };
    } finally {
      unlink();
    }
  };

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > maxBytes) {
      reader.cancel().catch(() => {});
      throw new TooLarge(response.status);
    }
    chunks.push(part.value);
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
