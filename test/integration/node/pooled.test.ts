import { type PersonaClient, PersonaConnectionError } from 'persona-client';
import { createPooledTransport, type PooledTransportOptions } from 'persona-client/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { clientOf, serve } from '../../support/service.js';
import { selfSigned } from '../../support/certificate.js';
import { serveH2, serveHttp, serveProxy } from '../../support/servers.js';

async function pool(options: PooledTransportOptions = {}) {
  const transport = await createPooledTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

const EMPTY = JSON.stringify({ personas: [], total: 0, page: 1, per_page: 1 });
const empty = () => serveHttp((_, response) => response.end(EMPTY));
const list = (client: PersonaClient) => client.personas.list({}, { cache: 'no-store', retry: false });

describe('the pool', () => {
  it('serves 5,000 calls with no more sockets than asked for, and reuses them', async () => {
    const server = await empty();
    const { fetch } = await pool({ connections: 20 });
    const client = clientOf({ baseUrl: server.url, fetch, concurrency: 100, dialect: 'subresource' });
    let left = 5_000;
    const worker = async () => {
      while (left-- > 0) await list(client);
    };
    await Promise.all(Array.from({ length: 100 }, worker));
    expect(server.opened()).toBeLessThanOrEqual(20);
    expect(1 - server.opened() / 5_000).toBeGreaterThan(0.99);
    console.log(
      `5,000 calls: ${server.opened()} sockets, ${(100 - server.opened() / 50).toFixed(1)} % on a used one`,
    );
  });

  it('opens no more sockets than the client has exchanges at a time', async () => {
    const server = await empty();
    const { fetch } = await pool({ connections: 20 });
    const client = clientOf({ baseUrl: server.url, fetch, concurrency: 5, dialect: 'subresource' });
    await Promise.all(Array.from({ length: 300 }, () => list(client)));
    expect(server.opened()).toBe(5);
  });

  it('carries every kind of request of a client', async () => {
    const { url } = await serve({ auth: { users: { admin: 'secret' } } });
    const { fetch } = await pool();
    const client = clientOf({ baseUrl: url, fetch, auth: { username: 'admin', password: 'secret' } });
    const created = await client.personas.create({ name: 'Pooled' });
    await client.personas.update(created.id, { name: 'Renamed' });
    expect((await client.personas.get(created.id)).name).toBe('Renamed');
    await client.personas.delete(created.id);
  });

  it('gives sockets back when idle for keepAliveTimeoutMs', async () => {
    const server = await serveHttp((_, response) => {
      response.setHeader('connection', 'keep-alive'); // without a hint of its own
      response.end(EMPTY);
    });
    const { fetch } = await pool({ keepAliveTimeoutMs: 50 });
    await (await fetch(server.url)).text();
    await vi.waitFor(() => expect(server.open()).toBe(0), 4_000);
  });

  it('puts requests behind one another on a socket when pipelining', async () => {
    const waiting: (() => void)[] = [];
    const server = await serveHttp((_, response) => waiting.push(() => response.end('{}')));
    const { fetch } = await pool({ connections: 1, pipelining: 3 });
    const three = [1, 2, 3].map(() => fetch(server.url));
    await vi.waitFor(() => expect(waiting).toHaveLength(3));
    for (const answer of waiting) answer();
    await Promise.all(three.map(async (response) => (await response).text()));
    expect(server.opened()).toBe(1);
  });

  it('takes a Request of Node’s own', async () => {
    const server = await serveHttp(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(`${request.method} ${request.headers['x-a']} ${Buffer.concat(chunks)}`);
    });
    const { fetch } = await pool();
    const request = new Request(server.url, { method: 'POST', headers: { 'x-a': 'b' }, body: 'c' });
    expect(await (await fetch(request)).text()).toBe('POST b c');
  });
});

describe('HTTP/2', () => {
  it.each([
    { allowH2: true, version: '2.0' },
    { allowH2: false, version: '1.1' },
  ])('is spoken over TLS when asked for: $allowH2', async ({ allowH2, version }) => {
    const certificate = selfSigned();
    const server = await serveH2(certificate);
    const { fetch } = await pool({ allowH2, ca: certificate.cert });
    await (await fetch(server.url)).text();
    expect(server.versions).toEqual([version]);
  });

  it('does not trust just any certificate', async () => {
    const server = await serveH2(selfSigned());
    const { fetch } = await pool({ allowH2: true });
    const client = clientOf({ baseUrl: server.url, fetch, retry: false });
    await failureOf(PersonaConnectionError, client.personas.list());
    expect(server.versions).toEqual([]);
  });
});

describe('a proxy', () => {
  const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const environment = (values: Record<string, string>) => {
    for (const name of NAMES) vi.stubEnv(name, values[name]);
  };

  it('is taken from the environment when asked to', async () => {
    const [server, proxy] = [await empty(), await serveProxy()];
    environment({ HTTP_PROXY: proxy.url });
    const { fetch } = await pool({ proxy: 'env' });
    await list(clientOf({ baseUrl: server.url, fetch }));
    expect(proxy.targets).toEqual([new URL(server.url).host]);
  });

  it('is taken for TLS from HTTPS_PROXY', async () => {
    const certificate = selfSigned();
    const [server, proxy] = [await serveH2(certificate), await serveProxy()];
    environment({ HTTPS_PROXY: proxy.url });
    const { fetch } = await pool({ proxy: 'env', ca: certificate.cert });
    await (await fetch(server.url)).text();
    expect(proxy.targets).toEqual([new URL(server.url).host]);
  });

  it('is left out where NO_PROXY says so', async () => {
    const [server, proxy] = [await empty(), await serveProxy()];
    environment({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    const { fetch } = await pool({ proxy: 'env' });
    await (await fetch(server.url)).text();
    expect([proxy.targets, server.opened()]).toEqual([[], 1]);
  });

  it('of the environment is no concern of a transport that was not asked to', async () => {
    const [server, proxy] = [await empty(), await serveProxy()];
    environment({ HTTP_PROXY: proxy.url });
    const { fetch } = await pool();
    await (await fetch(server.url)).text();
    expect([proxy.targets, server.opened()]).toEqual([[], 1]);
  });

  it('can be given as a URL', async () => {
    const [server, proxy] = [await empty(), await serveProxy()];
    environment({});
    const { fetch } = await pool({ proxy: proxy.url as `http://${string}` });
    await (await fetch(server.url)).text();
    expect(proxy.targets).toEqual([new URL(server.url).host]);
  });
});

describe('close', () => {
  it('lets what is under way end, then closes every socket and takes nothing more', async () => {
    let answer: (() => void) | undefined;
    const server = await serveHttp((_, response) => {
      answer = () => response.end('late');
    });
    const transport = await createPooledTransport();
    const call = transport.fetch(server.url).then((response) => response.text());
    await vi.waitFor(() => expect(answer).toBeDefined());
    const closed = transport.close();
    await expect(transport.fetch(server.url)).rejects.toThrow();
    answer?.();
    expect(await call).toBe('late');
    await closed;
    await transport.close();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ connections: 0 }, 'connections must be a whole number from 1 on'],
    [{ connections: 1.5 }, 'connections must be'],
    [{ keepAliveTimeoutMs: -1 }, 'keepAliveTimeoutMs must be'],
    [{ pipelining: Number.NaN }, 'pipelining must be'],
    [{ allowH2: 'yes' }, 'allowH2 must be true or false'],
    [{ proxy: 'ftp://127.0.0.1' }, "proxy must be 'env' or an http(s) URL"],
    [{ proxy: 'user:secret' }, "proxy must be 'env' or an http(s) URL"],
    [{ sockets: 20 }, 'has no option sockets'],
  ])('say what is wrong: %o', async (options, message) => {
    const error = await failureOf(TypeError, createPooledTransport(options));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('secret');
  });
});
