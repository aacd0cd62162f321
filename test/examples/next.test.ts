import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PersonaClient } from 'persona-client';
import { createPersonaService, fail } from 'persona-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { linkPackage } from './link-package.js';
import { MALFORMED_PATHS, ODD_IDS } from './odd-paths.js';

/** Allows for a slow machine. */
const TIMEOUT_MS = 420_000;

test('Next.js: works with next build and next start, on Node.js and on the Edge Runtime', {
  timeout: TIMEOUT_MS,
}, async () => {
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
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [next, 'build'], options);
  for (const route of ['/', '/api/personas', '/api/personas/[id]', '/personas/[id]'])
    expect(stdout, `${route} is dynamic`).toContain(`ƒ ${route}\n`);
  expect(`${stdout}${stderr}`).not.toContain('not supported in the Edge Runtime');
  expect(service.requests, 'headers() in the fetch of a page ends prerendering').toEqual([]);

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
  let origin = '';
  for await (const line of createInterface({ input: server.stdout })) {
    origin ||= /Local:\s+(\S+)/.exec(line)?.[1] ?? '';
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
  for (const id of ODD_IDS) expect([id, ...(await send(id))]).toEqual([id, 400, { error: 'invalid id' }]);
  for (const path of [...MALFORMED_PATHS, '/api/personas/%E0%A4%A']) {
    const response = await fetch(`${origin}${path}`);
    expect([path, response.status, await response.json()]).toEqual([path, 400, { error: 'malformed path' }]);
  }
  expect(await patch('{"name":"Next"}')).toMatchObject([200, { name: 'Next' }]);
  expect(await send('1')).toMatchObject([200, { name: 'Next' }]);
  expect(await patch('{"name":""}')).toMatchObject([400, { issues: [{ path: ['name'] }] }]);
  expect(await patch('{')).toEqual([400, { error: 'invalid JSON' }]);

  // On the Edge Runtime, more calls at once than the client sends at once.
  const names = Array.from({ length: 60 }, (_, index) => `Edge ${index}`);
  const createdIds = await Promise.all(
    names.map(async (name) => {
      const response = await fetch(`${origin}/api/personas`, {
        method: 'POST',
        body: JSON.stringify({ name, demographic: { language: 'fr' } }),
      });
      expect(response.status).toBe(201);
      return ((await response.json()) as { id: number }).id;
    }),
  );
  using client = new PersonaClient({ baseUrl: url, cache: false });
  const storedNames: string[] = [];
  for await (const { name } of client.personas.iterate()) storedNames.push(name);
  expect(storedNames.filter((name) => name.startsWith('Edge ')).sort()).toEqual([...names].sort());

  const open = async (path: string) => {
    const response = await fetch(`${origin}${path}`, { redirect: 'manual' });
    return {
      status: response.status,
      location: response.headers.get('location'),
      html: await response.text(),
    };
  };
  for (const id of createdIds.slice(0, 30)) {
    const { status, html } = await open(`/personas/${id}`);
    expect([status, html]).toEqual([200, expect.stringMatching(/<h1 lang="fr">Edge \d+<\/h1>/)]);
  }
  expect(await open('/')).toMatchObject({ status: 200, html: expect.stringContaining('>Edge 59</a>') });
  expect((await open('/personas/1e3')).status).toBe(404);
  expect(errorOutput).toBe('');

  // What Next.js throws in the `fetch` of the pages.
  const countReads = (id: number) =>
    service.requests.filter(({ path }) => path.endsWith(`/personas/${id}`)).length;
  service.faults.add({ status: 401, match: { path: /personas\/2$/ } });
  expect(await open('/personas/2')).toMatchObject({ status: 307, location: '/sign-in' });
  expect(await open('/personas/98')).toMatchObject({ status: 404 });
  expect([countReads(2), countReads(98)], 'one read by the middleware, one by the page').toEqual([2, 2]);
  expect(errorOutput).toBe('');

  service.faults.add(fail({ status: 501 }));
  expect(await send('3')).toEqual([503, { error: 'personas are temporarily unavailable' }]);
  expect(errorOutput).toContain('PersonaServerError');
});
