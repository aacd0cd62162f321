import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.js';

async function listening(server: NetServer, scheme: 'http' | 'https') {
  const sockets = new Set<Socket>();
  let opened = 0;
  server.on('connection', (socket: Socket) => {
    opened++;
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
    /** Sockets so far. */
    opened: () => opened,
    /** Sockets now. */
    open: () => sockets.size,
    close,
  };
}

export const serveHttp = (answer: RequestListener) => listening(createServer(answer), 'http');

/** HTTP/2 over TLS, and HTTP/1.1 for whoever does not ask for more. */
export async function serveH2(certificate: Certificate) {
  const versions: string[] = [];
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    response.end('{}');
  });
  return { ...(await listening(server as unknown as Server, 'https')), versions };
}

/** TLS in front of what listens at `target`, which hears plain HTTP. */
export async function serveTls(certificate: Certificate, target: string, options: TlsOptions = {}) {
  const { hostname, port } = new URL(target);
  const server = createTlsServer({ ...certificate, ...options }, (socket) => {
    const upstream = connect(Number(port), hostname);
    upstream.pipe(socket).pipe(upstream);
    for (const end of [upstream, socket]) end.on('error', () => end.destroy());
  });
  return listening(server, 'https');
}

/** A proxy that tunnels, and remembers where to. */
export async function serveProxy() {
  const targets: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '' }, socket: Socket) => {
    targets.push(url);
    const [host, port] = url.split(':');
    const upstream = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    for (const end of [upstream, socket]) end.on('error', () => end.destroy());
  });
  return { ...(await listening(server, 'http')), targets };
}
