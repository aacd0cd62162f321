import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenMcpSocket } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROTOCOL_VERSIONS, type ProtocolVersion, setupMcp } from '../support/mcp.js';
import { type RpcMessage, startMcpCommand } from '../support/mcp-command.js';
import { connectLines, parseLines, type RpcRequest, toLines, toolCall } from '../support/mcp-lines.js';

const MAX_MESSAGE_BYTES = 1_048_576;

/** Sends bytes, ends the input, and returns what the server sends until it closes the connection. */
type Exchange = (input: string | Buffer) => Promise<(RpcMessage | RpcMessage[])[]>;

const TRANSPORTS: Readonly<Record<string, () => Promise<Exchange>>> = {
  'stdin and stdout': async () => {
    const { url } = await setupMcp();
    return async (input) => {
      const mcp = startMcpCommand([], { PERSONA_API_URL: url });
      mcp.child.stdin.end(input);
      expect(await mcp.exitCode).toBe(0);
      return parseLines(mcp.stdout.join('\n'));
    };
  },
  TCP: async () => {
    const { port } = await setupMcp();
    return exchangeOver({ port, host: '127.0.0.1' });
  },
  'a Unix socket': async () => {
    const { server } = await setupMcp();
    const folder = await mkdtemp(join(tmpdir(), 'persona-mcp-'));
    const path = join(folder, 'mcp.sock');
    const { close } = await listenMcpSocket(server, { path });
    onTestFinished(async () => {
      await close();
      await rm(folder, { recursive: true });
    });
    return exchangeOver({ path });
  },
};

function exchangeOver(address: { port: number; host: string } | { path: string }): Exchange {
  return async (input) => {
    const { socket, messages, closed } = connectLines(address);
    socket.end(input);
    await closed;
    return messages();
  };
}

const REQUESTS: readonly RpcRequest[] = [
  { id: 2, method: 'tools/list', params: {} },
  toolCall(3, 'list_personas'),
  toolCall(4, 'find_personas', { query: 'a' }),
  { id: 5, method: 'resources/list', params: {} },
];
const ids = (messages: readonly (RpcMessage | RpcMessage[])[]) =>
  messages.flat().map(({ id }) => id as number | string | undefined);

describe.each(Object.entries(TRANSPORTS))('%s', (_, start) => {
  test.each(PROTOCOL_VERSIONS)('finish the requests before the end of the input (%s)', async (version) => {
    const exchange = await start();
    const expected = version === '2026-07-28' ? [2, 3, 4, 5] : ['init', 2, 3, 4, 5];
    const messages = await exchange(toLines(version, REQUESTS));
    expect(new Set(ids(messages))).toEqual(new Set(expected));
    for (const message of messages) expect(message).toHaveProperty('result');
    const lastLineWithoutEnd = toLines(version, REQUESTS).trimEnd();
    expect(new Set(ids(await exchange(lastLineWithoutEnd)))).toEqual(new Set(expected));
  });

  test.each(PROTOCOL_VERSIONS)(
    'reject a message that is too large by its id, and serve the next one (%s)',
    async (version) => {
      const exchange = await start();
      const large = toolCall('large', 'create_persona', {
        name: 'B',
        id: 7,
        psychographic: { id: 'x', interests: ['{"id":8,"method":"[', 'ä'.repeat(MAX_MESSAGE_BYTES / 2)] },
      });
      const messages = await exchange(toLines(version, [large, toolCall(3, 'list_personas')]));
      expect(messages).toContainEqual({
        jsonrpc: '2.0',
        id: 'large',
        error: { code: -32600, message: expect.stringContaining('larger than 1 MiB') },
      });
      expect(messages).toContainEqual(expect.objectContaining({ id: 3, result: expect.anything() }));
    },
  );
});

/** Starts a server on TCP and opens a session of a legacy client. */
async function openSession(version: ProtocolVersion | '2025-03-26' = '2025-11-25') {
  const setup = await setupMcp();
  const connection = connectLines({ port: setup.port, host: '127.0.0.1' });
  connection.socket.write(toLines(version, []));
  await expect.poll(() => ids(connection.messages())).toContain('init');
  const write = (text: string) => connection.socket.write(text);
  const send = (...values: unknown[]) => write(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  const waitFor = async (id: number | string) => {
    await expect.poll(() => ids(connection.messages())).toContain(id);
    return connection.messages();
  };
  return { ...setup, ...connection, write, send, waitFor };
}

const ping = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'ping' });
const invalid = (id: unknown, message: RegExp) => ({
  jsonrpc: '2.0',
  id,
  error: { code: -32600, message: expect.stringMatching(message) },
});

describe('the end of the input', () => {
  test('stops a call after 5 s, and says that a change may have been applied', async () => {
    const { socket, service, send, messages, closed, client } = await openSession();
    service.faults.add({ stall: true, match: { method: 'DELETE' } });
    const failed = new Promise((resolve) => client.on('response', ({ error }) => error && resolve(error)));
    send({ jsonrpc: '2.0', ...toolCall(7, 'delete_persona', { id: 1 }) });
    await expect.poll(() => service.requests.at(-1)?.method).toBe('DELETE');
    const startedAt = performance.now();
    socket.end();
    await closed;
    expect(performance.now() - startedAt).toBeGreaterThan(4_900);
    expect(messages().at(-1)).toMatchObject({
      id: 7,
      error: { code: -32603, message: expect.stringContaining('A change may have been applied') },
    });
    expect(await failed).toBe('aborted');
  });

  test('waits neither for canceled requests nor for subscriptions, which it ends', async () => {
    const { service, port } = await setupMcp();
    const { socket, messages, closed } = connectLines({ port, host: '127.0.0.1' });
    const listen = {
      id: 1,
      method: 'subscriptions/listen',
      params: { notifications: { resourcesListChanged: true } },
    };
    socket.write(toLines('2026-07-28', [listen, { id: 2, method: 'tools/list' }]));
    await expect.poll(() => ids(messages())).toContain(2);
    service.faults.add({ stall: true });
    const requestCount = service.requests.length;
    socket.write(toLines('2026-07-28', [toolCall(3, 'get_persona', { id: 1 })]));
    await expect.poll(() => service.requests.length).toBeGreaterThan(requestCount);
    const startedAt = performance.now();
    socket.end(toLines('2026-07-28', [{ method: 'notifications/cancelled', params: { requestId: 3 } }]));
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(ids(messages())).not.toContain(3);
    expect(messages()).toContainEqual(expect.objectContaining({ id: 1, result: expect.anything() }));
  });

  test('closes a connection that sent nothing', async () => {
    const { port } = await setupMcp();
    const { socket, closed } = connectLines({ port, host: '127.0.0.1' });
    const startedAt = performance.now();
    socket.end();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test('aborts the calls at once if the connection breaks', async () => {
    const { socket, service, send, waitFor, client } = await openSession();
    send({ ...ping(6), method: 'tools/list' });
    await waitFor(6);
    service.faults.add({ stall: true });
    const aborted = new Promise((resolve) => client.on('response', ({ error }) => resolve(error)));
    const requestCount = service.requests.length;
    send({ jsonrpc: '2.0', ...toolCall(7, 'get_persona', { id: 1 }) });
    await expect.poll(() => service.requests.length).toBeGreaterThan(requestCount);
    const startedAt = performance.now();
    socket.resetAndDestroy();
    expect(await aborted).toBe('aborted');
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

describe('the size of a message', () => {
  test('is at most 1 MiB without the line feed, in any chunks', async () => {
    const { socket, write, waitFor, messages } = await openSession();
    const pad = (id: number, bytes: number) => {
      const start = `{"jsonrpc":"2.0","method":"ping","params":{"x":"`;
      const end = `"},"id":${id}}`;
      return `${start}${'x'.repeat(bytes - start.length - end.length)}${end}`;
    };
    write(`${pad(1, MAX_MESSAGE_BYTES)}\n${pad(2, MAX_MESSAGE_BYTES + 1)}\n`);
    const chunks = pad(3, MAX_MESSAGE_BYTES + 1).match(/.{1,100000}/g) ?? [];
    for (const chunk of chunks) {
      await new Promise((resolve) => socket.write(chunk, resolve));
      await new Promise(setImmediate);
    }
    write(`\n${JSON.stringify(ping(4))}\n`);
    await waitFor(4);
    expect(messages().slice(1)).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      invalid(2, /1 MiB/),
      invalid(3, /1 MiB/),
      { jsonrpc: '2.0', id: 4, result: {} },
    ]);
  });

  test.each<[string, string, unknown[]]>([
    [
      'a request whose id comes first',
      `{"jsonrpc":"2.0", "id" : "a\\"b", "method":"x","params":{"x":"…"}}`,
      [invalid('a"b', /1 MiB/)],
    ],
    ['a notification', `{"jsonrpc":"2.0","method":"notifications/progress","params":{"id":5,"x":"…"}}`, []],
    ['a response', `{"jsonrpc":"2.0","id":5,"result":{"method":"…"}}`, []],
    ['a batch', `[{"jsonrpc":"2.0","id":5,"method":"x","params":{"x":"…"}}]`, [invalid(null, /1 MiB/)]],
    ['other text', `…`, []],
    ['a request with an invalid id', `{"jsonrpc":"2.0","id":{"id":5},"method":"x","params":"…"}`, []],
  ])('is limited for %s', async (_, text, expected) => {
    const { write, waitFor } = await openSession();
    write(`${text.replace('…', () => 'x'.repeat(MAX_MESSAGE_BYTES))}\n${JSON.stringify(ping('next'))}\n`);
    expect((await waitFor('next')).slice(1, -1)).toEqual(expected);
  });
});

describe('null, batches and invalid messages', () => {
  test.each(['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'])(
    '%s accepts null for params and cursor',
    async (method) => {
      const { send, waitFor } = await openSession();
      send(
        { ...ping(1), method, params: null },
        { ...ping(2), method, params: { cursor: null, _meta: null } },
      );
      send({ ...ping(3), method, params: { _meta: { progressToken: null } } });
      await waitFor(1);
      await waitFor(2);
      for (const message of (await waitFor(3)).slice(1)) expect(message).toHaveProperty('result');
    },
  );

  test('initialize accepts null capabilities, and tools/call null arguments, but null in arguments stays', async () => {
    const { port, service } = await setupMcp();
    const { socket, messages } = connectLines({ port, host: '127.0.0.1' });
    const clientInfo = { name: 'raw', version: '1', title: null };
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { roots: null, sampling: null },
      clientInfo,
    };
    socket.write(`${JSON.stringify({ ...ping('init'), method: 'initialize', params })}\n`);
    await expect.poll(() => ids(messages())).toContain('init');
    const fieldsCall = {
      ...ping(1),
      method: 'tools/call',
      params: { name: 'get_persona_fields', arguments: null },
    };
    const clearCall = toolCall(2, 'update_persona', { id: 1, demographic: { city: null } });
    for (const message of [fieldsCall, { jsonrpc: '2.0', ...clearCall }])
      socket.write(`${JSON.stringify(message)}\n`);
    await expect.poll(() => ids(messages())).toEqual(expect.arrayContaining([1, 2]));
    for (const message of messages()) if (!('method' in message)) expect(message).toHaveProperty('result');
    const put = service.requests.find(({ method }) => method === 'PUT');
    expect(JSON.parse(String(put?.body))).toEqual({ demographic: { city: null } });
  });

  test('a byte order mark may come first on stdin', async () => {
    const { url } = await setupMcp();
    const mcp = startMcpCommand([], { PERSONA_API_URL: url });
    mcp.child.stdin.end(`\uFEFF${toLines('2025-11-25', [{ id: 1, method: 'ping' }])}`);
    expect(await mcp.exitCode).toBe(0);
    expect(ids(parseLines(mcp.stdout.join('\n')))).toEqual(['init', 1]);
  });

  test('a batch under 2025-03-26 gets one array of responses', async () => {
    const { send, waitFor, messages, service } = await openSession('2025-03-26');
    send([
      { jsonrpc: '2.0', ...toolCall('a', 'list_personas') },
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
      ping('b'),
      { jsonrpc: '2.0', id: 'c' },
    ]);
    await waitFor('a');
    const batch = messages().at(-1) as RpcMessage[];
    expect(batch).toHaveLength(3);
    expect(batch).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'a', result: expect.anything() }),
        { jsonrpc: '2.0', id: 'b', result: {} },
        invalid('c', /not a valid JSON-RPC message/),
      ]),
    );
    send([], [1], [{ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }], ping('d'));
    const after = (await waitFor('d')).slice(2);
    expect(after).toEqual([
      invalid(null, /The batch is empty/),
      [invalid(null, /not a valid JSON-RPC message/)],
      { jsonrpc: '2.0', id: 'd', result: {} },
    ]);
    service.faults.add({ stall: true });
    send([{ jsonrpc: '2.0', ...toolCall('e', 'update_persona', { id: 1, name: 'X' }) }, ping('f')]);
    send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'e' } });
    expect((await waitFor('f')).at(-1)).toEqual([{ jsonrpc: '2.0', id: 'f', result: {} }]);
  });

  test('a batch under another revision is rejected', async () => {
    const { send, waitFor } = await openSession();
    send([ping('a')], ping('b'));
    expect((await waitFor('b')).slice(1, -1)).toEqual([invalid(null, /2025-03-26/)]);
  });

  test('a message that is not JSON-RPC gets an error with its id, and no message stops the server', async () => {
    const { write, send, waitFor } = await openSession();
    write('not JSON\n{"neither":\n\n\r\n');
    write(`${'['.repeat(100_000)}\n${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}\n`);
    send(
      { id: 1, method: 'ping' },
      { jsonrpc: '2.0', id: 2, method: 'ping', params: [] },
      { ...ping(3), id: null },
    );
    send({ jsonrpc: '2.0', id: 4, result: 5 }, 6, null, ping(7));
    expect((await waitFor(7)).slice(1, -1)).toEqual([
      invalid(null, /not a valid/),
      invalid(1, /not a valid/),
      invalid(2, /not a valid/),
      invalid(null, /not a valid/),
      invalid(null, /not a valid/),
      invalid(null, /not a valid/),
    ]);
  });
});
