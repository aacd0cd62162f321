// Every runtime describes a broken connection in its own words: workerd, Firefox, Bun, Deno, React Native, Electron, Safari.
// The client knows some of the messages. The others end in raw errors, after one request, and a create has no maybeApplied.
// Every rejection of the platform's fetch should be a retried connection_failed. A list of messages is never complete.
import { check, describeOutcome, finish, load } from '../lib.mjs';

const { PersonaClient } = await load();
const createErrorFactory = (ErrorClass, message, properties) => () =>
  Object.assign(new ErrorClass(message), properties);
const errors = {
  'Node, connection reset (control)': createErrorFactory(TypeError, 'fetch failed', {
    cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
  }),
  'workerd, refused, reset or truncated': createErrorFactory(Error, 'Network connection lost.', {
    retryable: true,
  }),
  'workerd, DNS, TLS or not HTTP': createErrorFactory(Error, 'internal error; reference = abc'),
  'workerd, broken gzip': createErrorFactory(TypeError, 'Gzip decompression failed.'),
  'Firefox, truncated body': createErrorFactory(TypeError, 'Error in input stream'),
  'Bun, broken gzip': createErrorFactory(TypeError, 'ZlibError fetching "http://x"', { code: 'ZlibError' }),
  'Bun, malformed chunks': createErrorFactory(TypeError, 'InvalidHTTPResponse fetching "http://x"', {
    code: 'InvalidHTTPResponse',
  }),
  'Bun, not HTTP': createErrorFactory(TypeError, 'Malformed_HTTP_Response fetching "http://x"', {
    code: 'Malformed_HTTP_Response',
  }),
  'Bun, two lengths': createErrorFactory(TypeError, 'InvalidContentLength fetching "http://x"', {
    code: 'InvalidContentLength',
  }),
  'Deno, broken gzip': createErrorFactory(TypeError, 'Invalid gzip header'),
  'React Native and whatwg-fetch, any failure': createErrorFactory(TypeError, 'Network request failed'),
  'Electron net.fetch, any failure': createErrorFactory(Error, 'net::ERR_INTERNET_DISCONNECTED'),
  'Safari 16, unknown host': createErrorFactory(
    TypeError,
    'A server with the specified hostname could not be found.',
  ),
  'Safari 16, refused': createErrorFactory(TypeError, 'Could not connect to the server.'),
};
for (const [name, error] of Object.entries(errors)) {
  let requests = 0;
  const fetch = async () => {
    requests++;
    throw error();
  };
  globalThis.fetch = fetch; // Electron's net.fetch is passed as an option instead.
  const client = new PersonaClient({
    baseUrl: 'http://localhost:1',
    dialect: 'subresource',
    cache: false,
    breaker: false,
    retry: { limit: 2, backoffMs: 1 },
    ...(name.startsWith('Electron') && { fetch }),
  });
  const read = await describeOutcome(client.personas.get(1));
  check(
    `${name}: a read fails with connection_failed after 3 requests`,
    /^connection_failed/.test(read) && requests === 3,
    `${read}, ${requests} request(s)`,
    'connection_failed, 3 requests',
  );
  const write = await describeOutcome(client.personas.create({ name: 'x' }));
  check(
    `${name}: a create says whether it may have been applied`,
    /maybeApplied=/.test(write),
    write,
    'maybeApplied=true or false',
  );
}
finish();
