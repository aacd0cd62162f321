import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, installTools, runCommand } from '../support/install.js';
import { serveHttp } from '../support/servers.js';
import { NODE_VERSIONS, OTHER_RUNTIMES } from '../support/versions.js';

const TIMESTAMP = '2026-01-02T03:04:05.000006';
const PERSONA = JSON.stringify({ id: 1, name: 'Pooled', created_at: TIMESTAMP, updated_at: TIMESTAMP });
/** Versions of undici, oldest and newest of each major version. The package is developed with the first one. */
const UNDICI_VERSIONS = ['7.30.2', '7.0.0', '8.0.0', '8.13.1'] as const;
const [UNDICI] = UNDICI_VERSIONS;
/** Calls and connections of each of the two transports that the program creates. */
const CALLS = 5_000;
const CONNECTIONS = 20;

let tools = '';
let runtimes = '';
beforeAll(async () => {
  [tools, runtimes] = await Promise.all([installTools(NODE_VERSIONS), installTools(OTHER_RUNTIMES)]);
}, 300_000);

describe('createPooledTransport', () => {
  it.each(Object.keys(NODE_VERSIONS))(
    `uses at most ${CONNECTIONS} sockets for ${CALLS} calls: %s`,
    async (node) => {
      await using app = await installApp(inject('packed').tarball, { undici: UNDICI });
      const server = await serveHttp((_, response) => response.end(PERSONA));
      const binary = join(tools, 'node_modules', node, 'bin/node');
      const args = ['pooled-transport.mjs', server.url, String(CALLS)];
      const { stdout } = await runCommand(binary, args, { cwd: app.folder });
      expect(stdout).toBe('pooled transport: ok\n');
      const sockets = server.countOpenedSockets();
      expect(sockets).toBeLessThanOrEqual(2 * CONNECTIONS); // one transport is an ES module, the other CommonJS
      expect(1 - sockets / (2 * CALLS)).toBeGreaterThan(0.99);
    },
  );

  it.each(UNDICI_VERSIONS.slice(1))('works with undici %s', async (undici) => {
    await using app = await installApp(inject('packed').tarball, { undici });
    const server = await serveHttp((_, response) => response.end(PERSONA));
    const binary = join(tools, 'node_modules/node-24/bin/node');
    const args = ['pooled-transport.mjs', server.url, '200'];
    const { stdout } = await runCommand(binary, args, { cwd: app.folder });
    expect(stdout).toBe('pooled transport: ok\n');
  });

  it.each([UNDICI, UNDICI_VERSIONS[3]])('works in Deno with undici %s', async (undici) => {
    await using app = await installApp(inject('packed').tarball, { undici });
    const server = await serveHttp((_, response) => response.end(PERSONA));
    const args = ['run', '--allow-all', 'pooled-transport.mjs', server.url, '200'];
    const { stdout } = await runCommand(join(runtimes, 'node_modules/.bin/deno'), args, { cwd: app.folder });
    expect(stdout).toBe('pooled transport: ok\n');
  });

  it('fails in Bun, which replaces undici, and says what to do', async () => {
    await using app = await installApp(inject('packed').tarball, { undici: UNDICI });
    const server = await serveHttp((_, response) => response.end(PERSONA));
    const args = ['pooled-transport.mjs', server.url, '200'];
    const run = runCommand(join(runtimes, 'node_modules/.bin/bun'), args, { cwd: app.folder });
    await expect(run).rejects.toThrow('Omit the `fetch` option');
  });

  it('names the package to install if undici is missing', async () => {
    await using app = await installApp(inject('packed').tarball);
    const { stdout } = await runCommand(process.execPath, ['without-undici.mjs'], { cwd: app.folder });
    expect(stdout).toContain('npm install undici@7');
  });
});
