import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { STARTUP_LINE, startCommand, startServe } from '../support/serve-command.js';
import { startService } from '../support/service.js';

const { version } = createRequire(import.meta.url)('../../package.json');

describe('persona-client serve', () => {
  it('prints URL, dialect, auth and store, serves requests, and exits with 0 on SIGTERM', async () => {
    const { send, description, child, exited, output } = await startServe([]);
    expect(description).toBe('dialect subresource, auth off, store memory');
    expect((await send('GET', '/api/v1/personas')).body.total).toBe(5);
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(output.stdout).toMatch(new RegExp(`${STARTUP_LINE.source}$`));
    expect(output.stderr).toBe('');
  });

  it('exits with 0 on SIGINT, even with an open connection', async () => {
    const { child, exited, url } = await startServe([]);
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    child.kill('SIGINT');
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('stores personas in the file of --db, and respects --dialect and --seed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'persona-cli-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'p.db');
    const args = ['--db', path, '--dialect', 'attributes', '--seed', '3'];
    const first = await startServe(args);
    expect(first.description).toBe(`dialect attributes, auth off, store ${path}`);
    expect((await first.send('GET', '/api/v1/field-config')).status).toBe(200);
    await first.send('DELETE', '/api/v1/personas/1');
    first.child.kill('SIGTERM');
    await first.exited;
    const second = await startServe(args);
    expect((await second.send('GET', '/api/v1/personas')).body).toMatchObject({ total: 2 });
  });

  it('accepts only its own host names, and those of --allowed-hosts', async () => {
    const { url } = await startServe(['--allowed-hosts', 'personas, personas.internal']);
    const readStatus = (host: string) =>
      new Promise((resolve, reject) => {
        request(`${url}/api/v1/personas/1`, { headers: { host } }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
          .on('error', reject)
          .end();
      });
    const hosts = [
      'localhost',
      'personas:5050',
      'personas.internal',
      'evil.example',
      'localhost.evil.example',
    ];
    expect(await Promise.all(hosts.map(readStatus))).toEqual([200, 200, 200, 403, 403]);
  });

  it('--seed none starts with an empty store, and --cors allows origins', async () => {
    const origins = ['http://localhost:3000', 'http://localhost:4000'];
    const { send } = await startServe(['--seed', 'none', '--cors', ...origins]);
    for (const origin of origins) {
      const { body, headers } = await send('GET', '/api/v1/personas', undefined, { origin });
      expect(body.total).toBe(0);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
    }
  });

  it('--cors-headers allows only these request headers', async () => {
    const origin = 'http://localhost:3000';
    const { send } = await startServe(['--cors', origin, '--cors-headers', 'content-type,authorization']);
    const { headers } = await send('OPTIONS', '/api/v1/personas', undefined, {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-request-id',
    });
    expect(headers.get('access-control-allow-headers')).toBe('authorization, content-type');
  });

  it('--published and --dialect in-between imitate these kinds of services', async () => {
    const published = await startServe(['--published']);
    expect(published.description).toContain('dialect subresource as published');
    const body = { name: 'x', psychographic: { interests: [] } };
    const created = await published.send('POST', '/api/v1/personas', body);
    expect(created.body.psychographic).toMatchObject({ interests: ['[', ']'] });
    const inBetween = await startServe(['--dialect', 'in-between']);
    expect((await inBetween.send('GET', '/nowhere')).body).toEqual({
      message: 'Not found',
      status_code: 404,
    });
  });

  it('--auth uses the user of the environment, and does not print the password', async () => {
    const env = { PERSONA_USERNAME: 'grace', PERSONA_PASSWORD: 'my-password' };
    const { send, output, description } = await startServe(['--auth'], env);
    expect(description).toContain('auth on');
    const credentials = { username: 'grace', password: 'my-password' };
    expect((await send('GET', '/api/v1/personas')).status).toBe(401);
    expect((await send('POST', '/api/v1/auth/login', credentials)).status).toBe(200);
    expect(output.stdout + output.stderr).not.toContain('my-password');
  });

  it('--auth generates a password for admin if the environment has none, and prints it once', async () => {
    const { send, waitForOutput, output } = await startServe(['--auth']);
    const [, password = ''] = await waitForOutput(/User admin, password (\S+)/);
    const login = await send('POST', '/api/v1/auth/login', { username: 'admin', password });
    expect(login.status).toBe(200);
    expect(output.stdout.split(password)).toHaveLength(2);
  });

  it.each([
    [['serve', '--port', 'many'], /--port.*whole number/],
    [['serve', '--port', '65536'], /--port.*65535/],
    [['serve', '--port', '5061'], /--port.*fetch and browsers forbid this port/],
    [['mcp', '--http', '6667'], /--http.*fetch and browsers forbid this port/],
    [['serve', '--dialect', 'klingon'], /--dialect.*subresource, attributes, in-between/],
    [['serve', '--published', '--dialect', 'attributes'], /--published needs --dialect subresource/],
    [['serve', '--seed', '-1'], /--seed.*whole number/],
    [['serve', '--cors', 'localhost'], /--cors.*origin/],
    [['serve', '--color'], /unknown option '--color'/],
    [['serve', 'now'], /too many arguments/],
    [['dance'], /unknown command 'dance'/],
  ])('%j exits with 2 and explains the error', async (args, message) => {
    const { exited, output } = startCommand(args);
    expect((await exited).code).toBe(2);
    expect(output.stderr).toMatch(message);
    expect(output.stdout).toBe('');
  });

  it('exits with 1 and gives advice if the port is in use', async () => {
    const { port } = await startService();
    const { exited, output } = startCommand(['serve', '--port', String(port)]);
    expect((await exited).code).toBe(1);
    expect(output.stderr).toMatch(`Port ${port} on 127.0.0.1 is already in use`);
    expect(output.stderr).toMatch('choose another port with --port (0 selects a free one)');
  });

  it('names --host if the machine does not have the address', async () => {
    const { exited, output } = startCommand(['serve', '--port', '0', '--host', '192.0.2.1']);
    expect((await exited).code).toBe(1);
    expect(output.stderr).toMatch('no address 192.0.2.1. Choose another host with --host');
  });

  it('exits with 1 if it cannot open the database', async () => {
    const { exited, output } = startCommand(['serve', '--port', '0', '--db', '/nowhere/at/all/p.db']);
    expect((await exited).code).toBe(1);
    expect(output.stderr).toMatch('Cannot open /nowhere/at/all/p.db');
  });

  it('--version prints the version of the package', async () => {
    const { exited, output } = startCommand(['--version']);
    expect((await exited).code).toBe(0);
    expect(output.stdout.trim()).toBe(version);
  });
});
