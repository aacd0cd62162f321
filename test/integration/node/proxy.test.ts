import type { Socket } from 'node:net';
import {
  type ClientOptions,
  PersonaAbortError,
  type PersonaClient,
  PersonaConnectionError,
  PersonaTimeoutError,
  PersonaValidationError,
} from 'persona-client';
import { createPooledTransport, type PooledTransportOptions } from 'persona-client/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSelfSignedCertificate } from '../../support/certificate.js';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { serveProxy, serveRefusingProxy } from '../../support/proxies.js';
import { serveH2, serveHttp, serveSocket, serveTls } from '../../support/servers.js';
import { createTestClient } from '../../support/service.js';

const PERSONA = JSON.stringify({
  id: 1,
  name: 'Ada',
  created_at: '2026-01-01T00:00:00',
  updated_at: '2026-01-01T00:00:00',
});
const CREDENTIALS = 'user:p%40ss';
const AUTHORIZATION = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;

type ProxyUrl = `http://${string}`;

const addCredentials = (url: string) => url.replace('://', `://${CREDENTIALS}@`) as ProxyUrl;
const getHost = (url: string) => new URL(url).host;
const servePersona = () =>
  serveHttp((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(PERSONA);
  });

async function createPool(options: PooledTransportOptions) {
  const transport = await createPooledTransport(options);
  onTestFinished(() => transport.close());
  return transport.fetch;
}

async function connect(baseUrl: string, pool: PooledTransportOptions, options: ClientOptions = {}) {
  const fetch = await createPool(pool);
  return createTestClient({ baseUrl, fetch, dialect: 'subresource', cache: false, retry: false, ...options });
}

const create = (client: PersonaClient) => client.personas.create({ name: 'Ada' });

describe.each([
  { scheme: 'http', proxyScheme: 'http' },
  { scheme: 'https', proxyScheme: 'http' },
  { scheme: 'http', proxyScheme: 'https' },
  { scheme: 'https', proxyScheme: 'https' },
])('an $proxyScheme proxy for an $scheme service', ({ scheme, proxyScheme }) => {
  const certificate = createSelfSignedCertificate();

  async function setup(authorization?: string) {
    const plain = await servePersona();
    const service = scheme === 'http' ? plain : await serveTls(certificate, plain.url);
    const proxy = await serveProxy({
      ...(proxyScheme === 'https' && { certificate }),
      ...(authorization && { authorization }),
    });
    const host = getHost(service.url);
    const requestLine = scheme === 'http' ? `GET http://${host}/api/v1/personas/1` : `CONNECT ${host}`;
    return { service, proxy, requestLine };
  }

  it('receives whole URLs for http, and CONNECT for https', async () => {
    const { service, proxy, requestLine } = await setup();
    const client = await connect(service.url, {
      proxy: proxy.url as ProxyUrl,
      ca: certificate.cert,
      connections: 1,
    });
    expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
    expect(await create(client)).toMatchObject({ name: 'Ada' });
    expect(proxy.requestLines[0]).toBe(requestLine);
    expect(proxy.countOpenedSockets()).toBe(1);
  });

  it('receives the credentials of its URL, and the service does not', async () => {
    const { service, proxy } = await setup(AUTHORIZATION);
    const proxyUrl = addCredentials(proxy.url);
    const fetch = await createPool({ proxy: proxyUrl, ca: certificate.cert });
    expect(await (await fetch(service.url)).json()).toMatchObject({ name: 'Ada' });
    const client = await connect(service.url, { proxy: proxyUrl, ca: certificate.cert });
    expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
  });

  it('is named with its status if it requires other credentials', async () => {
    const { service, proxy } = await setup('Basic other');
    const client = await connect(service.url, { proxy: addCredentials(proxy.url), ca: certificate.cert });
    const error = await expectRejection(PersonaConnectionError, create(client));
    expect(error).toMatchObject({ attempts: 1, maybeApplied: false });
    expect(error.message).toMatch(`the proxy ${getHost(proxy.url)} responded`);
    expect(error.message).toContain('407');
    expect(error.message).not.toMatch(/user|p@ss|p%40ss/);
    expect(proxy.requestLines).toHaveLength(1);
  });

  if (proxyScheme === 'https')
    it('is named if its certificate is not trusted', async () => {
      const { service, proxy } = await setup();
      const client = await connect(service.url, { proxy: proxy.url as ProxyUrl });
      const error = await expectRejection(PersonaConnectionError, create(client));
      expect(error.message).toContain(`the connection to the proxy ${getHost(proxy.url)} failed (DEPTH_ZERO`);
      expect(error.maybeApplied).toBe(false);
    });
});

describe.each<[string, (socket: Socket) => void, string]>([
  ['closes the connection', (socket) => socket.end(), 'closed the connection instead of responding'],
  [
    'resets the connection',
    (socket) => ('encrypted' in socket ? socket.destroy() : socket.resetAndDestroy()),
    'closed the connection',
  ],
  [
    'closes the connection within its response',
    (socket) => socket.end('HTTP/1.1 2'),
    'closed the connection',
  ],
  ['responds with 403', (socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'), 'responded to CONNECT with 403'],
  ['responds with 407', (socket) => socket.write('HTTP/1.1 407 No\r\n\r\n'), 'responded to CONNECT with 407'],
  ['responds with 502', (socket) => socket.write('HTTP/1.0 502 No\r\n\r\n'), 'responded to CONNECT with 502'],
  [
    'responds with 100, then 503',
    (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\n\r\n'),
    'responded to CONNECT with 503',
  ],
  ['responds with garbage', (socket) => socket.write('220 mail ready\r\n'), 'sent an invalid response'],
  [
    'responds without end',
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`),
    'sent an invalid',
  ],
  ['responds without a status', (socket) => socket.write('HTTP/1.1 \r\n\r\n'), 'sent an invalid response'],
  ['opens a tunnel and closes it', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'), 'failed (ECONNRESET)'],
  [
    'opens a tunnel to something else',
    (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n220 mail ready\r\n'),
    'failed (ERR_SSL_',
  ],
])('a proxy that %s', (_, respond, problem) => {
  it.each(['http', 'https'])(
    'is asked once per attempt, and the create was not applied: %s',
    async (scheme) => {
      const certificate = createSelfSignedCertificate();
      const proxy = await serveRefusingProxy(respond, scheme === 'https' ? { certificate } : {});
      const pool = { proxy: addCredentials(proxy.url), ca: certificate.cert };
      const client = await connect('https://personas.example.com', pool);
      for (const call of [create, (caller: PersonaClient) => caller.personas.get(1)]) {
        const error = await expectRejection(PersonaConnectionError, call(client));
        expect(error).toMatchObject({ attempts: 1, maybeApplied: false });
        expect(error.message).toContain(`the proxy ${getHost(proxy.url)}`);
        expect(error.message).toContain(problem);
        expect(error.message).not.toMatch(/user|p@ss|p%40ss/);
      }
      expect(proxy.countConnects()).toBe(2);
      const retrying = await connect('https://personas.example.com', pool, {
        retry: { limit: 2, backoffMs: 0 },
      });
      await expectRejection(PersonaConnectionError, retrying.personas.get(1));
      expect(proxy.countConnects()).toBe(5);
      await vi.waitFor(() => expect(proxy.countOpenSockets()).toBe(0));
    },
  );

  it('is named if the application wraps fetch', async () => {
    const proxy = await serveRefusingProxy(respond);
    const fetch = await createPool({ proxy: proxy.url as ProxyUrl });
    const client = await connect(
      'https://personas.example.com',
      {},
      {
        fetch: (...request) => fetch(...request),
      },
    );
    const error = await expectRejection(PersonaConnectionError, create(client));
    expect(error.message).toContain(problem);
    expect(error.maybeApplied).toBe(false);
  });
});

describe('a proxy that does not respond', () => {
  const certificate = createSelfSignedCertificate();
  const SERVERS: Readonly<Record<string, () => Promise<{ readonly url: string }>>> = {
    'to CONNECT': () => serveRefusingProxy(() => {}),
    'to CONNECT over TLS': () => serveRefusingProxy(() => {}, { certificate }),
    'to a TLS handshake': async () => ({ url: (await serveSocket(() => {})).url.replace('http', 'https') }),
    'in the tunnel': () => serveRefusingProxy((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n')),
  };

  async function setup(name: string, options: ClientOptions) {
    const { url } = (await SERVERS[name]?.()) ?? expect.fail();
    const { fetch } = await createPooledTransport({ proxy: url as ProxyUrl, ca: certificate.cert });
    const baseUrl = 'https://personas.example.com';
    const client = createTestClient({ baseUrl, fetch, dialect: 'subresource', retry: false, ...options });
    return { client, host: getHost(url) };
  }

  it.each(Object.keys(SERVERS))(
    '%s is named after a timeout, and the create was not applied',
    async (name) => {
      const { client, host } = await setup(name, { timeoutMs: 200 });
      const error = await expectRejection(PersonaTimeoutError, create(client));
      expect(error.message).toContain(`no connection through the proxy ${host} within 200 ms`);
      expect(error.maybeApplied).toBe(false);
    },
  );

  it.each(Object.keys(SERVERS))(
    '%s: after a deadline or an abort, the create was not applied',
    async (name) => {
      const { client } = await setup(name, {});
      const late = client.personas.create({ name: 'Ada' }, { deadlineMs: 200 });
      expect((await expectRejection(PersonaTimeoutError, late)).maybeApplied).toBe(false);
      const aborted = client.personas.create({ name: 'Ada' }, { signal: AbortSignal.timeout(200) });
      expect((await expectRejection(PersonaAbortError, aborted)).maybeApplied).toBe(false);
    },
  );

  it('to CONNECT fails after 10 seconds, if the client waits longer', async () => {
    const proxy = await serveRefusingProxy(() => {});
    const client = await connect('https://personas.example.com', { proxy: proxy.url as ProxyUrl });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const failure = expectRejection(
      PersonaConnectionError,
      client.personas.create({ name: 'Ada' }, { timeoutMs: 60_000 }),
    );
    while (proxy.countConnects() === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(10_000);
    const { message, maybeApplied } = await failure;
    expect(message).toContain(`the proxy ${getHost(proxy.url)} did not respond to CONNECT within 10000 ms`);
    expect(maybeApplied).toBe(false);
  });
});

it('a tunnel can carry HTTP/2', async () => {
  const certificate = createSelfSignedCertificate();
  const [service, proxy] = [await serveH2(certificate), await serveProxy()];
  for (const allowH2 of [true, false]) {
    const options = { allowH2, proxy: proxy.url as ProxyUrl, ca: certificate.cert };
    await (await (await createPool(options))(service.url)).text();
  }
  expect(service.versions).toEqual(['2.0', '1.1']);
});

it('a proxy that refuses the connection is named', async () => {
  const proxy = await serveSocket(() => {});
  proxy.close();
  for (const baseUrl of ['http://personas.example.com', 'https://personas.example.com']) {
    const client = await connect(baseUrl, { proxy: proxy.url as ProxyUrl });
    const error = await expectRejection(PersonaConnectionError, create(client));
    expect(error.message).toContain(
      `the connection to the proxy ${getHost(proxy.url)} failed (ECONNREFUSED)`,
    );
    expect(error.maybeApplied).toBe(false);
  }
});

describe("proxy: 'env'", () => {
  const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const setEnvironment = (values: Record<string, string>) => {
    for (const name of NAMES) vi.stubEnv(name, values[name]);
  };

  async function usesProxy(values: Record<string, string>, path = '') {
    const [service, proxy] = [await servePersona(), await serveProxy()];
    const fill = (value: string) =>
      value.replace('PROXY', getHost(proxy.url)).replace('PORT', new URL(service.url).port);
    setEnvironment(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value)])));
    const fetch = await createPool({ proxy: 'env' });
    await (await fetch(service.url + path)).text();
    return proxy.requestLines.length === 1;
  }

  it.each([
    { HTTP_PROXY: 'http://PROXY' },
    { http_proxy: 'http://PROXY', HTTP_PROXY: 'http://127.0.0.1:1' },
    { HTTP_PROXY: 'PROXY' },
  ])('reads %j', async (values) => {
    expect(await usesProxy(values)).toBe(true);
  });

  it('reads HTTPS_PROXY for an https service, and otherwise HTTP_PROXY', async () => {
    const certificate = createSelfSignedCertificate();
    const service = await serveTls(certificate, (await servePersona()).url);
    const proxy = await serveProxy();
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY']) {
      setEnvironment({ [name]: proxy.url });
      const fetch = await createPool({ proxy: 'env', ca: certificate.cert });
      await (await fetch(service.url)).text();
    }
    expect(proxy.requestLines).toEqual(Array(2).fill(`CONNECT ${getHost(service.url)}`));
  });

  it.each(['127.0.0.1', '*', 'example.com, 127.0.0.1', 'example.com 127.0.0.1:PORT', '.0.0.1'])(
    'NO_PROXY=%s exempts the service',
    async (noProxy) => {
      expect(await usesProxy({ HTTP_PROXY: 'http://PROXY', NO_PROXY: noProxy })).toBe(false);
      expect(await usesProxy({ HTTP_PROXY: 'http://PROXY', no_proxy: noProxy })).toBe(false);
    },
  );

  it.each(['', '127.0.0.1:1', '7.0.0.1', '127.0.0', 'example.com'])(
    'NO_PROXY=%s does not exempt the service',
    async (noProxy) => {
      expect(await usesProxy({ HTTP_PROXY: 'http://PROXY', NO_PROXY: noProxy })).toBe(true);
    },
  );

  it('is not the default', async () => {
    const [service, proxy] = [await servePersona(), await serveProxy()];
    setEnvironment({ HTTP_PROXY: proxy.url });
    const fetch = await createPool({});
    await (await fetch(service.url)).text();
    expect(proxy.requestLines).toEqual([]);
  });

  it.each(['socks5://user:secret@127.0.0.1:1', 'http://user:secret%@127.0.0.1', ':secret'])(
    'rejects %s, and names the variable',
    async (value) => {
      setEnvironment({ https_proxy: value });
      const error = await expectRejection(TypeError, createPooledTransport({ proxy: 'env' }));
      expect(error.message).toContain('HTTPS_PROXY must be an http(s) URL');
      expect(error.message).not.toContain('secret');
    },
  );
});

describe('the header proxy-authorization', () => {
  const headers = { 'Proxy-Authorization': 'Basic secret' };

  it('is invalid together with a proxy, in the client and in a call', async () => {
    const fetch = await createPool({ proxy: 'http://127.0.0.1:9' });
    const baseUrl = 'https://personas.example.com';
    const client = createTestClient({ baseUrl, fetch });
    for (const error of [
      expectThrow(PersonaValidationError, () => createTestClient({ baseUrl, fetch, headers })),
      await expectRejection(PersonaValidationError, client.personas.get(1, { headers })),
    ]) {
      expect(error).toMatchObject({ attempts: 0 });
      expect(error.issues).toMatchObject([{ path: ['headers', 'Proxy-Authorization'] }]);
      expect(error.message).toContain('Put the credentials into the URL of the proxy');
      expect(error.message).not.toContain('secret');
    }
  });

  it('reaches the service without a proxy', async () => {
    const received: unknown[] = [];
    const { url } = await serveHttp((request, response) => {
      received.push(request.headers['proxy-authorization']);
      response.end(PERSONA);
    });
    const client = await connect(url, {}, { headers });
    await client.personas.get(1);
    expect(received).toEqual(['Basic secret']);
  });
});
