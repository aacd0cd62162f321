// The pooled transport has proxy: 'http://user:password@...', and the server there is not an HTTP proxy but echoes its input.
// The printed error contains the proxy's Basic credentials.
// SECURITY.md promises that errors contain no password and no header. The client must drop the raw bytes of parser errors.
import net from 'node:net';
import util from 'node:util';
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPooledTransport } = await load('node.js');
const secret = 'SECRETPROXY';
const basic = Buffer.from(`user:${secret}`).toString('base64');
const echo = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.on('data', (d) => connection.write(d));
});
await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
for (const baseUrl of ['https://personas.example.com', 'http://127.0.0.1:9']) {
  const transport = await createPooledTransport({
    proxy: `http://user:${secret}@127.0.0.1:${echo.address().port}`,
  });
  const client = new PersonaClient({
    baseUrl,
    fetch: transport.fetch,
    retry: false,
    dialect: 'subresource',
    timeoutMs: 2000,
  });
  const { error } = await settle(client.personas.get(1));
  const text = util.inspect(error, { depth: 9 });
  check(
    `${baseUrl}: the printed error has no proxy password`,
    !text.includes(secret) && !text.includes(basic),
    'Basic credentials',
    'none',
  );
}
finish();
