import { type PersonaClient, PersonaConnectionError } from 'persona-client';
import { createPooledTransport, type PooledTransportOptions } from 'persona-client/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSelfSignedCertificate } from '../../support/certificate.js';
import { expectRejection } from '../../support/failures.js';
import { serveH2, serveHttp } from '../../support/servers.js';
import { createTestClient, startService } from '../../support/service.js';

async function createPool(options: PooledTransportOptions = {}) {
  const transport = await createPooledTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

const EMPTY = JSON.stringify({ personas: [], total: 0, page: 1, per_page: 1 });
const serveEmptyList = () => serveHttp((_, response) => response.end(EMPTY));
const listPersonas = (client: PersonaClient) => client.personas.list({}, { cache: 'no-store', retry: false });

describe('the pool', () => {
  it('serves 5,000 calls with at most 20 reused sockets', async () => {
    const server = await serveEmptyList();
    const { fetch } = await createPool({ connections: 20 });
    const client = createTestClient({ baseUrl: server.url, fetch, concurrency: 100, dialect: 'subresource' });
    let remaining = 5_000;
    const worker = async () => {
      while (remaining-- > 0) await listPersonas(client);
    };
    await Promise.all(Array.from({ length: 100 }, worker));
    expect(server.countOpenedSockets()).toBeLessThanOrEqual(20);
    expect(1 - server.countOpenedSockets() / 5_000).toBeGreaterThan(0.99);
    console.log(
      `5,000 calls: ${server.countOpenedSockets()} sockets, ${(100 - server.countOpenedSockets() / 50).toFixed(1)} % of the calls on a reused socket`,
    );
  });

  it('opens no more sockets than the concurrency of the client', async () => {
    const server = await serveEmptyList();
    const { fetch } = await createPool({ connections: 20 });
    const client = createTestClient({ baseUrl: server.url, fetch, concurrency: 5, dialect: 'subresource' });
    await Promise.all(Array.from({ length: 300 }, () => listPersonas(client)));
    expect(server.countOpenedSockets()).toBe(5);
  });

  it('sends every type of request of a client', async () => {
    const { url } = await startService({ auth: { users: { admin: 'secret' } } });
    const { fetch } = await createPool();
    const client = createTestClient({ baseUrl: url, fetch, auth: { username: 'admin', password: 'secret' } });
    const created = await client.personas.create({ name: 'Pooled' });
    await client.personas.update(created.id, { name: 'Renamed' });
    expect((await client.personas.get(created.id)).name).toBe('Renamed');
    await client.personas.delete(created.id);
  });

  it('closes sockets that are idle for keepAliveTimeoutMs', async () => {
    const server = await serveHttp((_, response) => {
      response.setHeader('connection', 'keep-alive'); // without a keep-alive hint
      response.end(EMPTY);
    });
    const { fetch } = await createPool({ keepAliveTimeoutMs: 50 });
    await (await fetch(server.url)).text();
    await vi.waitFor(() => expect(server.countOpenSockets()).toBe(0), 4_000);
  });

  it('sends several requests on one socket with pipelining', async () => {
    const pending: (() => void)[] = [];
    const server = await serveHttp((_, response) => pending.push(() => response.end('{}')));
    const { fetch } = await createPool({ connections: 1, pipelining: 3 });
    const responses = [1, 2, 3].map(() => fetch(server.url));
    await vi.waitFor(() => expect(pending).toHaveLength(3));
    for (const respond of pending) respond();
    await Promise.all(responses.map(async (response) => (await response).text()));
    expect(server.countOpenedSockets()).toBe(1);
  });

  it('accepts a Request object of Node', async () => {
    const server = await serveHttp(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(`${request.method} ${request.headers['x-a']} ${Buffer.concat(chunks)}`);
    });
    const { fetch } = await createPool();
    const request = new Request(server.url, { method: 'POST', headers: { 'x-a': 'b' }, body: 'c' });
    expect(await (await fetch(request)).text()).toBe('POST b c');
  });
});

describe('HTTP/2', () => {
  it.each([
    { allowH2: true, version: '2.0' },
    { allowH2: false, version: '1.1' },
  ])('is used over TLS if allowH2 is $allowH2', async ({ allowH2, version }) => {
    const certificate = createSelfSignedCertificate();
    const server = await serveH2(certificate);
    const { fetch } = await createPool({ allowH2, ca: certificate.cert });
    await (await fetch(server.url)).text();
    expect(server.versions).toEqual([version]);
  });

  it('rejects an untrusted certificate', async () => {
    const server = await serveH2(createSelfSignedCertificate());
    const { fetch } = await createPool({ allowH2: true });
    const client = createTestClient({ baseUrl: server.url, fetch, retry: false });
    await expectRejection(PersonaConnectionError, client.personas.list());
    expect(server.versions).toEqual([]);
  });
});

describe('close', () => {
  it('waits for requests in flight, closes every socket and rejects new requests', async () => {
    let respond: (() => void) | undefined;
    const server = await serveHttp((_, response) => {
      respond = () => response.end('late');
    });
    const transport = await createPooledTransport();
    const call = transport.fetch(server.url).then((response) => response.text());
    await vi.waitFor(() => expect(respond).toBeDefined());
    const closed = transport.close();
    await expect(transport.fetch(server.url)).rejects.toThrow();
    respond?.();
    expect(await call).toBe('late');
    await closed;
    await transport.close();
    await vi.waitFor(() => expect(server.countOpenSockets()).toBe(0));
  });
});

describe('options', () => {
  it.each<[object, string]>([
    [{ connections: 0 }, 'connections must be a whole number of at least 1'],
    [{ connections: 1.5 }, 'connections must be'],
    [{ keepAliveTimeoutMs: -1 }, 'keepAliveTimeoutMs must be'],
    [{ pipelining: Number.NaN }, 'pipelining must be'],
    [{ allowH2: 'yes' }, 'allowH2 must be true or false'],
    [{ proxy: 'ftp://127.0.0.1' }, "proxy must be 'env' or an http(s) URL"],
    [{ proxy: 'user:secret' }, "proxy must be 'env' or an http(s) URL"],
    [{ proxy: 'http://user:secret%@127.0.0.1' }, "proxy must be 'env' or an http(s) URL"],
    [{ proxy: new URL('http://user:secret@127.0.0.1') }, "proxy must be 'env' or an http(s) URL as text"],
    [{ ca: '/etc/ssl/secret.pem' }, 'ca must be the text of certificates in PEM format, not the path'],
    [{ sockets: 20 }, 'sockets is not known. Use one of connections, '],
  ])('rejects invalid options and names the problem: %o', async (options, message) => {
    const error = await expectRejection(TypeError, createPooledTransport(options));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('secret');
  });
});
