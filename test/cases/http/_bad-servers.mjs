// Not a case: servers that fail in every way. Prints their URLs as one line of JSON and runs until its input ends.
import net from 'node:net';

const body = JSON.stringify({
  id: 1,
  name: 'Ada',
  created_at: '2026-01-01T00:00:00',
  updated_at: '2026-01-01T00:00:00',
});
const halfBody = body.slice(0, 20);
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n';
const faults = {
  'reset immediately': (connection) => connection.resetAndDestroy(),
  'closed immediately': (connection) => connection.end(),
  'not HTTP': (connection) => connection.end('hello\r\n\r\n'),
  'bad status line': (connection) => connection.end('HTTP/1.1 abc\r\n\r\n'),
  'truncated body': (connection) =>
    connection.end(`${head}Content-Length: ${body.length}\r\n\r\n${halfBody}`),
  'reset in the body': (connection) => {
    connection.write(`${head}Content-Length: ${body.length}\r\n\r\n${halfBody}`);
    setTimeout(() => connection.resetAndDestroy(), 150);
  },
  'truncated chunks': (connection) =>
    connection.end(`${head}Transfer-Encoding: chunked\r\n\r\n14\r\n${halfBody}\r\n`),
  'malformed chunks': (connection) =>
    connection.end(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}`),
  'plain text labeled gzip': (connection) =>
    connection.end(`${head}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  'two lengths': (connection) =>
    connection.end(`${head}Content-Length: ${body.length}\r\nContent-Length: 5\r\n\r\n${body}`),
};
const urls = {};
const listen = (server) =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)),
  );
for (const [kind, respond] of Object.entries(faults))
  urls[kind] = await listen(
    net.createServer((connection) => {
      connection.on('error', () => {});
      connection.once('data', () => respond(connection));
    }),
  );
const closedServer = net.createServer();
urls.refused = await listen(closedServer);
await new Promise((resolve) => closedServer.close(resolve));
console.log(JSON.stringify(urls));
process.stdin.resume().on('end', () => process.exit(0));
