import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Node's request as the platform's, without its body. */
export function headOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  // The target's path, never its host: whom the client means is checked in the Host header.
  const target = new URL(url.startsWith('/') ? `http://localhost${url}` : 'http://localhost/');
  return new Request(target, { method, headers, signal });
}

/** The body, or nothing when it is larger than allowed; then the rest of it is thrown away as it comes. */
export async function bodyOf(
  incoming: IncomingMessage,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    incoming.on('error', reject).on('end', resolve);
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else resolve();
    });
  });
  return size > most ? undefined : new Uint8Array(Buffer.concat(chunks));
}

/** The platform's answer over Node's, at the client's pace. Ends quietly when the client has gone. */
export async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
  } catch (error) {
    if (!outgoing.destroyed) throw error;
  }
}
