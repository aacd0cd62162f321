import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  PersonaAbortError,
  type PersonaClient,
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDispatchTransport } from '../../../src/node/dispatch-transport.js';
import { expectRejection } from '../../support/failures.js';
import { serveHttp } from '../../support/servers.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';

const NON_ASCII_PERSONA_JSON = JSON.stringify({
  id: 1,
  name: 'Zoë',
  created_at: '2026-11-22T06:29:29.793176',
  updated_at: '2026-11-22T06:29:29.793176',
});

type Handler = (response: ServerResponse, request: IncomingMessage, count: number) => void;

/** Starts a server, and a client that uses a pooled transport. */
async function setup(handle: Handler, options: object = {}) {
  const requests: IncomingMessage[] = [];
  const server = await serveHttp((request, response) => {
    requests.push(request);
    handle(response, request, requests.length);
  });
  const { fetch, close } = await createPooledTransport();
  onTestFinished(close);
  const defaults = {
    baseUrl: server.url,
    fetch,
    dialect: 'subresource',
    cache: false,
    retry: false,
  } as const;
  return { client: createTestClient({ ...defaults, ...options }), requests, server };
}

const getPersona = (client: PersonaClient, options = {}) => client.personas.get(1, options);

describe('a client over the pool', () => {
  it('bypasses fetch and sends the user agent of undici', async () => {
    const { client, requests } = await setup((response) => response.end(NON_ASCII_PERSONA_JSON), {
      headers: { 'x-tenant': 'a' },
    });
    expect(await getPersona(client)).toMatchObject({ name: 'Zoë' });
    expect(requests[0]?.headers).toMatchObject({ 'user-agent': 'undici', 'x-tenant': 'a' });
    expect(requests[0]?.headers).not.toHaveProperty('sec-fetch-mode');
  });

  it('reads a response whose chunks split a character', async () => {
    const { client } = await setup((response) => {
      const bytes = Buffer.from(NON_ASCII_PERSONA_JSON);
      const middle = bytes.indexOf(Buffer.from('ë')) + 1;
      response.write(bytes.subarray(0, middle), () => response.end(bytes.subarray(middle)));
    });
    expect(await getPersona(client)).toMatchObject({ name: 'Zoë' });
  });

  it('rejects a response that is too large before or after decompression', async () => {
    const large = `"${'x'.repeat(100_000)}"`;
    const limits = { maxResponseBytes: 10_000 };
    const plain = await setup((response) => response.end(large), limits);
    const compressed = await setup((response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(large));
    }, limits);
    for (const { client } of [plain, compressed]) {
      const error = await expectRejection(PersonaResponseError, getPersona(client));
      expect(error.message).toContain('larger than 10000 bytes');
      expect(error.status).toBe(200);
    }
  });

  it('retries a read after a corrupt or truncated body', async () => {
    const { client, requests } = await setup(
      (response, _, count) => {
        response.setHeader('content-encoding', count === 1 ? 'gzip' : 'identity');
        response.setHeader('content-length', Buffer.byteLength(NON_ASCII_PERSONA_JSON));
        if (count !== 2) response.end(NON_ASCII_PERSONA_JSON);
        else response.write(NON_ASCII_PERSONA_JSON.slice(0, 10), () => response.destroy());
      },
      { retry: NO_BACKOFF },
    );
    expect(await getPersona(client)).toMatchObject({ name: 'Zoë' });
    expect(requests).toHaveLength(3);
  });

  it('does not follow a redirect', async () => {
    const { client, requests } = await setup((response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    await expectRejection(PersonaResponseError, getPersona(client));
    expect(requests).toHaveLength(1);
  });

  it('reports maybeApplied: false if the connection is refused', async () => {
    const { client, server } = await setup(() => {});
    server.close();
    const error = await expectRejection(PersonaConnectionError, client.personas.create({ name: 'x' }));
    expect(error.message).toContain('ECONNREFUSED, nothing was sent');
    expect(error.maybeApplied).toBe(false);
  });

  it('reports maybeApplied: false if a create times out while it waits for a socket', async () => {
    const { fetch, close } = await createPooledTransport({ connections: 1 });
    onTestFinished(close);
    const { client, requests } = await setup(() => {}, { fetch, concurrency: 2 });
    const controller = new AbortController();
    const sent = expectRejection(
      PersonaAbortError,
      client.personas.create({ name: 'x' }, { signal: controller.signal }),
    );
    while (requests.length < 1) await new Promise(setImmediate);
    const unsent = client.personas.create({ name: 'x' }, { timeoutMs: 300 });
    const { message, maybeApplied } = await expectRejection(PersonaTimeoutError, unsent);
    expect(message).toContain('no connection to the service within 300 ms');
    expect(maybeApplied).toBe(false);
    controller.abort();
    expect((await sent).maybeApplied).toBe(true);
    expect(requests).toHaveLength(1);
  });

  it('closes the connection after an abort or a timeout', async () => {
    const { client, requests } = await setup(() => {});
    const controller = new AbortController();
    const aborted = expectRejection(PersonaAbortError, getPersona(client, { signal: controller.signal }));
    const timedOut = expectRejection(PersonaTimeoutError, getPersona(client, { timeoutMs: 500 }));
    while (requests.length < 2) await new Promise(setImmediate);
    const closed = requests.map((request) => once(request.socket, 'close'));
    controller.abort();
    await Promise.all([aborted, timedOut, ...closed]);
  });

  it('has no time limit of its own', async () => {
    const agent = new Agent({ headersTimeout: 1, bodyTimeout: 1 }); // undici checks once per second
    onTestFinished(() => agent.close());
    const { url } = await serveHttp(async (_, response) => {
      await delay(1_600);
      response.flushHeaders();
      await delay(1_600);
      response.end('late');
    });
    const transport = createDispatchTransport(agent, 1);
    const request = { method: 'GET', url: `${url}/`, headers: {} } as const;
    const { content } = await transport(request, new AbortController().signal, 1_000);
    expect(content).toBe('late');
  });

  it('does not send a call that was aborted while it waited for a socket', async () => {
    const pending: ServerResponse[] = [];
    const server = await serveHttp((_, response) => pending.push(response));
    const { fetch, close } = await createPooledTransport({ connections: 1 });
    onTestFinished(close);
    const client = createTestClient({ baseUrl: server.url, fetch, dialect: 'subresource', cache: false });
    const first = getPersona(client);
    while (pending.length < 1) await new Promise(setImmediate);
    const controller = new AbortController();
    const second = expectRejection(PersonaAbortError, client.personas.get(2, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    await second;
    pending[0]?.end(NON_ASCII_PERSONA_JSON);
    await first;
    const third = getPersona(client);
    while (pending.length < 2) await new Promise(setImmediate);
    expect(pending[1]?.req.url).toBe('/api/v1/personas/1');
    pending[1]?.end(NON_ASCII_PERSONA_JSON);
    await third;
  });
});
