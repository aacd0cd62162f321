import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, runCommand } from '../support/install.js';

/** Globals that jsdom and other test environments lack. A dot names a static method. */
const GLOBALS = [
  'TextEncoder',
  'TextDecoder',
  'fetch',
  'Request',
  'Response',
  'Headers',
  'setImmediate',
  'structuredClone',
  'crypto',
  'AbortSignal.any',
  'AbortSignal.timeout',
  'URL.canParse',
  'ReadableStream',
  'BroadcastChannel',
];
const ENTRIES = ['', '/browse', '/browser', '/collections', '/mcp', '/node', '/otel', '/query', '/testing'];

/** Removes globals, loads every entry in one format, and makes calls with a `fetch` option, one of them with a retry. */
const PROGRAM = `
import { createRequire } from 'node:module';
const [, , format, missing] = process.argv;
const removeGlobals = () => {
  for (const path of missing.split(',')) {
    const [name, method] = path.split('.');
    if (method) delete globalThis[name][method];
    else delete globalThis[name];
  }
};
Request, Response, Headers, fetch; // Node loads these on first use, and needs TextEncoder then
removeGlobals();
const require = createRequire(import.meta.url);
const entries = {};
for (const entry of ${JSON.stringify(ENTRIES)}) {
  const name = 'persona-client' + entry;
  entries[entry] = format === 'cjs' ? require(name) : await import(name);
}
const persona = { id: 1, name: 'Zo\\u00eb', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
let requests = 0;
const respond = (status, body) => ({ status, headers: {}, text: async () => JSON.stringify(body) });
const client = new entries[''].PersonaClient({
  dialect: 'subresource',
  retry: { backoffMs: 1 },
  fetch: async (url) =>
    url.endsWith('/login') ? respond(200, { access_token: 'a.b.c' }) : respond(++requests === 1 ? 503 : 200, persona),
});
await client.auth.login({ username: 'ada', password: 'secret' });
const { data, meta } = await client.withMeta.personas.get(1);
const created = await client.personas.create({ name: 'Ada' });
console.log(JSON.stringify([data.name, meta.attempts, created.id]));
client.close();
`;

let app: Awaited<ReturnType<typeof installApp>>;

beforeAll(async () => {
  app = await installApp(inject('packed').tarball, {
    undici: '7.30.2',
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    '@tanstack/query-core': '5.108.0',
  });
  await writeFile(join(app.folder, 'missing-globals.mjs'), PROGRAM);
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

describe.each(['esm', 'cjs'])('%s', (format) => {
  it.each([...GLOBALS, GLOBALS.join()])(
    'every entry loads and a client works without %s',
    async (missing) => {
      const args = ['missing-globals.mjs', format, missing];
      const { stdout, stderr } = await runCommand(process.execPath, args, { cwd: app.folder });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual(['Zoë', 2, 1]);
    },
  );
});
