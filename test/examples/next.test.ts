import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createPersonaService, fail } from 'persona-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { linkPackage } from './link-package.js';

/** Allows for a slow machine. */
const TIMEOUT_MS = 420_000;

test('Next.js: the route handler works with next build and next start', { timeout: TIMEOUT_MS }, async () => {
  const next = `${await linkPackage('nextjs')}/next/dist/bin/next`;
  const service = createPersonaService();
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  const inheritedEnv = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|TEST$)/.test(name),
  );
  const options = {
    cwd: resolve('examples/nextjs'),
    env: { ...Object.fromEntries(inheritedEnv), NEXT_TELEMETRY_DISABLED: '1', PERSONA_API_URL: url },
  };
  const { stdout } = await promisify(execFile)(process.execPath, [next, 'build'], options);
  expect(stdout).toMatch(/ƒ \/api\/personas\/\[id\]/);
  expect(service.requests).toEqual([]);

  const args = [next, 'start', '--port', '0', '--hostname', '127.0.0.1'];
  const server = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });
  let errorOutput = '';
  server.stderr.on('data', (chunk) => {
    errorOutput += chunk;
  });
  let origin: string | undefined;
  for await (const line of createInterface({ input: server.stdout })) {
    origin ??= /Local:\s+(\S+)/.exec(line)?.[1];
    if (line.includes('Ready')) break;
  }
  const send = async (id: string, init?: RequestInit) => {
    const response = await fetch(`${origin}/api/personas/${id}`, init);
    return [response.status, await response.json()];
  };
  const patch = (body: string) => send('1', { method: 'PATCH', body });
  expect(await send('1')).toMatchObject([200, { id: 1 }]);
  expect(await send('1')).toMatchObject([200, { id: 1 }]);
  expect(service.requests, 'all requests share one client, so the second is a cache hit').toHaveLength(1);
  expect(await send('99')).toEqual([404, { error: 'persona not found' }]);
  expect(await send('one')).toMatchObject([400, { issues: [{ path: ['id'] }] }]);
  expect(await patch('{"name":"Next"}')).toMatchObject([200, { name: 'Next' }]);
  expect(await send('1')).toMatchObject([200, { name: 'Next' }]);
  expect(await patch('{"name":""}')).toMatchObject([400, { issues: [{ path: ['name'] }] }]);
  expect(await patch('{')).toEqual([400, { error: 'invalid JSON' }]);
  expect(errorOutput).toBe('');
  service.faults.add(fail({ status: 501 }));
  expect(await send('2')).toEqual([503, { error: 'personas are temporarily unavailable' }]);
  expect(errorOutput).toContain('PersonaServerError');
});
