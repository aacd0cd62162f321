// The service, or another program on its port, sends malformed HTTP: an SSH banner, a negative length, bare line feeds, status 000.
// With fetch, this is connection_failed: retried, counted by the circuit breaker, and the fallback applies.
// With the pooled transport, a raw HTTPParserError ends the call after one request, and a create has no maybeApplied.
// Every error of the transport should count as a failed connection.
import net from 'node:net';
import { check, checkEqual, describeOutcome, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createPooledTransport } = await load('node.js');
const pooled = await createPooledTransport();
const malformedResponses = {
  'an SSH banner': 'SSH-2.0-OpenSSH_9.6\r\n',
  'a negative length': 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}',
  'bare line feeds': 'HTTP/1.1 200 OK\ncontent-length: 2\n\n{}',
  'status 000': 'HTTP/1.1 000 X\r\ncontent-length: 2\r\n\r\n{}',
  'HTTP/0.9': '{"id":1}',
};
for (const [scenario, bytes] of Object.entries(malformedResponses)) {
  let requests = 0;
  const server = net.createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', () => {
      requests++;
      connection.end(bytes);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const [kind, fetch] of [
    ['fetch (control)', undefined],
    ['pooled transport', pooled.fetch],
  ]) {
    const createClient = () =>
      new PersonaClient({
        baseUrl: `http://127.0.0.1:${server.address().port}`,
        dialect: 'subresource',
        breaker: false,
        retry: { limit: 2, backoffMs: 1 },
        timeoutMs: 3000,
        ...(fetch && { fetch }),
      });
    requests = 0;
    const read = await describeOutcome(createClient().personas.get(1));
    check(
      `${kind}, ${scenario}: a read is retried and fails with a PersonaError`,
      !/raw/.test(read) && requests === 3,
      `${read}, ${requests} request(s)`,
      'connection_failed, 3 requests',
    );
    const write = await describeOutcome(createClient().personas.create({ name: 'x' }));
    check(
      `${kind}, ${scenario}: a create says whether it may have been applied`,
      /maybeApplied=/.test(write),
      write,
      'maybeApplied=true',
    );
    checkEqual(
      `${kind}, ${scenario}: the fallback applies`,
      await createClient()
        .personas.get(1, { fallback: () => 'fallback' })
        .catch((e) => e.name),
      'fallback',
    );
  }
  server.close();
}
finish();
