import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSender } from '../../support/sender.js';
import { startServiceWithSender } from './helpers.js';
import { localPorts, rawConnection, rawExchange } from './raw-http.js';

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('listen', () => {
  it('uses HTTP/1.1 and keeps the connection alive by default', async () => {
    const { url, port } = await startServiceWithSender();
    const [first, ...others] = await localPorts(`${url}/health`, 3);
    expect(others).toEqual([first, first]);
    const connection = rawConnection(port);
    connection.write(GET('/health'));
    expect(await connection.waitFor(/\n$/)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('closes the connection after every response with keepAlive: false', async () => {
    const { port, url } = await startServiceWithSender({}, { keepAlive: false });
    const { received } = await rawExchange(port, GET('/health'));
    expect(received).toMatch(/\r\nconnection: close\r\n/i);
    expect(new Set(await localPorts(`${url}/health`, 3)).size).toBe(3);
  });

  it('listens on its URL', async () => {
    const { url, port } = await startServiceWithSender();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('accepts absolute request targets, and checks their host', async () => {
    const { port } = await startServiceWithSender({ seed: 1 }, { keepAlive: false });
    const send = async (target: string, host = 'localhost') =>
      (await rawExchange(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).received;
    const response = await send(`http://localhost:${port}/api/v1/personas?per_page=1`);
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"per_page": ?1\b/);
    expect(await send(`HTTP://127.0.0.1:${port}/health`)).toMatch(/^HTTP\/1\.1 200 /);
    for (const target of [
      `http://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}?page=1`,
      '/http://localhost/health',
    ])
      expect(await send(target)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await send('http://evil.example/health')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await send(`http://localhost:${port}/health`, 'evil.example')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('names the port that is in use, and suggests another port', async () => {
    const { port } = await startServiceWithSender();
    const second = createPersonaService();
    onTestFinished(() => second.close());
    await expect(second.listen({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringMatching(`Port ${port} on 127.0.0.1 is already in use.*another port`),
    });
  });

  it('accepts a body of 16 MiB, and fails with 413 if it is larger', async () => {
    const { send, service } = await startServiceWithSender();
    const json = (bytes: number) => `{"name":"x"${' '.repeat(bytes - 12)}}`;
    expect((await send('POST', '/api/v1/personas', json(16 * 1024 * 1024))).status).toBe(201);
    const reply = await send('POST', '/api/v1/personas', json(16 * 1024 * 1024 + 1));
    expect(reply.status).toBe(413);
    expect(service.requests.at(-1)?.body).toBe('');
  });

  it('does not resolve dots in a path', async () => {
    const { port } = await startServiceWithSender();
    const { received } = await rawExchange(
      port,
      'GET /api/v1/personas/1/../2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(received).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('closes one listener without closing the service and its other listeners', async () => {
    const { service, url } = await startServiceWithSender();
    const other = await service.listen({ port: 0 });
    await other.close();
    await expect(fetch(`${other.url}/health`)).rejects.toThrow();
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('delays every request by latencyMs', async () => {
    const { send } = await startServiceWithSender({ latencyMs: 40 });
    const before = performance.now();
    await send('GET', '/health');
    expect(performance.now() - before).toBeGreaterThanOrEqual(39);
  });
});

describe('the Host header', () => {
  const send = async (port: number, head: string) => {
    const { received } = await rawExchange(port, `${head}\r\nConnection: close\r\n\r\n`);
    return received;
  };

  it.each([
    'localhost',
    'LOCALHOST:5050',
    'localhost.',
    'app.localhost:3000',
    '127.0.0.1',
    '127.0.0.1:5050',
    '192.168.1.5:5050', // no name, so no page can rebind it
    '[::1]',
    '[::1]:5050',
    '[2001:db8::1]:5050',
    'personas',
    'Personas:5050',
    'personas.internal:80',
  ])('may be %s', async (host) => {
    const { port, service } = await startServiceWithSender(
      {},
      { allowedHosts: ['personas', 'Personas.Internal'] },
    );
    expect(await send(port, `GET /health HTTP/1.1\r\nHost: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(service.requests).toHaveLength(1);
  });

  it.each([
    'evil.example',
    'evil.example:5050',
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example',
    'evil.example@localhost',
    'localhost@evil.example',
    'localhost:5050:1',
    'evil.example#localhost',
    '[::1].evil.example',
    '[evil.example]',
    '::1',
    'x.personas',
    '',
  ])('may not be %j: no endpoint responds, reads and writes alike', async (host) => {
    const { port, service } = await startServiceWithSender({}, { allowedHosts: ['personas'] });
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST']) {
      const head = `${method} /api/v1/personas/1 HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0`;
      expect(await send(port, `${head}\r\nOrigin: http://evil.example`)).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(service.requests).toEqual([]);
  });

  it('is required, also by HTTP/1.0', async () => {
    const { port, service } = await startServiceWithSender();
    expect(await send(port, 'GET /health HTTP/1.0')).toMatch(/^HTTP\/1\.1 403 [\s\S]*no valid Host header/);
    expect(await send(port, 'GET /health HTTP/1.1')).toMatch(/^HTTP\/1\.1 400 /);
    expect(service.requests).toEqual([]);
  });

  it('is explained if it is rejected', async () => {
    const { port } = await startServiceWithSender();
    const received = await send(port, 'GET /health HTTP/1.1\r\nHost: personas:5050');
    expect(received).toContain('does not accept the host name personas.');
    expect(received).toContain('--allowed-hosts personas');
  });

  it('may be the name that the service listens on, at any address', async () => {
    const { port } = await startServiceWithSender({}, { host: '0.0.0.0' });
    for (const host of ['0.0.0.0', '127.0.0.1', 'localhost'])
      expect(await send(port, `GET /health HTTP/1.1\r\nHost: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await send(port, 'GET /health HTTP/1.1\r\nHost: personas')).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each(['http://personas', 'per sonas', 'a/b', ''])('cannot be allowed to be %j', async (name) => {
    const service = createPersonaService();
    onTestFinished(() => service.close());
    await expect(service.listen({ port: 0, allowedHosts: [name] })).rejects.toThrow(
      `"${name}" is not a host name`,
    );
  });
});

describe('close', () => {
  it('ends idle, delayed, and stalled connections immediately', async () => {
    const { service, port } = await startServiceWithSender();
    service.faults.add({ stall: true, match: { path: '/stalled' } });
    service.faults.add({ delayMs: 3_600_000, match: { path: '/delayed' } });
    const [idle, stalled, delayed] = [rawConnection(port), rawConnection(port), rawConnection(port)];
    idle.write(GET('/health'));
    stalled.write(GET('/stalled'));
    await Promise.all([idle.waitFor(/\n$/), stalled.waitFor(/\r\n\r\n/)]);
    delayed.write(GET('/delayed'));
    await expect.poll(() => service.requests.length).toBe(3);
    await service.close();
    await Promise.all([idle.ended, stalled.ended, delayed.ended]);
  });

  it('rejects later requests and listeners', async () => {
    const { service, url } = await startServiceWithSender();
    await service.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    await expect(service.fetch('http://service/health')).rejects.toThrow(/closed/);
    await expect(service.listen({ port: 0 })).rejects.toThrow(/closed/);
    await service.close();
  });

  it('runs automatically at the end of an `await using` scope', async () => {
    let url = '';
    {
      await using service = createPersonaService();
      ({ url } = await service.listen({ port: 0 }));
      expect((await createSender(url)('GET', '/health')).status).toBe(200);
    }
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
