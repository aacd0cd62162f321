import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import {
  type AddressInfo,
  connect,
  createServer as createSocketServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.js';

/** Listens on a free port. The server closes when the test finishes. */
export async function listen(server: NetServer, scheme: 'http' | 'https') {
  const sockets = new Set<Socket>();
  let openedCount = 0;
  server.on('connection', (socket: Socket) => {
    openedCount++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}` as const,
    /** Counts the sockets opened so far. */
    countOpenedSockets: () => openedCount,
    /** Counts the sockets that are open now. */
    countOpenSockets: () => sockets.size,
    close,
  };
}

/** Starts an HTTP/1.1 server on a free port. Every server of this file closes when the test finishes. */
export const serveHttp = (listener: RequestListener) => listen(createServer(listener), 'http');

/** Starts a server that handles sockets itself. */
export const serveSocket = (onConnection: (socket: Socket) => void) =>
  listen(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    }),
    'http',
  );

/** Starts a TLS server that handles sockets itself. */
export const serveTlsSocket = (certificate: Certificate, onConnection: (socket: Socket) => void) =>
  listen(
    createTlsServer(certificate, (socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    }),
    'https',
  );

/** Starts a TLS server that offers HTTP/2 and HTTP/1.1, and records the version of every request. */
export async function serveH2(certificate: Certificate) {
  const versions: string[] = [];
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.end('{}');
  });
  return { ...(await listen(server as unknown as Server, 'https')), versions };
}

/** Starts a TLS server that speaks HTTP/2 and handles streams itself. */
export async function serveH2Streams(
  certificate: Certificate,
  onStream: (stream: ServerHttp2Stream) => void,
) {
  const server = createSecureServer(certificate);
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    onStream(stream);
  });
  return listen(server as unknown as Server, 'https');
}

/** Starts a proxy that terminates TLS in front of the plain HTTP server at `target`. */
export async function serveTls(certificate: Certificate, target: string, options: TlsOptions = {}) {
  const { hostname, port } = new URL(target);
  const server = createTlsServer({ ...certificate, ...options }, (socket) => {
    const upstream = connect(Number(port), hostname);
    upstream.pipe(socket).pipe(upstream);
    for (const side of [upstream, socket]) side.on('error', () => side.destroy());
  });
  return listen(server, 'https');
}

/** Serves what a `fetch` function responds. A `fetch` that rejects closes the connection. */
export const serveFetch = (fetch: typeof globalThis.fetch) =>
  serveHttp(async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    try {
      const result = await fetch(`http://${headers.host}${url}`, {
        method,
        headers: headers as HeadersInit,
        ...body,
      });
      response.writeHead(result.status, Object.fromEntries(result.headers)).end(await result.text());
    } catch {
      request.socket.destroy();
    }
  });
