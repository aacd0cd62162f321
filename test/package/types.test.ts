import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, installTools, runCommand } from '../support/install.js';

const VERSIONS = ['5.4.5', '5.9.3', '6.0.3', '7.0.2'];
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
    lib: ['es2022', 'dom'],
  },
  {
    name: 'a worker, without other libraries and types',
    module: 'nodenext',
    files: ['browser.mts'],
    lib: ['es2022', 'webworker'],
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
    // `persona-client/browse` returns options for both.
    'playwright-core': '1.64.1',
    'puppeteer-core': '25.16.0',
  };
  app = await installApp(inject('packed').tarball, peers);
  await cp(fileURLToPath(new URL('types', import.meta.url)), app.folder, { recursive: true });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

/** Compiles files of the folder `types`, and returns the output of the compiler. */
async function compile(version: string, files: readonly string[], options: object): Promise<string> {
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  await writeFile(join(app.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(tools, 'node_modules', packageName(version), 'bin/tsc');
  return runCommand(process.execPath, [tsc, '--project', 'tsconfig.json'], { cwd: app.folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe.each(VERSIONS)('TypeScript %s', (version) => {
  it.each(RESOLUTIONS)(
    'compiles a program and all declarations without errors: $name',
    async ({ name, module, files, lib }) => {
      const output = await compile(version, files, {
        module,
        moduleResolution: name === 'bundler' ? 'bundler' : module,
        lib: lib ?? LIB,
        types: lib ? [] : ['node'],
      });
      expect(output).toBe('');
    },
  );

  it('reports each misspelled field and option, with the name that was meant', async () => {
    const source = await readFile(join(app.folder, 'misspelled.mts'), 'utf8');
    const mistakes = source.split('\n').flatMap((line, index) => {
      const [, meant] = /^\S.*\/\/ (\w+)$/.exec(line) ?? [];
      return meant ? [`${index + 1}: ${meant}`] : [];
    });
    expect(mistakes.length).toBeGreaterThan(10);
    const output = await compile(version, ['misspelled.mts'], {
      module: 'nodenext',
      lib: LIB,
      types: ['node'],
      skipLibCheck: true,
    });
    const errors = output.split(/^misspelled\.mts\(/m).slice(1);
    const reported = errors.map((error) => {
      const [, line, meant] = /^(\d+),[\s\S]*Did you mean (?:to write )?['"]+(\w+)/.exec(error) ?? [];
      return `${line}: ${meant}`;
    });
    expect(reported).toEqual(mistakes);
  });
});

it.each(RESOLUTIONS.slice(0, 3))(
  'the options of persona-client/browse fit the types of Playwright and Puppeteer: $name',
  async ({ name, module }) => {
    const output = await compile('7.0.2', ['browse.mts'], {
      module,
      moduleResolution: name === 'bundler' ? 'bundler' : module,
      lib: LIB,
      types: ['node'],
      skipLibCheck: true, // those of the other packages
    });
    expect(output).toBe('');
  },
);

it.each(['5.4.5', '7.0.2'])(
  'TypeScript %s can name each type in the declarations of a library that exports what this package returns',
  async (version) => {
    const output = await compile(version, ['library.mts'], {
      module: 'nodenext',
      lib: LIB,
      types: ['node'],
      declaration: true,
    });
    expect(output).toBe('');
  },
);
