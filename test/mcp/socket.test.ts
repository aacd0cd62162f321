import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, connect as netConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, world } from '../support/mcp.js';

const CALL =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_persona","arguments":{"name":"Forged"}}}';

/** Send bytes, and read until the other side ends. */
async function talk(port: number, bytes: string): Promise<string> {
  const socket = netConnect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => undefined); // a reset is an end, too
  socket.write(bytes);
  await once(socket, 'close');
  return heard;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'persona-mcp-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('TCP', () => {
  test.each([
    [
      'a POST of a web page',
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n\r\n\n${CALL}\n`,
    ],
    ['a GET', 'GET / HTTP/1.1\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001'],
    ['a line before the brace', `\n${CALL}\n`],
    ['a space before the brace', ` ${CALL}\n`],
    ['a list', `[${CALL}]\n`],
  ])('%s is cut off unread', async (_, bytes) => {
    const { port, service } = await world();
    expect(await talk(port, bytes)).toBe('');
    expect(service.requests).toEqual([]);
  });

  test('more than 1 MiB in one line ends the connection, not the server', async () => {
    const { port, connect } = await world();
    await talk(port, `{"jsonrpc":"2.0","x":"${'x'.repeat(1_100_000)}`);
    expect((await call(await connect('2025-11-25'), 'list_personas')).total).toBe(5);
  });

  test('only on this machine', async () => {
    const { server } = await world();
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
      await expect(listenMcpSocket(server, { port: 0, host })).rejects.toThrow('loopback only');
    const { address, close } = await listenMcpSocket(server, { port: 0 });
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    await close();
  });

  test('a client that goes in the middle of a call ends that call, and nothing else', async () => {
    const { port, connect, service, client } = await world();
    const mcp = await connect('2026-07-28');
    await mcp.listTools();
    service.faults.add({ stall: true, times: 1 });
    const aborted = new Promise((resolve) => client.on('response', ({ error }) => resolve(error)));
    const begun = new Promise<void>((resolve) => client.on('request', () => resolve()));
    const socket = netConnect(port, '127.0.0.1');
    socket.write(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}\n',
    );
    await once(socket, 'data');
    socket.write(
      '{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_persona","arguments":{"id":1}}}\n',
    );
    await begun;
    socket.destroy();
    expect(await aborted).toBe('aborted');
    expect((await call(mcp, 'list_personas')).total).toBe(5);
  });

  test('a client says when nobody listens, or when it is used before it is connected', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    free.close();
    await expect(new TcpClientTransport('127.0.0.1', port).start()).rejects.toThrow('ECONNREFUSED');
    await expect(new TcpClientTransport().send({ jsonrpc: '2.0', id: 1, method: 'ping' })).rejects.toThrow(
      'start()',
    );
  });
});

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  const line =
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}\n';

  test('belongs to its owner, speaks, and is gone when closed', async () => {
    const { client } = await world();
    const path = join(await folder(), 'mcp.sock');
    const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { path });
    expect(address).toBe(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const socket = netConnect(path);
    socket.write(line);
    const [data] = await once(socket, 'data');
    expect(JSON.parse(String(data)).result.serverInfo.name).toBe('persona-server');
    await close();
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  test('takes the place of one left behind, never of one in use or of a file', async () => {
    const { server } = await world();
    const path = join(await folder(), 'mcp.sock');
    const one = await listenMcpSocket(server, { path });
    await expect(listenMcpSocket(server, { path })).rejects.toThrow('EADDRINUSE');
    await one.close();
    await writeFile(path, 'precious');
    await expect(listenMcpSocket(server, { path })).rejects.toThrow('EADDRINUSE');
    await rm(path);
    const crash = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', crash]), 'exit');
    expect((await stat(path)).isSocket()).toBe(true);
    await (await listenMcpSocket(server, { path })).close();
  });
});
