import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { escapeMarkup } from '../sanitize-text.js';

/** Converts a Node request to a web `Request` without a body. */
export function toWebRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  // Ignore a host in the request target. The header guard checks the Host header.
  const target = new URL(url.startsWith('/') ? `http://localhost${url}` : 'http://localhost/');
  return new Request(target, { method, headers, signal });
}

/** Reads the body. Returns `undefined` if it is larger than `maxBytes`, and discards the rest as it arrives. */
export async function readRequestBody(
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    incoming.on('error', reject).on('end', resolve);
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else resolve();
    });
  });
  return size > maxBytes ? undefined : new Uint8Array(Buffer.concat(chunks));
}

/** Streams a web `Response` to the client, with backpressure. Does not throw if the client has disconnected. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), escapeChunks, outgoing);
  } catch (error) {
    if (!outgoing.destroyed) throw error;
  }
}

/** Escapes JSON and server-sent events, as `JsonLinesTransport` does. Works on bytes, because in UTF-8 these bytes are always whole characters. */
async function* escapeChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks)
    yield Buffer.from(escapeMarkup(Buffer.from(chunk).toString('latin1')), 'latin1');
}
