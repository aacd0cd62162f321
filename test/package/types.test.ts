import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, installTools, runCommand } from '../support/install.js';

const VERSIONS = ['5.9.3', '6.0.3', '7.0.2'];
const packageName = (version: string) => `typescript-${version}`;
const COMPILERS = Object.fromEntries(
  VERSIONS.map((version) => [packageName(version), `npm:typescript@${version}`]),
);
/** `bundler` resolves imports as a bundler does, so it has no CommonJS program. */
const RESOLUTIONS = [
  { name: 'node16, ES module and CommonJS', module: 'node16', files: ['esm.mts', 'commonjs.cts'] },
  { name: 'nodenext, ES module and CommonJS', module: 'nodenext', files: ['esm.mts', 'commonjs.cts'] },
  { name: 'bundler', module: 'esnext', files: ['esm.mts'] },
  {
    name: 'a page, without other libraries and types',
    module: 'nodenext',
    files: ['browser.mts'],
    page: true,
  },
];
const LIB = ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'];

let app: Awaited<ReturnType<typeof installApp>>;
let tools = '';

beforeAll(async () => {
  tools = await installTools(COMPILERS);
  // The peer dependencies of the subpaths, and the Node.js types that undici and the MCP SDK need.
  const peers = {
    undici: '7.30.2',
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    '@tanstack/query-core': '5.108.0',
    '@types/node': '24.19.2',
  };
  app = await installApp(inject('packed').tarball, peers);
  await cp(fileURLToPath(new URL('types', import.meta.url)), app.folder, { recursive: true });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

describe.each(VERSIONS)('TypeScript %s', (version) => {
  it.each(RESOLUTIONS)(
    'compiles a program and all declarations without errors: $name',
    async ({ name, module, files, page = false }) => {
      const compilerOptions = {
        module,
        moduleResolution: name === 'bundler' ? 'bundler' : module,
        target: page ? 'es2022' : 'es2023',
        lib: page ? ['es2022', 'dom'] : LIB,
        types: page ? [] : ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      };
      const config = join(app.folder, 'tsconfig.json');
      await writeFile(config, JSON.stringify({ compilerOptions, files }));
      const tsc = join(tools, 'node_modules', packageName(version), 'bin/tsc');
      const output = await runCommand(process.execPath, [tsc, '--project', config]).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
      expect(output).toBe('');
    },
  );
});
