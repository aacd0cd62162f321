import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, connect as netConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { callTool, setupMcp } from '../support/mcp.js';

const CREATE_CALL =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_persona","arguments":{"name":"Forged"}}}';

/** Sends bytes and returns what the server sends until it closes the connection. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = netConnect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.on('error', () => undefined); // A reset also closes the connection.
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

async function createFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'persona-mcp-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('TCP', () => {
  test.each([
    [
      'a POST of a web page',
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n\n${CREATE_CALL}\n`,
    ],
    ['a GET', 'GET / HTTP/1.1\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001'],
    ['a line before the brace', `\n${CREATE_CALL}\n`],
    ['a space before the brace', ` ${CREATE_CALL}\n`],
    ['an array', `[${CREATE_CALL}]\n`],
  ])('closes the connection on %s', async (_, bytes) => {
    const { port, service } = await setupMcp();
    expect(await exchange(port, bytes)).toBe('');
    expect(service.requests).toEqual([]);
  });

  test('listens on loopback only', async () => {
    const { server } = await setupMcp();
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
      await expect(listenMcpSocket(server, { port: 0, host })).rejects.toThrow('loopback only');
    const { address, close } = await listenMcpSocket(server, { port: 0 });
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    await close();
  });

  test('aborts only the calls of a client that disconnects', async () => {
    const { port, connect, service, client } = await setupMcp();
    const mcp = await connect('2026-07-28');
    await mcp.listTools();
    service.faults.add({ stall: true, times: 1 });
    const aborted = new Promise((resolve) => client.on('response', ({ error }) => resolve(error)));
    const started = new Promise<void>((resolve) => client.on('request', () => resolve()));
    const socket = netConnect(port, '127.0.0.1');
    socket.write(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}\n',
    );
    await once(socket, 'data');
    socket.write(
      '{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_persona","arguments":{"id":1}}}\n',
    );
    await started;
    socket.resetAndDestroy();
    expect(await aborted).toBe('aborted');
    expect((await callTool(mcp, 'list_personas')).total).toBe(5);
  });

  test('the client reads responses in any chunks, and reports what it cannot read', async () => {
    const peer = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void peer.close());
    await once(peer, 'listening');
    const transport = new TcpClientTransport('127.0.0.1', (peer.address() as { port: number }).port);
    onTestFinished(() => transport.close());
    const received: unknown[] = [];
    const errors: string[] = [];
    const closed = new Promise<void>((resolve) => {
      transport.onclose = resolve;
    });
    transport.onmessage = (message) => received.push(message);
    transport.onerror = ({ message }) => errors.push(message);
    const [[socket]] = await Promise.all([once(peer, 'connection'), transport.start()]);
    const text = '{"jsonrpc":"2.0","id":1,"result":{"name":"Zoë 😀"}}\n';
    for (const byte of Buffer.from(text)) socket.write(Buffer.of(byte));
    socket.write(`not JSON\n${'x'.repeat(11 * 1_048_576)}\n${text}`);
    socket.end();
    await closed;
    expect(received).toEqual([JSON.parse(text), JSON.parse(text)]);
    expect(errors).toEqual([expect.stringContaining('JSON'), expect.stringContaining('10 MiB')]);
  });

  test('fails in the client if no server listens, or before start()', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const { port } = unused.address() as { port: number };
    unused.close();
    await expect(new TcpClientTransport('127.0.0.1', port).start()).rejects.toThrow('ECONNREFUSED');
    await expect(new TcpClientTransport().send({ jsonrpc: '2.0', id: 1, method: 'ping' })).rejects.toThrow(
      'start()',
    );
  });
});

describe('a Unix socket', () => {
  beforeEach((context) => {
    context.skip(process.platform === 'win32', 'Windows has no Unix sockets with file modes');
  });

  const INITIALIZE =
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}\n';

  test('is accessible to its owner only, serves requests, and is removed on close', async () => {
    const { client } = await setupMcp();
    const path = join(await createFolder(), 'mcp.sock');
    const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { path });
    expect(address).toBe(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const socket = netConnect(path);
    socket.write(INITIALIZE);
    const [data] = await once(socket, 'data');
    expect(JSON.parse(String(data)).result.serverInfo.name).toBe('persona-server');
    await close();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  test('replaces a stale socket, but not a socket in use or a file', async () => {
    const { server } = await setupMcp();
    const path = join(await createFolder(), 'mcp.sock');
    const listener = await listenMcpSocket(server, { path });
    await expect(listenMcpSocket(server, { path })).rejects.toThrow('EADDRINUSE');
    await listener.close();
    await writeFile(path, 'precious');
    await expect(listenMcpSocket(server, { path })).rejects.toThrow('EADDRINUSE');
    await rm(path);
    const crashCode = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', crashCode]), 'exit');
    expect((await stat(path)).isSocket()).toBe(true);
    await (await listenMcpSocket(server, { path })).close();
  });
});
