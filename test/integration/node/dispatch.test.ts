import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  PersonaAbortError,
  type PersonaClient,
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, clientOf } from '../../support/service.js';
import { serveHttp } from '../../support/servers.js';

const PERSONA = JSON.stringify({
  id: 1,
  name: 'Zoë',
  created_at: '2026-11-22T06:29:29.793176',
  updated_at: '2026-11-22T06:29:29.793176',
});

type Answering = (response: ServerResponse, request: IncomingMessage, count: number) => void;

/** A client over a pool, of a server that answers so, and what it was asked. */
async function against(answering: Answering, options: object = {}) {
  const requests: IncomingMessage[] = [];
  const server = await serveHttp((request, response) => {
    requests.push(request);
    answering(response, request, requests.length);
  });
  const { fetch, close } = await createPooledTransport();
  onTestFinished(close);
  const given = { baseUrl: server.url, fetch, dialect: 'subresource', cache: false, retry: false } as const;
  return { client: clientOf({ ...given, ...options }), requests, server };
}

const get = (client: PersonaClient, options = {}) => client.personas.get(1, options);

describe('a client over the pool', () => {
  it('goes past fetch, and says of itself what undici says', async () => {
    const { client, requests } = await against((response) => response.end(PERSONA), {
      headers: { 'x-tenant': 'a' },
    });
    expect(await get(client)).toMatchObject({ name: 'Zoë' });
    expect(requests[0]?.headers).toMatchObject({ 'user-agent': 'undici', 'x-tenant': 'a' });
    expect(requests[0]?.headers).not.toHaveProperty('sec-fetch-mode');
  });

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('unpacks %s', async (encoding, pack) => {
    const { client } = await against((response) => {
      response.setHeader('content-encoding', encoding);
      response.end(pack(PERSONA));
    });
    expect(await get(client)).toMatchObject({ name: 'Zoë' });
  });

  it('reads an answer in as many chunks as it comes in, in the middle of a character too', async () => {
    const { client } = await against((response) => {
      const bytes = Buffer.from(PERSONA);
      const middle = bytes.indexOf(Buffer.from('ë')) + 1;
      response.write(bytes.subarray(0, middle), () => response.end(bytes.subarray(middle)));
    });
    expect(await get(client)).toMatchObject({ name: 'Zoë' });
  });

  it('gives up an answer that is too large, or becomes so when unpacked', async () => {
    const large = `"${'x'.repeat(100_000)}"`;
    const bounded = { maxResponseBytes: 10_000 };
    const plain = await against((response) => response.end(large), bounded);
    const packed = await against((response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(large));
    }, bounded);
    for (const { client } of [plain, packed]) {
      const error = await failureOf(PersonaResponseError, get(client));
      expect(error.message).toContain('more than 10000 bytes');
      expect(error.status).toBe(200);
    }
  });

  it('takes broken packing, and a body that is cut, for a connection that broke: a read is repeated', async () => {
    const { client, requests } = await against(
      (response, _, count) => {
        response.setHeader('content-encoding', count === 1 ? 'gzip' : 'identity');
        response.setHeader('content-length', Buffer.byteLength(PERSONA));
        if (count !== 2) response.end(PERSONA);
        else response.write(PERSONA.slice(0, 10), () => response.destroy());
      },
      { retry: AT_ONCE },
    );
    expect(await get(client)).toMatchObject({ name: 'Zoë' });
    expect(requests).toHaveLength(3);
  });

  it('does not follow a redirect', async () => {
    const { client, requests } = await against((response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    await failureOf(PersonaResponseError, get(client));
    expect(requests).toHaveLength(1);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const { client, server } = await against(() => {});
    server.close();
    const error = await failureOf(PersonaConnectionError, client.personas.create({ name: 'x' }));
    expect(error.message).toContain('ECONNREFUSED, nothing was sent');
    expect(error.maybeApplied).toBe(false);
  });

  it('ends the request on the wire when the caller gives up, or time is up', async () => {
    const { client, requests } = await against(() => {});
    const leaving = new AbortController();
    const left = failureOf(PersonaAbortError, get(client, { signal: leaving.signal }));
    const late = failureOf(PersonaTimeoutError, get(client, { timeoutMs: 500 }));
    while (requests.length < 2) await new Promise(setImmediate);
    const ended = requests.map((request) => once(request.socket, 'close'));
    leaving.abort();
    await Promise.all([left, late, ...ended]);
  });

  it('sends nothing of a call that was given up while it waited for a socket', async () => {
    const waiting: ServerResponse[] = [];
    const server = await serveHttp((_, response) => waiting.push(response));
    const { fetch, close } = await createPooledTransport({ connections: 1 });
    onTestFinished(close);
    const client = clientOf({ baseUrl: server.url, fetch, dialect: 'subresource', cache: false });
    const first = get(client);
    while (waiting.length < 1) await new Promise(setImmediate);
    const leaving = new AbortController();
    const second = failureOf(PersonaAbortError, client.personas.get(2, { signal: leaving.signal }));
    await new Promise(setImmediate);
    leaving.abort();
    await second;
    waiting[0]?.end(PERSONA);
    await first;
    const third = get(client);
    while (waiting.length < 2) await new Promise(setImmediate);
    expect(waiting[1]?.req.url).toBe('/api/v1/personas/1');
    waiting[1]?.end(PERSONA);
    await third;
  });
});
