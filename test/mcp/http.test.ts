import { request as httpRequest } from 'node:http';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createPersonaMcpServer, type HttpOptions, listenMcpHttp } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  CONFIRM,
  callTool,
  connect,
  createUser,
  PROTOCOL_VERSIONS,
  type ProtocolVersion,
  setupMcp,
  type TestUser,
} from '../support/mcp.js';

async function setupHttp(options: HttpOptions = {}) {
  const started = await setupMcp();
  const { address, close } = await listenMcpHttp(createPersonaMcpServer({ client: started.client }), {
    port: 0,
    ...options,
  });
  onTestFinished(close);
  return {
    ...started,
    address,
    close,
    connect: (version: ProtocolVersion, user?: TestUser, headers: Record<string, string> = {}) =>
      connect(
        new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }),
        version,
        user,
      ),
  };
}

/** Sends a request with any headers, including `Host`, which fetch does not allow. */
const sendRaw = (
  url: string,
  {
    method = 'POST',
    body = '',
    ...options
  }: { method?: string; headers?: Record<string, string>; body?: string },
) =>
  new Promise<{ status: number | undefined; text: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...options.headers,
      };
      httpRequest(url, { method, headers }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, text, headers: response.headers });
      })
        .on('error', reject)
        .end(body);
    },
  );
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
});

test('accepts null for params that are not set, and a byte order mark', async () => {
  const { address } = await setupHttp();
  const { headers } = await sendRaw(address, { body: `\uFEFF${INITIALIZE}` });
  const session = { 'mcp-session-id': String(headers['mcp-session-id']) };
  for (const params of [null, { cursor: null }]) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params });
    const { text } = await sendRaw(address, { headers: session, body });
    expect(text).toContain('list_personas');
  }
});

describe.each(PROTOCOL_VERSIONS)('protocol %s', (version) => {
  test('serves tools and resources, and asks the user to confirm', async () => {
    const { connect, writes } = await setupHttp();
    const user = createUser(CONFIRM);
    const client = await connect(version, user);
    expect((await client.listTools()).tools).toHaveLength(9);
    expect((await callTool(client, 'list_personas')).total).toBe(5);
    expect(await callTool(client, 'delete_persona', { id: 1 })).toEqual({ id: 1, deleted: true });
    expect(user.messages).toHaveLength(1);
    expect(writes()).toEqual(['DELETE /api/v1/personas/1']);
    expect((await client.listResources()).resources).toHaveLength(6);
  });

  test('does not delete if the user declines', async () => {
    const { connect, writes } = await setupHttp();
    const client = await connect(version, createUser({ action: 'decline' }));
    expect(await callTool(client, 'delete_persona', { id: 1 })).toMatchObject({ deleted: false });
    expect(writes()).toEqual([]);
  });

  test('notifies a subscriber about writes of other clients', async () => {
    const { connect } = await setupHttp();
    const [reader, writer] = [await connect(version), await connect(version)];
    const updatedUri = new Promise<string>((resolve) =>
      reader.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri)),
    );
    if (version === '2025-11-25') await reader.subscribeResource({ uri: 'persona://1' });
    else await reader.listen({ resourceSubscriptions: ['persona://1'] });
    await callTool(writer, 'update_persona', { id: 1, name: 'Renamed' });
    expect(await updatedUri).toBe('persona://1');
  });

  test('rejects requests without the token and accepts requests with it', async () => {
    const { connect, address } = await setupHttp({ token: 's3cret' });
    await expect(connect(version)).rejects.toThrow();
    await expect(connect(version, undefined, { Authorization: 'Bearer s3cre' })).rejects.toThrow();
    const client = await connect(version, undefined, { Authorization: 'Bearer s3cret' });
    expect((await client.listTools()).tools).toHaveLength(9);
    const { status, headers, text } = await sendRaw(address, { body: INITIALIZE });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(text).not.toContain('s3cret');
  });
});

describe('rejected requests', () => {
  test.each<[string, number, Parameters<typeof sendRaw>[1]]>([
    ['an unknown host', 403, { headers: { host: 'evil.example' } }],
    ['an unknown host that contains localhost', 403, { headers: { host: 'localhost.evil.example:80' } }],
    ['an unknown host before an @', 403, { headers: { host: 'evil.example@localhost' } }],
    ['an unknown origin', 403, { headers: { origin: 'https://evil.example' } }],
    ['the origin null', 403, { headers: { origin: 'null' } }],
    ['a form of a web page', 415, { headers: { 'content-type': 'text/plain' } }],
    ['an Accept header without JSON', 406, { headers: { accept: 'text/html' } }],
    ['a body over 1 MiB', 413, { body: `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(1_100_000)}"}` }],
    ['invalid JSON', 400, { body: '{' }],
    ['an unknown session', 404, { headers: { 'mcp-session-id': 'x' } }],
    ['a call outside a session', 400, { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' }],
    ['a stream outside a session', 400, { method: 'GET', headers: { accept: 'text/event-stream' } }],
  ])('rejects %s with %i', async (_, status, request) => {
    const { address, service } = await setupHttp();
    expect((await sendRaw(address, { body: INITIALIZE, ...request })).status).toBe(status);
    expect((await sendRaw(address, { body: INITIALIZE })).status).toBe(200);
    expect(service.requests).toEqual([]);
  });

  test('responds at /healthz, and with 404 at unknown paths', async () => {
    const { address } = await setupHttp({ token: 's3cret' });
    expect((await sendRaw(new URL('/healthz', address).href, { method: 'GET' })).text).toBe('ok\n');
    expect((await sendRaw(new URL('/', address).href, {})).status).toBe(404);
    expect((await sendRaw(new URL('/mcp/x', address).href, {})).status).toBe(404);
  });

  test('accepts requests of web pages on localhost', async () => {
    const { address } = await setupHttp();
    const headers = { origin: 'http://localhost:3000' };
    expect((await sendRaw(address, { body: INITIALIZE, headers })).status).toBe(200);
  });

  test.each<[HttpOptions, string]>([
    [{ host: '0.0.0.0' }, 'exposes the personas to the network'],
    [{ host: '0.0.0.0', token: 'x' }, 'exposes the personas to the network'],
    [{ host: '::', allowedHosts: ['a.example'] }, 'exposes the personas to the network'],
    [{ token: '' }, 'must not be empty'],
  ])('rejects the options %o before it listens', async (options, message) => {
    const { client } = await setupMcp();
    await expect(listenMcpHttp(createPersonaMcpServer({ client }), { port: 0, ...options })).rejects.toThrow(
      message,
    );
  });

  test('listens on all addresses with a token and allowed hosts, and accepts only those hosts', async () => {
    const { address } = await setupHttp({ host: '0.0.0.0', token: 'x', allowedHosts: ['mcp.example'] });
    const url = address.replace('0.0.0.0', '127.0.0.1');
    const authorization = 'Bearer x';
    expect((await sendRaw(url, { body: INITIALIZE, headers: { authorization } })).status).toBe(403);
    expect(
      (await sendRaw(url, { body: INITIALIZE, headers: { authorization, host: 'mcp.example' } })).status,
    ).toBe(200);
  });
});

describe('sessions', () => {
  test('end when the client deletes them or the server closes', async () => {
    const { address, close } = await setupHttp();
    const { headers } = await sendRaw(address, { body: INITIALIZE });
    const session = {
      'mcp-session-id': String(headers['mcp-session-id']),
      'mcp-protocol-version': '2025-11-25',
    };
    const list = { headers: session, body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' };
    expect((await sendRaw(address, list)).status).toBe(200);
    expect((await sendRaw(address, { method: 'DELETE', headers: session })).status).toBe(200);
    expect((await sendRaw(address, list)).status).toBe(404);
    await close();
    await expect(sendRaw(address, list)).rejects.toThrow();
  });

  test('are limited to 100, and the least recently used one is closed', async () => {
    const { address } = await setupHttp();
    const open = async () => String((await sendRaw(address, { body: INITIALIZE })).headers['mcp-session-id']);
    const first = await open();
    for (let i = 0; i < 100; i++) await open();
    const list = '{"jsonrpc":"2.0","id":2,"method":"tools/list"}';
    expect((await sendRaw(address, { headers: { 'mcp-session-id': first }, body: list })).status).toBe(404);
    const last = await open();
    expect((await sendRaw(address, { headers: { 'mcp-session-id': last }, body: list })).status).toBe(200);
  });
});
