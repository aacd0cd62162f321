import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { PersonaMcpServer } from '../server.js';
import { isLoopback } from './loopback.js';
import { StreamTransport } from './stream.js';
import type { Connection, ListeningMcp, Report } from './types.js';

/** A TCP port on this machine only, or a path for a Unix socket that only its owner can use. */
export type SocketPlace = { readonly port: number; readonly host?: string } | { readonly path: string };

const OPENING_BRACE = 0x7b;
const FIRST_BYTE_WITHIN_MS = 10_000;
const MOST_CONNECTIONS = 32;

/**
 * Serve JSON lines on a socket, as on stdin and stdout.
 *
 * @param place TCP has no way to know its caller, so it listens on loopback only (`127.0.0.1`); every program and
 * user of this machine can connect. A Unix socket is open to its owner alone.
 * @throws {TypeError} for a host that is not loopback.
 * @example
 * ```ts
 * const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { port: 8123 });
 * ```
 */
export async function listenMcpSocket(
  server: PersonaMcpServer,
  place: SocketPlace,
  report: Report = () => undefined,
): Promise<ListeningMcp> {
  if ('port' in place && !isLoopback(place.host ?? '127.0.0.1'))
    throw new TypeError(
      `A TCP socket is served on loopback only, not on ${place.host}: it asks nobody for a token. Use HTTP instead.`,
    );
  const open = new Map<Socket, Connection | undefined>();
  const listener = createServer((socket) => {
    open.set(socket, undefined);
    socket.on('error', report);
    socket.on('close', () => {
      void open.get(socket)?.close();
      open.delete(socket);
    });
    afterOpeningBrace(socket, () => open.set(socket, serve(server, socket, report)));
  });
  listener.maxConnections = MOST_CONNECTIONS;
  listener.on('error', report);
  if ('path' in place) await listenOnPath(listener, place.path);
  else await listen(listener, { port: place.port, host: place.host ?? '127.0.0.1' });
  return {
    address: addressOf(listener),
    close: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const socket of open.keys()) socket.destroy();
      await closed;
    },
  };
}

function serve(server: PersonaMcpServer, socket: Socket, report: Report): Connection {
  const transport = new StreamTransport(socket, socket, () => socket.destroySoon());
  return serveStdio(server, { transport, onerror: report });
}

/**
 * A web page can make a browser send an HTTP request to any port, with JSON lines for a body. What begins as HTTP or
 * TLS does, and what never begins, is cut off before anything of it is read.
 */
function afterOpeningBrace(socket: Socket, begin: () => void): void {
  socket.setTimeout(FIRST_BYTE_WITHIN_MS, () => socket.destroy());
  socket.once('data', (chunk: Buffer) => {
    socket.setTimeout(0);
    socket.pause();
    if (chunk[0] !== OPENING_BRACE) {
      socket.destroy();
      return;
    }
    socket.unshift(chunk);
    begin();
    setImmediate(() => socket.resume());
  });
}

function listen(listener: Server, where: { port: number; host: string } | string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(where as string, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}

/** Nobody else may connect, not even between the socket's appearance and its new mode. */
async function listenOnPath(listener: Server, path: string): Promise<void> {
  await removeStale(path);
  const before = process.umask(0o177);
  try {
    const listening = listen(listener, path); // The path appears before this returns.
    process.umask(before);
    await listening;
    await chmod(path, 0o600);
  } finally {
    process.umask(before);
  }
}

/** A socket that a crashed server left behind. One that answers is somebody's, and stays. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket()) return;
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on('error', () => resolve(false));
    probe.on('close', () => resolve(false)).on('connect', () => probe.destroy());
  });
  if (!answers) await unlink(path);
}

function addressOf(listener: Server): string {
  const address = listener.address();
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
