import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshApp, run, toolbox } from './support/tools.js';

const VERSIONS = ['5.9.3', '6.0.3', '7.0.2'];
const named = (version: string) => `typescript-${version}`;
const TOOLS = Object.fromEntries(VERSIONS.map((version) => [named(version), `npm:typescript@${version}`]));
/** `bundler` has no CommonJS of its own; of the ES module it takes the same files as a bundler does. */
const RESOLUTIONS = [
  { name: 'node16, ES module and CommonJS', module: 'node16', files: ['consumer.mts', 'other.cts'] },
  { name: 'nodenext, ES module and CommonJS', module: 'nodenext', files: ['consumer.mts', 'other.cts'] },
  { name: 'bundler', module: 'esnext', files: ['consumer.mts'] },
];

let app: Awaited<ReturnType<typeof freshApp>>;
let tools = '';

beforeAll(async () => {
  tools = await toolbox(TOOLS);
  // The peers that the subpaths' users have, and the types of Node that undici and the MCP SDK build on.
  const peers = {
    undici: '7.30.2',
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    '@tanstack/query-core': '5.108.0',
    '@types/node': '24.19.2',
  };
  app = await freshApp(inject('packed').tarball, peers);
  await cp(fileURLToPath(new URL('types', import.meta.url)), app.folder, { recursive: true });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

describe.each(VERSIONS)('TypeScript %s', (version) => {
  it.each(RESOLUTIONS)(
    'takes the declarations, libraries checked too: $name',
    async ({ name, module, files }) => {
      const compilerOptions = {
        module,
        moduleResolution: name === 'bundler' ? 'bundler' : module,
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      };
      const config = join(app.folder, 'tsconfig.json');
      await writeFile(config, JSON.stringify({ compilerOptions, files }));
      const tsc = join(tools, 'node_modules', named(version), 'bin/tsc');
      const said = await run(process.execPath, [tsc, '--project', config]).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      );
      expect(said).toBe('');
    },
  );
});
