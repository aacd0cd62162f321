import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bundle, importAndUse } from '../../scripts/bundle-size.js';
import { installApp, REPOSITORY, runCommand } from '../support/install.js';
import BUDGETS from './budgets.json' with { type: 'json' };

let app: Awaited<ReturnType<typeof installApp>>;
const measurements: string[] = [];

beforeAll(async () => {
  app = await installApp(inject('packed').tarball);
});

afterAll(async () => {
  console.log(`\nbudgets\n${measurements.join('\n')}`);
  await app[Symbol.asyncDispose]();
});

/** Fails if a size exceeds its limit. A commit that needs more space may raise the limit, but not the goal. */
function expectWithinBudget(name: keyof typeof BUDGETS, value: number): void {
  const { limit, goal } = BUDGETS[name];
  const goalResult = limit > goal ? `, goal ${goal}: ${value > goal ? 'not met' : 'met'}` : '';
  measurements.push(`${name.padEnd(29)} ${String(value).padStart(8)} of at most ${limit}${goalResult}`);
  expect(value).toBeLessThanOrEqual(limit);
}

const CLIENT = importAndUse('PersonaClient', 'persona-client');
const SUBPATH_EXPORTS =
  /createPersonaService|createMany|createPersonaMcpServer|createPooledTransport|fileTokenStore|webStorageTokenStore|indexedDbJournal|personaQueries|personaTelemetry|browserOptions/;

describe('the bundle of a page', () => {
  it('with a client is small', async () => {
    expectWithinBudget('client, min+gzip', (await bundle(CLIENT, app.folder)).gzipped);
    const oneFile = await bundle(CLIENT, app.folder, { splitting: false });
    expectWithinBudget('client in one file, min+gzip', oneFile.gzipped);
    const external = ['ky', 'zod/*', 'lru-cache', 'opossum'];
    const ownCode = await bundle(importAndUse('PersonaClient', './src/index.js'), REPOSITORY, { external });
    expectWithinBudget('own code, min+gzip', ownCode.gzipped);
  });

  it('has the sizes that the guide compares with other clients', async () => {
    const guide = await readFile(join(REPOSITORY, 'docs/guides/performance.md'), 'utf8');
    const [, split, oneFile] = /^\| persona-client \| (\d+) kB \| (\d+) kB \|$/m.exec(guide) ?? [];
    const eagerSize = (await bundle(CLIENT, app.folder)).gzipped;
    const oneFileSize = (await bundle(CLIENT, app.folder, { splitting: false })).gzipped;
    expect(Math.abs(Number(split) - eagerSize / 1000)).toBeLessThan(1);
    expect(Math.abs(Number(oneFile) - oneFileSize / 1000)).toBeLessThan(1);
  });

  it.each([
    ['composes JSON Schemas', 'json-schema.org/draft'],
    ['logs in', 'Check the user name and password'],
  ])('loads the code that %s only on demand', async (_, text) => {
    const { eager, all } = await bundle(CLIENT, app.folder);
    expect(all).toContain(text);
    expect(eager).not.toContain(text);
  });

  it.each([
    ['any route, min+gzip', 'needs a method that writes'],
    ['conditional update, min+gzip', 'would overwrite a change'],
    ['iteration, min+gzip', 'The pages of the list repeat rows instead'],
  ] as const)('loads the code of a feature on demand: %s', async (budget, text) => {
    const { eager, chunkSize } = await bundle(CLIENT, app.folder);
    expect(eager).not.toContain(text);
    expect(chunkSize(text)).toBeGreaterThan(0);
    expectWithinBudget(budget, chunkSize(text));
  });

  it('with only the errors is tiny', async () => {
    const errors = importAndUse('PersonaNotFoundError', 'persona-client');
    expectWithinBudget(
      'errors only, min+gzip',
      (await bundle(errors, app.folder, { splitting: false })).gzipped,
    );
  });

  it('with a client contains no other subpath', async () => {
    expect((await bundle(CLIENT, app.folder)).all).not.toMatch(SUBPATH_EXPORTS);
  });

  it.each([
    ['token store, min+gzip', 'webStorageTokenStore', 'indexedDB'],
    ['journal, min+gzip', 'indexedDbJournal', 'localStorage'],
  ] as const)(
    'with persona-client/browser contains neither the client nor the other exports: %s',
    async (budget, name, absentGlobal) => {
      const { all, gzipped } = await bundle(importAndUse(name, 'persona-client/browser'), app.folder);
      expect(all).not.toMatch(/(?:from|import|require)\s*\(?\s*["']/);
      expect(all).not.toContain(absentGlobal);
      expectWithinBudget(budget, gzipped);
    },
  );

  it('with persona-client/browse contains neither the client nor another package', async () => {
    const { all, gzipped } = await bundle(
      importAndUse('browserOptions', 'persona-client/browse'),
      app.folder,
    );
    expect(all).not.toMatch(/(?:from|import|require)\s*\(?\s*["']/);
    expectWithinBudget('browse, min+gzip', gzipped);
  });

  it('with recordFetch and replayFetch contains neither the local service nor a Node.js module', async () => {
    const program = `import { recordFetch, replayFetch } from 'persona-client/testing';
      globalThis.used = [recordFetch, replayFetch];`;
    const { all, gzipped } = await bundle(program, app.folder);
    expect(all).not.toMatch(/Amara|(?:from|import|require)\s*\(?\s*["']node:/);
    expectWithinBudget('record and replay, min+gzip', gzipped);
  });

  it('may contain persona-client/testing, which imports no Node.js module', async () => {
    const { all } = await bundle(importAndUse('createPersonaService', 'persona-client/testing'), app.folder);
    expect(all).toMatch(/subresource/);
    expect(all).not.toMatch(/(?:from|import|require)\s*\(?\s*["']node:/);
  });
});

describe('the installed package', () => {
  it('brings few packages', async () => {
    const names = (await readdir(join(app.folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expectWithinBudget('packages installed', names.length);
  });

  it('loads no file of zod in Node.js, because zod loads the translations of its messages', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      const packages = new Set();
      registerHooks({
        load(url, context, next) {
          packages.add(/node_modules\\/([^/]+)/.exec(url)?.[1]);
          return next(url, context);
        },
      });
      const { PersonaClient } = await import('persona-client');
      new PersonaClient({ retry: { limit: 1 } });
      await import('persona-client/node');
      console.log([...packages].filter(Boolean).sort().join());`;
    const { stdout } = await runCommand('node', ['--input-type=module', '-e', program], { cwd: app.folder });
    expect(stdout.trim()).toBe('lru-cache,persona-client');
  });

  /** Runs the command, and returns what it printed and the files that it loaded. */
  const recordFiles = (args: readonly string[], input = '') => {
    const recorder = `data:text/javascript,
      import { registerHooks } from 'node:module';
      const files = [];
      registerHooks({
        load(url, context, next) {
          files.push(url);
          return next(url, context);
        },
      });
      process.on('exit', () => console.error(JSON.stringify(files)));`.replaceAll(/\s+/g, ' ');
    const bin = join(app.folder, 'node_modules/persona-client/dist/cli.js');
    const { status, stdout, stderr } = spawnSync('node', ['--import', recorder, bin, ...args], {
      encoding: 'utf8',
      input,
    });
    const files: string[] = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    const [modules, builtins] = [/\/node_modules\/(.*)$/, /^node:.*$/].map((pattern) =>
      files.flatMap((url) => pattern.exec(url)?.at(-1) ?? []),
    );
    return { status, stdout, modules, builtins };
  };
  const CLIENT_FILE = 'persona-client/dist/index.js';

  it('loads no other package for the first answer of `persona-client mcp`, and few files', () => {
    const { status, stdout, modules, builtins } = recordFiles(
      ['mcp'],
      '{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(modules).toContain(CLIENT_FILE);
    const first = modules?.slice(0, modules.indexOf(CLIENT_FILE)) ?? [];
    expect(first.filter((file) => !file.startsWith('persona-client/'))).toEqual([]);
    expect(first.length).toBeGreaterThan(10);
    expect(first.length).toBeLessThan(35);
    expect(builtins).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/child_process|crypto|fs|util/)]),
    );
  });

  it('loads neither the client nor zod for `persona-client --version`', () => {
    const { stdout, modules } = recordFiles(['--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(modules).toContain('persona-client/dist/errors.js');
    expect(modules).not.toContain(CLIENT_FILE);
    expect(modules).not.toContain('persona-client/dist/zod.js');
    expect(modules?.filter((file) => !file.startsWith('persona-client/'))).toEqual([]);
  });

  it('is small and contains no source maps', () => {
    const { files, unpackedSize } = inject('packed');
    expect(files.filter(({ path }) => path.endsWith('.map'))).toEqual([]);
    expectWithinBudget('unpacked tarball', unpackedSize);
    const documents = files.filter(({ path }) => path.startsWith('openapi/'));
    expectWithinBudget(
      'OpenAPI documents',
      documents.reduce((sum, { size }) => sum + size, 0),
    );
  });
});
