import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPersonaService, fail } from 'persona-client/testing';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { installApp, runCommand } from '../support/install.js';
import { serveSocket } from '../support/servers.js';

let app: Awaited<ReturnType<typeof installApp>>;

beforeAll(async () => {
  app = await installApp(inject('packed').tarball, {
    'node-fetch': '2.7.0',
    'cross-fetch': '4.1.0',
    nock: '15.0.6',
    msw: '2.9.0',
    jest: '30.5.2',
    'jest-environment-jsdom': '30.5.2',
    vitest: '5.1.1',
    jsdom: '31.0.1',
    'happy-dom': '21.0.4',
  });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

/** A service that fails once, and a server that cuts every body. */
async function startServers() {
  const service = createPersonaService({ auth: { users: { admin: 'secret' } }, cors: { origins: ['*'] } });
  onTestFinished(() => service.close());
  service.faults.add(fail({ status: 503, times: 1, match: { method: 'GET', path: '/api/v1/personas' } }));
  const { url } = await service.listen({ port: 0 });
  const { url: cutUrl } = await serveSocket((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => void socket.end('HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{"id":'));
  });
  return { baseUrl: url, cutUrl };
}

/** Runs a program of the app. `SERVERS` in its environment has the URLs. */
async function run(file: string, contents: string, command: readonly string[] = [file]): Promise<string> {
  await writeFile(join(app.folder, file), contents);
  const env: NodeJS.ProcessEnv = { ...process.env, SERVERS: JSON.stringify(await startServers()), CI: '1' };
  for (const name of Object.keys(env)) if (/^(?:VITEST|NODE_ENV$|TEST$)/.test(name)) delete env[name];
  const { stdout, stderr } = await runCommand(process.execPath, [...command], { cwd: app.folder, env });
  return stdout + stderr;
}

const START = `
const library = require('persona-client');
const { checkClient, checkFailures } = require('./any-fetch.cjs');
const { baseUrl, cutUrl } = JSON.parse(process.env.SERVERS);
`;

describe('a fetch of another package', () => {
  it.each([
    ['node-fetch 2', 'node-fetch'],
    ['cross-fetch', 'cross-fetch'],
  ])('%s', async (_name, packageName) => {
    const output = await run(
      `${packageName}.cjs`,
      `${START}
const { default: fetch } = require('${packageName}');
checkClient(library, { baseUrl, fetch })
  .then(() => checkFailures(library, fetch, { baseUrl, cutUrl }))
  .then(() => console.log('ok'));`,
    );
    expect(output).toBe('ok\n');
  });

  it('nock, which intercepts the global fetch', async () => {
    const output = await run(
      'nock.cjs',
      `${START}
const assert = require('node:assert/strict');
const { default: nock } = require('nock');
const persona = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
nock('http://nock.test').get('/api/v1/personas/1').reply(503).get('/api/v1/personas/1').reply(200, persona);
nock('http://nock.test').post('/api/v1/personas').replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
nock('http://nock.test').delete('/api/v1/personas/1').reply(204);
const client = new library.PersonaClient({ baseUrl: 'http://nock.test', dialect: 'subresource', retry: { backoffMs: 1 } });
(async () => {
  assert.equal((await client.withMeta.personas.get(1)).meta.attempts, 2);
  await client.personas.delete(1);
  await assert.rejects(client.personas.create({ name: 'Ada' }), { code: 'connection_failed', maybeApplied: true });
  console.log('ok');
})();`,
    );
    expect(output).toBe('ok\n');
  });

  it('msw 2, which intercepts the global fetch', async () => {
    const output = await run(
      'msw.mjs',
      `import assert from 'node:assert/strict';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { PersonaClient } from 'persona-client';
const persona = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
let requests = 0;
const url = 'http://msw.test/api/v1/personas';
const server = setupServer(
  http.get(url + '/1', () => (++requests === 1 ? new HttpResponse(null, { status: 503 }) : HttpResponse.json(persona))),
  http.delete(url + '/1', () => new HttpResponse(null, { status: 204 })),
  http.post(url, () => HttpResponse.error()),
);
server.listen();
const client = new PersonaClient({ baseUrl: 'http://msw.test', dialect: 'subresource', retry: { backoffMs: 1 } });
assert.equal((await client.withMeta.personas.get(1)).meta.attempts, 2);
await client.personas.delete(1);
await assert.rejects(client.personas.create({ name: 'Ada' }), { code: 'connection_failed', maybeApplied: true });
server.close();
console.log('ok');`,
    );
    expect(output).toBe('ok\n');
  });
});

describe('a test environment without the globals of Node', () => {
  it('jest-environment-jsdom, with a fetch of its own and with cross-fetch', async () => {
    const config = JSON.stringify({
      testMatch: ['**/jsdom.cjs'],
      testEnvironment: 'jsdom',
      moduleFileExtensions: ['js', 'cjs', 'json'],
    });
    const output = await run(
      'jsdom.cjs',
      `const library = require('persona-client');
const testing = require('persona-client/testing');
const collections = require('persona-client/collections');
const persona = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
test('the environment lacks globals', () => {
  expect([typeof TextDecoder, typeof fetch, typeof Request, typeof structuredClone]).toContain('undefined');
  expect([typeof testing.createPersonaService, typeof collections.createMany]).toEqual(['function', 'function']);
});
test('a mock', async () => {
  let requests = 0;
  const fetch = async () => ({ status: ++requests === 1 ? 503 : 200, json: async () => persona });
  const client = new library.PersonaClient({ fetch, dialect: 'subresource', retry: { backoffMs: 1 } });
  expect((await client.withMeta.personas.get(1)).meta.attempts).toBe(2);
  expect((await client.personas.create({ name: 'Ada' })).id).toBe(1);
});
test('cross-fetch, which uses XMLHttpRequest of jsdom', async () => {
  const { checkClient } = require('./any-fetch.cjs');
  const { baseUrl } = JSON.parse(process.env.SERVERS);
  const { default: fetch } = require('cross-fetch');
  await checkClient(library, { baseUrl, fetch });
});
test('no fetch', async () => {
  const client = new library.PersonaClient({ baseUrl: 'http://localhost:1', retry: false });
  await expect(client.personas.get(1)).rejects.toMatchObject(
    typeof fetch === 'undefined' ? { code: 'invalid_input' } : { code: 'connection_failed' },
  );
});`,
      ['node_modules/jest/bin/jest.js', '--config', config],
    );
    expect(output).toContain('Tests:       4 passed, 4 total');
  });

  it.each(['jsdom', 'happy-dom'])('vitest with %s, with its global fetch', async (environment) => {
    const output = await run(
      `${environment}.test.mjs`,
      `// @vitest-environment ${environment}
import { test } from 'vitest';
import * as library from 'persona-client';
import { checkClient } from './any-fetch.cjs';
const { baseUrl } = JSON.parse(process.env.SERVERS);
test('the client works', () => checkClient(library, { baseUrl }));`,
      ['node_modules/vitest/vitest.mjs', 'run', `${environment}.test.mjs`],
    );
    expect(output).toMatch(/1 passed/);
  });
});
