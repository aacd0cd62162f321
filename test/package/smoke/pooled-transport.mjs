import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { PersonaClient } from 'persona-client';
import * as esm from 'persona-client/node';

const [, , baseUrl, callCount] = process.argv;
const cjs = createRequire(import.meta.url)('persona-client/node');
for (const { createPooledTransport } of [esm, cjs]) {
  const transport = await createPooledTransport({ connections: 20 });
  const client = new PersonaClient({ baseUrl, fetch: transport.fetch, concurrency: 50 });
  let remaining = Number(callCount);
  const worker = async () => {
    while (remaining-- > 0) assert.equal((await client.personas.get(1, { cache: 'no-store' })).id, 1);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  client.close();
  await transport.close();
}

// A proxy that responds to requests for http services, and closes the connection on CONNECT.
const requestLines = [];
const time = '2026-01-02T03:04:05.000006';
const persona = JSON.stringify({ id: 1, name: 'Proxied', created_at: time, updated_at: time });
const proxy = createServer((request, response) => {
  requestLines.push(`${request.method} ${request.url}`);
  response.setHeader('content-type', 'application/json');
  response.end(persona);
});
proxy.on('connect', ({ url }, socket) => {
  requestLines.push(`CONNECT ${url}`);
  socket.destroy();
});
await once(proxy.listen(0, '127.0.0.1'), 'listening');
const proxyUrl = `http://127.0.0.1:${proxy.address().port}`;
const transport = await esm.createPooledTransport({ proxy: proxyUrl });
const connect = (url) =>
  new PersonaClient({ baseUrl: url, fetch: transport.fetch, dialect: 'subresource', retry: false });
assert.equal((await connect('http://personas.example.com').personas.get(1)).id, 1);
const error = await connect('https://personas.example.com')
  .personas.create({ name: 'Ada' })
  .catch((reason) => reason);
assert.match(error.message, /the proxy 127\.0\.0\.1:\d+ closed the connection/);
assert.equal(error.maybeApplied, false);
assert.deepEqual(requestLines, [
  'GET http://personas.example.com/api/v1/personas/1',
  'CONNECT personas.example.com:443',
]);
await transport.close();
proxy.close();
console.log('pooled transport: ok');
