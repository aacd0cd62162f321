import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { freshApp, run, toolbox } from './support/tools.js';
import { NODES } from './support/versions.js';

const AT = '2026-01-02T03:04:05.000006';
const PERSONA = JSON.stringify({ id: 1, name: 'Pooled', created_at: AT, updated_at: AT });
const CALLS = 5_000;
const CONNECTIONS = 20;

let tools = '';
beforeAll(async () => {
  tools = await toolbox(NODES);
}, 300_000);

describe('createPooledTransport', () => {
  it.each(Object.keys(NODES))(`makes ${CALLS} calls on at most ${CONNECTIONS} sockets: %s`, async (node) => {
    await using app = await freshApp(inject('packed').tarball, { undici: '7.30.2' });
    let sockets = 0;
    const server = createServer((_, response) => response.end(PERSONA)).on('connection', () => sockets++);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const binary = join(tools, 'node_modules', node, 'bin/node');
    const { stdout } = await run(binary, ['pooled.mjs', `http://127.0.0.1:${port}`], { cwd: app.folder });
    server.close();
    expect(stdout).toBe('pooled: ok\n');
    expect(sockets).toBeLessThanOrEqual(2 * CONNECTIONS); // once as an ES module, once as CommonJS
    expect(1 - sockets / (2 * CALLS)).toBeGreaterThan(0.99);
  });

  it('says what is missing when undici is', async () => {
    await using app = await freshApp(inject('packed').tarball);
    const { stdout } = await run(process.execPath, ['without-undici.mjs'], { cwd: app.folder });
    expect(stdout).toContain('npm install undici@7');
  });
});
