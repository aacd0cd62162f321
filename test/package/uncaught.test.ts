import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, runCommand } from '../support/install.js';

const MAX_OUTPUT = 3_000;
const ROW = "{ id: 1, name: 'Ada', created_at: '2026-11-22T06:29:29', updated_at: '2026-11-22T06:29:29' }";
const FAILED =
  "Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })";
/** Starts of programs that create a client whose `fetch` responds in some way. */
const client = (response: string, options = '') =>
  `const client = new PersonaClient({ dialect: 'attributes', fetch: async () => ${response}, retry: { limit: 3, backoffMs: 1 }, ${options} });`;
const UNAVAILABLE = client("Response.json({ error: 'the database is down' }, { status: 503 })");
const LOST = client(`{ throw ${FAILED}; }`, 'deadlineMs: 400,');
const TWENTY =
  "Object.fromEntries(Array.from({ length: 20 }, (_, index) => ['misspelled_field_number_' + index, 'x']))";

/** Programs with an uncaught error: title, subpath, imported names, code. */
const PROGRAMS = [
  [
    'a call that was retried',
    '',
    'PersonaClient',
    `${UNAVAILABLE} await client.personas.list({ search: 'Ada' });`,
  ],
  ['a call without await', '', 'PersonaClient', `${UNAVAILABLE} client.personas.list();`],
  ['an array', '', 'PersonaClient', `${UNAVAILABLE} await client.personas.toArray();`],
  [
    'a write that may have been applied',
    '',
    'PersonaClient',
    `${LOST} await client.personas.create({ name: 'Ada' });`,
  ],
  [
    'a write with a search for it',
    '',
    'PersonaClient',
    `${LOST} await client.personas.create({ name: 'Ada' }, { onUnknownOutcome: 'reconcile' });`,
  ],
  [
    'a missed deadline',
    '',
    'PersonaClient',
    `${client(`{ throw ${FAILED}; }`, 'deadlineMs: 300,').replace('backoffMs: 1', 'backoffMs: 200')} await client.personas.get(1);`,
  ],
  [
    'an open circuit',
    '',
    'PersonaClient',
    `${client(`{ throw ${FAILED}; }`, 'breaker: { consecutiveFailures: 2 },')} await client.personas.get(1);`,
  ],
  [
    '20 invalid fields',
    '',
    'PersonaClient',
    `${UNAVAILABLE} await client.personas.create({ name: '', demographic: ${TWENTY} });`,
  ],
  [
    '20 rejected fields',
    '',
    'PersonaClient',
    `${client("Response.json({ error: 'Validation failed', details: Object.fromEntries(Array.from({ length: 20 }, (_, index) => ['field_' + index, 'must be a number between 0 and 150'])) }, { status: 422 })")} await client.personas.create({ name: 'Ada' });`,
  ],
  [
    '20 unusable fields',
    '',
    'PersonaClient',
    `${client(`Response.json({ ...${ROW}, id: 'x', psychographic: ${TWENTY} })`)} await client.personas.get(1);`,
  ],
  [
    'an incomplete list',
    '',
    'PersonaClient',
    `${client(`Response.json({ personas: [${ROW}], total: 2, page: 1, per_page: 50 })`)} await client.personas.toArray();`,
  ],
  [
    'a login',
    '',
    'PersonaClient',
    `${UNAVAILABLE} await client.auth.login({ username: 'ada', password: 'x' });`,
  ],
  [
    'a fetch function with a chain of errors',
    '',
    'PersonaClient',
    `function create(depth) { return new Error('level ' + depth + ' of the application failed', depth && { cause: create(depth - 1) }); }
     await new PersonaClient({ dialect: 'attributes', retry: false, fetch: async () => { throw create(4); } }).personas.get(1);`,
  ],
  [
    'a fetch function with a long message',
    '',
    'PersonaClient',
    `await new PersonaClient({ dialect: 'attributes', retry: false, fetch: async () => { throw new Error('x'.repeat(50_000)); } }).personas.get(1);`,
  ],
  [
    'a fetch function with three long messages',
    '',
    'PersonaClient',
    `function create(depth) { return new Error('x'.repeat(900), depth && { cause: create(depth - 1) }); }
     await new PersonaClient({ dialect: 'attributes', retry: false, fetch: async () => { throw create(2); } }).personas.get(1);`,
  ],
  [
    'a getToken function with many properties',
    '',
    'PersonaClient',
    `const properties = Object.fromEntries(Array.from({ length: 200 }, (_, index) => ['property_' + index, index]));
     const getToken = async () => { throw Object.assign(new Error('failed'), properties); };
     await new PersonaClient({ dialect: 'attributes', auth: { getToken } }).personas.get(1);`,
  ],
  [
    'a fetch function with the longest message that is kept',
    '',
    'PersonaClient',
    `await new PersonaClient({ dialect: 'attributes', retry: false, fetch: async () => { throw new Error('x'.repeat(400)); } }).personas.get(1);`,
  ],
  [
    'a forbidden port',
    '',
    'PersonaClient',
    "await new PersonaClient({ baseUrl: 'http://127.0.0.1:9' }).personas.list();",
  ],
  ['an invalid option', '', 'PersonaClient', 'new PersonaClient({ timeout: 5 });'],
  ['20 invalid options', '', 'PersonaClient', `new PersonaClient(${TWENTY});`],
  ['an invalid service', '/testing', 'createPersonaService', 'createPersonaService({ dialect: 5 });'],
  ['an invalid bulk operation', '/collections', 'createMany', 'createMany({}, [], { concurrency: 0 });'],
  [
    'a bulk operation that stalls',
    '/collections',
    'createMany',
    `const { PersonaClient } = await import('persona-client'); ${UNAVAILABLE} const { failed } = await createMany(client, [{ name: 'Ada' }], { maxStallMs: 300 }); throw failed[0].error;`,
  ],
  ['an invalid transport', '/node', 'createPooledTransport', 'createPooledTransport({ connections: 0 });'],
  [
    'a token store without a folder',
    '/node',
    'fileTokenStore',
    "await fileTokenStore({ path: '/proc/none/tokens' }).save('ada', { accessToken: 'x' });",
  ],
  ['an invalid MCP server', '/mcp', 'createPersonaMcpServer', "createPersonaMcpServer({}, { nmae: 'x' });"],
  [
    'an MCP client without a server',
    '/mcp',
    'TcpClientTransport',
    "await new TcpClientTransport('127.0.0.1', 1).start();",
  ],
  ['an invalid store in a browser', '/browser', 'webStorageTokenStore', 'webStorageTokenStore({ nmae: 5 });'],
  ['an invalid query', '/query', 'personaQueries', 'personaQueries({}, { nmae: 5 });'],
  ['invalid telemetry', '/otel', 'personaTelemetry', 'personaTelemetry({ nmae: 5 });'],
] as const;

let app: Awaited<ReturnType<typeof installApp>>;
beforeAll(async () => {
  app = await installApp(inject('packed').tarball, { undici: '7', '@opentelemetry/api': '1' });
});
afterAll(() => app[Symbol.asyncDispose]());

/** Runs a program, and returns what `head` reads from a pipe. */
async function run(file: string, code: string): Promise<string> {
  await writeFile(join(app.folder, file), code);
  const { stdout } = await runCommand('sh', ['-c', `"${process.execPath}" ${file} 2>&1 | head -c 100000`], {
    cwd: app.folder,
  });
  return stdout;
}

describe.each(PROGRAMS)('an uncaught error of %s', (_, entry, names, code) => {
  it('is short and complete in a pipe: ES module', async () => {
    const output = await run('uncaught.mjs', `import { ${names} } from 'persona-client${entry}';\n${code}\n`);
    expect(output.length).toBeLessThan(MAX_OUTPUT);
    expect(output.slice(0, 2_000)).toMatch(/\w*Error: /);
  });

  it('is short and complete in a pipe: CommonJS', async () => {
    const file = join(app.folder, `node_modules/persona-client/dist/${entry.slice(1) || 'index'}.cjs`);
    const body = `const { ${names} } = require(${JSON.stringify(file)});\n(async () => {\n${code}\n})();\n`;
    const output = await run('uncaught.cjs', body);
    expect(output.length).toBeLessThan(MAX_OUTPUT);
    expect(output.slice(0, 2_000)).toMatch(/\w*Error: /);
  });
});

it('every built file has short lines', async () => {
  const folder = join(app.folder, 'node_modules/persona-client/dist');
  const files = (await readdir(folder)).filter((name) => /\.c?js$/.test(name));
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    expect(Math.max(...lines.map((line) => line.length)), file).toBeLessThan(500); // the longest line is a regular expression
  }
});

it('no built file breaks a string over two lines, because tools that indent lines would change it', async () => {
  const folder = join(app.folder, 'node_modules/persona-client/dist');
  for (const file of (await readdir(folder)).filter((name) => /\.c?js$/.test(name)))
    expect(await readFile(join(folder, file), 'utf8'), file).not.toMatch(/\\$/m);
});

it('the CommonJS files keep the names of the code', async () => {
  const file = join(app.folder, 'node_modules/persona-client/dist/collections.cjs');
  expect(await readFile(file, 'utf8')).toContain('function createMany(');
});

it('the ES modules of the library are readable', async () => {
  const folder = join(app.folder, 'node_modules/persona-client/dist');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.js'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  for (const name of [
    'resolveOptions',
    'createPersonaService',
    'createMany',
    'fileTokenStore',
    'indexedDbJournal',
  ])
    expect(texts.join('\n')).toMatch(new RegExp(`^(?:export )?function ${name}\\(.*\\{\n\t`, 'm'));
});
