// A company proxy allows CONNECT to port 443 only, as Squid does by default. The service has an http: URL.
// The pooled transport sends CONNECT for http: services too, and the proxy rejects it. curl and browsers work.
// For an http: service, the client should send the absolute URL to the proxy (undici: proxyTunnel: false).
import http from 'node:http';
import {
  check,
  createPersona,
  describeOutcome,
  finish,
  load,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPooledTransport } = await load('node.js');
const service = await startStubService(() => ({ body: createPersona(1) }));
const requestLines = [];
const proxy = http.createServer((request, response) => {
  requestLines.push(`${request.method} ${request.url}`);
  const upstream = http.request(
    request.url,
    { method: request.method, headers: request.headers },
    (upstreamResponse) => {
      response.writeHead(upstreamResponse.statusCode, upstreamResponse.headers);
      upstreamResponse.pipe(response);
    },
  );
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
});
proxy.on('connect', (request, socket) => {
  requestLines.push(`CONNECT ${request.url}`);
  socket.on('error', () => {});
  socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const transport = await createPooledTransport({ proxy: `http://127.0.0.1:${proxy.address().port}` });
const client = new PersonaClient({
  baseUrl: service.url,
  dialect: 'subresource',
  fetch: transport.fetch,
  timeoutMs: 2000,
  retry: false,
});
const outcome = await describeOutcome(client.personas.get(1));
check(
  'a read of an http: service through the proxy',
  outcome === '"P1"',
  `${outcome}; the proxy received ${requestLines[0]}`,
  '"P1"; GET http://…',
);
finish();
