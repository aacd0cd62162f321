import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { isLoopbackHost } from '../../core/host-header.js';
import type { PersonaMcpServer } from '../lazy-server.js';
import { serveJsonLines } from './json-lines.js';
import { formatAddress, listen } from './listen.js';
import type { Connection, ErrorHandler, McpListener, SocketOptions } from './types.js';

const OPENING_BRACE = 0x7b;
const FIRST_BYTE_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;

/** Implements `listenMcpSocket()`. */
export async function listenSocket(
  server: PersonaMcpServer,
  options: SocketOptions,
  onError: ErrorHandler,
): Promise<McpListener> {
  if ('port' in options && !isLoopbackHost(options.host ?? '127.0.0.1'))
    throw new TypeError(
      `Cannot serve TCP on ${options.host}. TCP has no authentication, so the server accepts loopback only. Use HTTP instead.`,
    );
  const connections = new Map<Socket, Connection | undefined>();
  // Half open: a client that has sent its last request still gets its responses.
  const netServer = createServer({ allowHalfOpen: true }, (socket) => {
    connections.set(socket, undefined);
    socket.on('error', onError);
    socket.on('close', () => {
      void connections.get(socket)?.close();
      connections.delete(socket);
    });
    afterOpeningBrace(socket, () => connections.set(socket, serveSocket(server, socket, onError)));
  });
  netServer.maxConnections = MAX_CONNECTIONS;
  if ('path' in options) await listenOnPath(netServer, options.path);
  else await listen(netServer, { port: options.port, host: options.host ?? '127.0.0.1' });
  netServer.on('error', onError);
  return {
    address: listenerAddress(netServer),
    close: async () => {
      const closed = new Promise((resolve) => netServer.close(resolve));
      for (const socket of connections.keys()) socket.destroy();
      await closed;
    },
  };
}

const serveSocket = (server: PersonaMcpServer, socket: Socket, onError: ErrorHandler): Connection =>
  serveJsonLines(server, socket, socket, onError, () => socket.destroySoon());

/**
 * Calls `start` if the first byte is an opening brace. Closes the connection if the first byte differs or does not
 * arrive in time.
 *
 * A web page can make a browser send an HTTP request with JSON lines in its body to any port. HTTP and TLS never start
 * with a brace.
 */
function afterOpeningBrace(socket: Socket, start: () => void): void {
  const close = () => socket.destroy();
  socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, close);
  socket.once('end', close);
  socket.once('data', (chunk: Buffer) => {
    socket.setTimeout(0, close).off('end', close).pause();
    if (chunk[0] !== OPENING_BRACE) {
      socket.destroy();
      return;
    }
    socket.unshift(chunk);
    start();
    setImmediate(() => socket.resume());
  });
}

/** Listens on a Unix socket. The umask keeps other users from connecting before `chmod`. */
async function listenOnPath(netServer: Server, path: string): Promise<void> {
  await removeStaleSocket(path);
  const previousUmask = process.umask(0o177);
  try {
    const listening = listen(netServer, { path }); // `listen()` creates the socket file synchronously.
    process.umask(previousUmask);
    await listening;
    await chmod(path, 0o600);
  } finally {
    process.umask(previousUmask);
  }
}

/** Removes the socket of a crashed server. A socket that accepts a connection is in use and stays. */
async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (!file?.isSocket()) return;
  const isInUse = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on('error', () => resolve(false));
    probe.on('close', () => resolve(false)).on('connect', () => probe.destroy());
  });
  if (!isInUse) await unlink(path);
}

function listenerAddress(netServer: Server): string {
  const address = netServer.address();
  return address === null || typeof address === 'string' ? (address ?? '') : formatAddress(address);
}
