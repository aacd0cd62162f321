import { createServer, request as sendRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificate.js';
import { listen } from './servers.js';

interface ProxyOptions {
  /** Serves TLS with this certificate. */
  readonly certificate?: Certificate;
  /** Requires this value of the header `proxy-authorization`. */
  readonly authorization?: string;
}

/** Starts a proxy that opens tunnels and forwards requests. It records the first line of every request. */
export async function serveProxy({ certificate, authorization }: ProxyOptions = {}) {
  const requestLines: string[] = [];
  const server = certificate ? createTlsServer(certificate) : createServer();
  server.on('request', (request, response) => {
    const { method, url = '', headers } = request;
    requestLines.push(`${method} ${url}`);
    const { 'proxy-authorization': credentials, ...forwardedHeaders } = headers;
    if (credentials !== authorization) return void response.writeHead(407).end();
    const upstream = sendRequest(url, { method, headers: forwardedHeaders }, (upstreamResponse) => {
      response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.headers);
      upstreamResponse.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    requestLines.push(`CONNECT ${url}`);
    if (headers['proxy-authorization'] !== authorization)
      return void socket.end('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n');
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect(Number(port), hostname.replace(/[[\]]/g, ''), () =>
      socket.write('HTTP/1.1 200 OK\r\n\r\n'),
    );
    upstream.pipe(socket).pipe(upstream);
    for (const side of [upstream, socket]) side.on('error', () => side.destroy());
  });
  return { ...(await listen(server as Server, certificate ? 'https' : 'http')), requestLines };
}

/** Starts a proxy that opens no tunnel. `respond` handles the socket of every `CONNECT`. */
export async function serveRefusingProxy(
  respond: (socket: Socket) => void,
  { certificate }: ProxyOptions = {},
) {
  let connectCount = 0;
  const server = certificate ? createTlsServer(certificate) : createServer();
  server.on('connect', (_, socket: Socket) => {
    connectCount++;
    socket.on('error', () => {});
    socket.on('end', () => socket.end()).resume();
    respond(socket);
  });
  return {
    ...(await listen(server as Server, certificate ? 'https' : 'http')),
    /** Counts the `CONNECT` requests so far. */
    countConnects: () => connectCount,
  };
}
