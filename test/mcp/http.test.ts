import { request as httpRequest } from 'node:http';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createPersonaMcpServer, type HttpOptions, listenMcpHttp } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, connect, ERAS, type Era, type User, user, world, YES } from '../support/mcp.js';

async function http(options: HttpOptions = {}) {
  const opened = await world();
  const reports: Error[] = [];
  const { address, close } = await listenMcpHttp(
    createPersonaMcpServer({ client: opened.client }),
    { port: 0, ...options },
    (error) => void reports.push(error),
  );
  onTestFinished(close);
  return {
    ...opened,
    address,
    close,
    reports,
    connect: (era: Era, asked?: User, headers: Record<string, string> = {}) =>
      connect(new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }), era, asked),
  };
}

/** A request with any headers, `Host` among them, which fetch does not allow. */
const raw = (
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

describe.each(ERAS)('in the era of %s', (era) => {
  test('it serves tools, resources and questions to the user', async () => {
    const { connect, writes } = await http();
    const asked = user(YES);
    const client = await connect(era, asked);
    expect((await client.listTools()).tools).toHaveLength(9);
    expect((await call(client, 'list_personas')).total).toBe(5);
    expect(await call(client, 'delete_persona', { id: 1 })).toEqual({ id: 1, deleted: true });
    expect(asked.questions).toHaveLength(1);
    expect(writes()).toEqual(['DELETE /api/v1/personas/1']);
    expect((await client.listResources()).resources).toHaveLength(6);
  });

  test('a user who declines is obeyed', async () => {
    const { connect, writes } = await http();
    const client = await connect(era, user({ action: 'decline' }));
    expect(await call(client, 'delete_persona', { id: 1 })).toMatchObject({ deleted: false });
    expect(writes()).toEqual([]);
  });

  test('who subscribed hears of the writes of others', async () => {
    const { connect } = await http();
    const [reader, writer] = [await connect(era), await connect(era)];
    const heard = new Promise<string>((resolve) =>
      reader.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri)),
    );
    if (era === '2025-11-25') await reader.subscribeResource({ uri: 'persona://1' });
    else await reader.listen({ resourceSubscriptions: ['persona://1'] });
    await call(writer, 'update_persona', { id: 1, name: 'Renamed' });
    expect(await heard).toBe('persona://1');
  });

  test('without the token nobody gets in, with it everything works', async () => {
    const { connect, address } = await http({ token: 's3cret' });
    await expect(connect(era)).rejects.toThrow();
    await expect(connect(era, undefined, { Authorization: 'Bearer s3cre' })).rejects.toThrow();
    const client = await connect(era, undefined, { Authorization: 'Bearer s3cret' });
    expect((await client.listTools()).tools).toHaveLength(9);
    const { status, headers, text } = await raw(address, { body: INITIALIZE });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(text).not.toContain('s3cret');
  });
});

describe('refusals', () => {
  test.each<[string, number, Parameters<typeof raw>[1]]>([
    ['a foreign host', 403, { headers: { host: 'evil.example' } }],
    ['a foreign host with our name in it', 403, { headers: { host: 'localhost.evil.example:80' } }],
    ['a foreign page', 403, { headers: { origin: 'https://evil.example' } }],
    ['a page without an origin', 403, { headers: { origin: 'null' } }],
    ['a form of a page', 415, { headers: { 'content-type': 'text/plain' } }],
    ['a client that takes no answer', 406, { headers: { accept: 'text/html' } }],
    ['more than 1 MiB', 413, { body: `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(1_100_000)}"}` }],
    ['what is no JSON', 400, { body: '{' }],
    ['a session that is not there', 404, { headers: { 'mcp-session-id': 'x' } }],
    ['a call outside a session', 400, { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' }],
    ['a stream outside a session', 400, { method: 'GET', headers: { accept: 'text/event-stream' } }],
  ])('%s: %i', async (_, status, request) => {
    const { address, service } = await http();
    expect((await raw(address, { body: INITIALIZE, ...request })).status).toBe(status);
    expect((await raw(address, { body: INITIALIZE })).status).toBe(200);
    expect(service.requests).toEqual([]);
  });

  test('other paths', async () => {
    const { address } = await http({ token: 's3cret' });
    expect((await raw(new URL('/healthz', address).href, { method: 'GET' })).text).toBe('ok\n');
    expect((await raw(new URL('/', address).href, {})).status).toBe(404);
    expect((await raw(new URL('/mcp/x', address).href, {})).status).toBe(404);
  });

  test('pages of this machine pass', async () => {
    const { address } = await http();
    const headers = { origin: 'http://localhost:3000' };
    expect((await raw(address, { body: INITIALIZE, headers })).status).toBe(200);
  });

  test.each<[HttpOptions, string]>([
    [{ host: '0.0.0.0' }, 'opens the personas to the network'],
    [{ host: '0.0.0.0', token: 'x' }, 'opens the personas to the network'],
    [{ host: '::', allowedHosts: ['a.example'] }, 'opens the personas to the network'],
    [{ token: '' }, 'must not be empty'],
  ])('%o is refused before it listens', async (options, words) => {
    const { client } = await world();
    await expect(listenMcpHttp(createPersonaMcpServer({ client }), { port: 0, ...options })).rejects.toThrow(
      words,
    );
  });

  test('with a token and its name it listens for others, and answers to that name only', async () => {
    const { address } = await http({ host: '0.0.0.0', token: 'x', allowedHosts: ['mcp.example'] });
    const url = address.replace('0.0.0.0', '127.0.0.1');
    const authorization = 'Bearer x';
    expect((await raw(url, { body: INITIALIZE, headers: { authorization } })).status).toBe(403);
    expect(
      (await raw(url, { body: INITIALIZE, headers: { authorization, host: 'mcp.example' } })).status,
    ).toBe(200);
  });
});

describe('sessions', () => {
  test('end when the client ends them, and with the server', async () => {
    const { address, close } = await http();
    const { headers } = await raw(address, { body: INITIALIZE });
    const session = {
      'mcp-session-id': String(headers['mcp-session-id']),
      'mcp-protocol-version': '2025-11-25',
    };
    const list = { headers: session, body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' };
    expect((await raw(address, list)).status).toBe(200);
    expect((await raw(address, { method: 'DELETE', headers: session })).status).toBe(200);
    expect((await raw(address, list)).status).toBe(404);
    await close();
    await expect(raw(address, list)).rejects.toThrow();
  });

  test('are a hundred at most: the one idle for longest goes', async () => {
    const { address } = await http();
    const open = async () => String((await raw(address, { body: INITIALIZE })).headers['mcp-session-id']);
    const first = await open();
    for (let i = 0; i < 100; i++) await open();
    const list = '{"jsonrpc":"2.0","id":2,"method":"tools/list"}';
    expect((await raw(address, { headers: { 'mcp-session-id': first }, body: list })).status).toBe(404);
    const last = await open();
    expect((await raw(address, { headers: { 'mcp-session-id': last }, body: list })).status).toBe(200);
  });
});
