import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, runCommand } from '../support/install.js';

const MAX_OUTPUT = 3_000;
/** Fetch forbids this port, so that every call fails at once. */
const OPTIONS = "{ baseUrl: 'http://127.0.0.1:9', retry: false }";

/** Programs with an uncaught error: title, subpath, imported name, code. */
const PROGRAMS = [
  ['an awaited call', '', 'PersonaClient', `await new PersonaClient(${OPTIONS}).personas.list();`],
  ['a call without await', '', 'PersonaClient', `new PersonaClient(${OPTIONS}).personas.list();`],
  ['an array', '', 'PersonaClient', `await new PersonaClient(${OPTIONS}).personas.toArray();`],
  ['an invalid option', '', 'PersonaClient', 'new PersonaClient({ timeout: 5 });'],
  ['an invalid service', '/testing', 'createPersonaService', 'createPersonaService({ dialect: 5 });'],
  ['an invalid bulk operation', '/collections', 'createMany', 'createMany({}, [], { concurrency: 0 });'],
  ['an invalid transport', '/node', 'createPooledTransport', 'createPooledTransport({ connections: 0 });'],
] as const;

let app: Awaited<ReturnType<typeof installApp>>;
beforeAll(async () => {
  app = await installApp(inject('packed').tarball, { undici: '7' });
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
    expect(output.slice(0, 2_000)).toMatch(/\w+Error: /);
  });

  it('is short and complete in a pipe: CommonJS', async () => {
    const file = join(app.folder, `node_modules/persona-client/dist/${entry.slice(1) || 'index'}.cjs`);
    const body = `const { ${names} } = require(${JSON.stringify(file)});\n(async () => {\n${code}\n})();\n`;
    const output = await run('uncaught.cjs', body);
    expect(output.length).toBeLessThan(MAX_OUTPUT);
    expect(output.slice(0, 2_000)).toMatch(/\w+Error: /);
  });
});

it('every built file has short lines', async () => {
  const folder = join(app.folder, 'node_modules/persona-client/dist');
  const files = (await readdir(folder)).filter((name) => /\.c?js$/.test(name));
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    expect(Math.max(...lines.map((line) => line.length)), file).toBeLessThan(2_000); // a string of the MCP SDK has 1,500
  }
});
