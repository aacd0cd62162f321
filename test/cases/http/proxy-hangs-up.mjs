// The pooled transport uses a proxy that closes the connection on CONNECT (overloaded, or the wrong port).
// One read with retry: false sends thousands of CONNECTs per second until timeoutMs. A create then says maybeApplied: true.
// One attempt should send one CONNECT and fail immediately. The request was never sent, so the create was not applied.
// undici 7 loops here and undici 8 does not, but the peer range allows only 7.
// The message should name the proxy if it responds to CONNECT with 403 or 407.
import { fork } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

if (process.argv[3] === 'proxy') {
  // A process of its own, so that its CPU time does not count as the client's.
  let connects = 0;
  const reply = process.argv[4];
  const server = http.createServer();
  server.on('connect', (_request, socket) => {
    connects++;
    socket.on('error', () => {});
    if (reply === 'hang up') socket.destroy();
    else socket.end(`HTTP/1.1 ${reply} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', () => {
    process.send(connects);
    process.exit(0);
  });
} else {
  setTimeLimitSeconds(40);
  const { PersonaClient } = await load();
  const { createPooledTransport } = await load('node.js');
  for (const [reply, method] of [
    ['hang up', 'get'],
    ['hang up', 'create'],
    ['407', 'create'],
    ['403', 'create'],
  ]) {
    const proxy = fork(fileURLToPath(import.meta.url), [process.argv[2], 'proxy', reply]);
    const nextMessage = () => new Promise((resolve) => proxy.once('message', resolve));
    const port = await nextMessage();
    const transport = await createPooledTransport({ proxy: `http://127.0.0.1:${port}` });
    const client = new PersonaClient({
      baseUrl: 'https://127.0.0.1:9',
      dialect: 'subresource',
      fetch: transport.fetch,
      timeoutMs: 2000,
      retry: false,
    });
    const { error } = await settle(
      method === 'get' ? client.personas.get(1) : client.personas.create({ name: 'x' }),
    );
    proxy.send('end');
    const connects = await nextMessage();
    check(
      `CONNECT: ${reply}; one ${method} with retry: false sends one CONNECT`,
      connects <= 2,
      `${connects} CONNECTs in 2 s`,
      1,
    );
    if (method === 'create')
      check(
        `CONNECT: ${reply}; the create was not applied`,
        error.maybeApplied === false,
        `maybeApplied=${error.maybeApplied}`,
        'maybeApplied=false',
      );
    if (reply !== 'hang up')
      check(
        `CONNECT: ${reply}; the message names the proxy and its status`,
        error.message.includes(reply) && /proxy/i.test(error.message),
        error.message,
        `… the proxy responded with ${reply}`,
      );
  }
  finish();
}
