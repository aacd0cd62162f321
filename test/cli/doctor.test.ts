import { createServer, type Socket } from 'node:net';
import { fail } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DoctorCheck, runCli, setupCli } from '../support/cli.js';
import { serveHttp } from '../support/servers.js';

const parseChecks = (stdout: string): Record<string, DoctorCheck> =>
  Object.fromEntries(JSON.parse(stdout).checks.map((check: DoctorCheck) => [check.name, check]));

it('reports a healthy service as healthy', async () => {
  const { run } = await setupCli({
    dialect: 'attributes',
    seed: 1,
    cors: { origins: ['http://localhost:3000'] },
  });
  const { stdout, code } = await run(['doctor', '--origin', 'http://localhost:3000']);
  expect(stdout).toContain('✓ dialect         attributes, 20 configured fields');
  expect(stdout).toMatch(/✓ cors .*may call the service/);
  expect(stdout).toContain('Healthy');
  expect(stdout).not.toContain('\u001b');
  expect(code).toBe(0);
});

it.each([
  [['Authorization', 'Content-Type', 'X-Request-Id'], { status: 'ok' }],
  [
    ['Authorization', 'Content-Type'],
    {
      status: 'failed',
      message: expect.stringContaining('but not with x-request-id'),
      advice: expect.stringContaining('"x-request-id": null'),
    },
  ],
])('checks the request headers that a service allows: %s', async (headers, expected) => {
  const { run } = await setupCli({ cors: { origins: ['http://localhost:3000'], headers } });
  const { stdout } = await run(['doctor', '--origin', 'http://localhost:3000', '--json']);
  expect(parseChecks(stdout)).toMatchObject({ cors: expected });
});

it('gives advice for each problem', async () => {
  const { run } = await setupCli({ auth: { users: { admin: 'x' } } });
  const { stdout, code } = await run(['doctor', '--origin', 'http://localhost:3000', '--json'], {
    env: { HTTP_PROXY: 'http://proxy.invalid:3128' },
  });
  expect(parseChecks(stdout)).toMatchObject({
    authentication: { status: 'failed', advice: expect.stringContaining('login') },
    cors: { status: 'failed', advice: expect.stringContaining('--cors') },
    proxy: { status: 'warning', advice: expect.stringContaining('NODE_USE_ENV_PROXY') },
    latency: { status: 'failed' },
  });
  expect(code).toBe(5);
});

it.each<[NodeJS.ProcessEnv, object]>([
  [
    { HTTPS_PROXY: 'http://proxy.invalid:3128' },
    { status: 'ok', message: 'HTTPS_PROXY is set, but does not apply to this service' },
  ],
  [{ HTTP_PROXY: 'proxy.invalid:3128', NO_PROXY: 'example.com 127.0.0.1' }, { status: 'ok' }],
  [{ http_proxy: 'proxy.invalid:3128', no_proxy: '*' }, { status: 'ok' }],
  [{ http_proxy: 'proxy.invalid:3128', no_proxy: '127.0.0.1:1' }, { status: 'warning' }],
  [
    { HTTP_PROXY: 'socks5://user:secret@proxy.invalid' },
    { status: 'failed', message: 'The environment variable HTTP_PROXY must be an http(s) URL.' },
  ],
])('checks the proxy in %j', async (env, expected) => {
  const { stdout } = await runCli(['doctor', '--json'], {
    env: { PERSONA_API_URL: 'http://127.0.0.1:5061', ...env },
  });
  expect(parseChecks(stdout)).toMatchObject({ proxy: expected });
  expect(stdout).not.toContain('secret');
});

it('names the port as the cause if fetch forbids it', async () => {
  const { stdout, code } = await runCli(['doctor', '--json'], {
    env: { PERSONA_API_URL: 'http://127.0.0.1:5061' },
  });
  expect(parseChecks(stdout)).toMatchObject({
    address: { status: 'failed', message: 'fetch and browsers forbid port 5061' },
    reachability: { status: 'failed', message: expect.stringContaining('fetch forbids this port') },
  });
  expect(code).toBe(6);
});

it.each([
  [
    'wrong credentials',
    { auth: { users: { admin: 'x' } } },
    'the service rejects the configured credentials (credentials_rejected)',
    'PERSONA_PASSWORD',
  ],
  [
    'credentials for a service without authentication',
    {},
    'does not offer authentication',
    'Unset PERSONA_USERNAME',
  ],
] as const)('reports %s', async (_, serviceOptions, message, advice) => {
  const { run } = await setupCli(serviceOptions);
  const env = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'wrong' };
  const { stdout, code } = await run(['doctor', '--json'], { env });
  expect(parseChecks(stdout).authentication).toEqual({
    name: 'authentication',
    status: 'failed',
    message: expect.stringContaining(message),
    advice: expect.stringContaining(advice),
  });
  expect(code).toBe(5);
});

it.each([
  [403, 'forbidden'],
  [401, 'unauthenticated'],
])('reports rejected credentials if the login succeeds but a request fails with %i', async (status, code) => {
  const { run, service } = await setupCli({ auth: { users: { admin: 'x' } } });
  service.faults.add(fail({ status, match: { path: '/api/v1/personas' } }));
  const env = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'x' };
  const { stdout } = await run(['doctor', '--json'], { env });
  expect(service.requests.map(({ path }) => path)).toContain('/api/v1/auth/login');
  expect(parseChecks(stdout).authentication).toEqual({
    name: 'authentication',
    status: 'failed',
    message: `the service rejects the configured credentials (${code})`,
    advice: expect.stringContaining('PERSONA_PASSWORD'),
  });
});

it.each([
  [403, '--allowed-hosts'],
  [421, 'Use another name'],
])('says what to do if the server does not accept the host name of the URL: %i', async (status, advice) => {
  const { run, service } = await setupCli();
  service.faults.add(fail({ status }));
  const { stdout, code } = await run(['doctor', '--json']);
  expect(parseChecks(stdout).reachability).toMatchObject({
    status: 'failed',
    advice: expect.stringContaining(advice),
  });
  expect(code).not.toBe(0);
});

it('reports missing credentials of a service that requires a login', async () => {
  const { run } = await setupCli({ auth: { users: { admin: 'x' } } });
  const { stdout } = await run(['doctor']);
  expect(stdout).toContain('authentication  the service requires a token, but no credentials are configured');
});

it('reports a wrong clock, and a server that is not a Persona Service', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2020 00:00:00 GMT\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"status":"ok"}',
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { stdout, code } = await runCli(['doctor', '--url', `http://127.0.0.1:${port}`]);
  expect(stdout).toMatch(/! clock .* s behind the clock of this machine\n.*NTP/);
  expect(stdout).toMatch(/✗ dialect .*\n.*Another server may have responded/);
  expect(code).toBe(1);
  server.close();
});

it('skips the checks that need the service if it is unreachable', async () => {
  const { stdout, code } = await runCli(['doctor', '--url', 'http://127.0.0.1:1']);
  expect(stdout).toMatch(/✗ reachability .*\n.*persona-client serve/);
  expect(stdout).toMatch(/- latency +the service is unreachable/);
  expect(code).toBe(6);
});

it('says that a service does not respond, and what to try', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const url = ['--url', `http://127.0.0.1:${port}`];
  const [patient, impatient] = await Promise.all([
    runCli(['doctor', ...url, '--json']),
    runCli(['doctor', ...url, '--json', '--timeout', '300']),
  ]);
  for (const { stdout, code } of [patient, impatient]) {
    expect(parseChecks(stdout).reachability).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/no response within 10 s|300 ms/),
      advice: expect.any(String),
    });
    expect(stdout).not.toContain('aborted');
    expect(code).toBe(6);
  }
});

describe('CORS', () => {
  const ORIGIN = 'https://app.example.com';
  const HEADERS = {
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, X-Request-Id',
  };

  it.each([
    ['all headers', 204, HEADERS, { status: 'ok' }, 0],
    [
      'any header',
      204,
      { ...HEADERS, 'access-control-allow-headers': 'authorization, *', 'access-control-allow-methods': '*' },
      { status: 'ok' },
      0,
    ],
    [
      'no X-Request-Id',
      204,
      { ...HEADERS, 'access-control-allow-headers': 'Content-Type, Authorization' },
      { status: 'failed', message: expect.stringContaining('not with x-request-id') },
      1,
    ],
    [
      '* for Authorization, and no PUT',
      204,
      { ...HEADERS, 'access-control-allow-headers': '*', 'access-control-allow-methods': 'DELETE' },
      { status: 'warning', message: expect.stringContaining('not with authorization, PUT') },
      0,
    ],
    [
      'a preflight that needs a token',
      401,
      HEADERS,
      { status: 'failed', message: expect.stringContaining('responds with 401 to the preflight') },
      1,
    ],
    [
      'another origin',
      204,
      { ...HEADERS, 'access-control-allow-origin': 'https://other.example.com' },
      { status: 'failed', message: expect.stringContaining('only pages from https://other.example.com may') },
      1,
    ],
  ] as const)('of a service with %s', async (_, status, headers, expected, expectedCode) => {
    const { service } = await setupCli({ seed: 1 });
    const { url } = await serveHttp(async ({ method = 'GET', url: path = '' }, response) => {
      if (method === 'OPTIONS') return void response.writeHead(status, headers).end();
      const result = await service.fetch(`http://service${path}`, { method });
      response.writeHead(result.status, { ...headers, 'content-type': 'application/json' });
      response.end(await result.text());
    });
    const { stdout, code } = await runCli(['doctor', '--url', url, '--origin', ORIGIN, '--json']);
    expect(parseChecks(stdout).cors).toMatchObject(expected);
    expect(code).toBe(expectedCode);
  });

  it('of a service whose preflight allows the origin, but whose responses do not', async () => {
    const { service } = await setupCli({ seed: 1 });
    const { url } = await serveHttp(async ({ method = 'GET', url: path = '' }, response) => {
      if (method === 'OPTIONS') return void response.writeHead(204, HEADERS).end();
      const result = await service.fetch(`http://service${path}`, { method });
      response.writeHead(result.status, { 'content-type': 'application/json' }).end(await result.text());
    });
    const { stdout } = await runCli(['doctor', '--url', url, '--origin', ORIGIN, '--json']);
    expect(parseChecks(stdout).cors).toMatchObject({ status: 'failed' });
  });
});
