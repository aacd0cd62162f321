import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { CASES, type Result } from './smoke/program.js';
import { matrix } from './support/cases.js';
import { startHost } from './support/host.js';
import { freshApp, run, toolbox } from './support/tools.js';
import { NODES } from './support/versions.js';

const TOOLS = {
  ...NODES,
  bun: '1.4.5',
  deno: '2.9.5',
  miniflare: '4.20260730.0',
};

let app: Awaited<ReturnType<typeof freshApp>>;
let tools = '';

beforeAll(async () => {
  tools = await toolbox(TOOLS);
  app = await freshApp(inject('packed').tarball, { jest: '30.5.2' });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

type Command = readonly [file: string, ...args: string[]];

const node = (name: keyof typeof TOOLS): Command => [join(name, 'bin/node')];
const SCRIPTED: readonly (readonly [runtime: string, command: Command])[] = [
  ['Node 22.13.0', node('node-22.13')],
  ['Node 22.23.3', node('node-22')],
  ['Node 24.21.0', node('node-24')],
  ['Node 26.10.0', node('node-26')],
  ['Bun 1.4.5', ['.bin/bun']],
  ['Deno 2.9.5', ['.bin/deno', 'run', '--allow-all']],
];
const PROGRAMS = { ESM: 'esm.mjs', CJS: 'cjs.cjs' } as const;
const SCRIPTS = SCRIPTED.flatMap(([runtime, command]) =>
  (['ESM', 'CJS'] as const).map((format) => ({ runtime, format, command })),
);

describe.each(SCRIPTS)('$runtime, $format', ({ format, command: [file, ...args] }) => {
  matrix(async () => {
    await using host = await startHost();
    const { stdout, stderr } = await run(
      join(tools, 'node_modules', file),
      [...args, PROGRAMS[format], JSON.stringify(host.setting)],
      { cwd: app.folder, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } },
    );
    return { complaints: lines(stderr), results: JSON.parse(stdout) };
  });
});

describe.each([
  { runtime: 'workerd 2026-07-30', flags: [] },
  { runtime: 'workerd 2026-07-30, nodejs_compat', flags: ['nodejs_compat'] },
])('$runtime, ESM', ({ flags }) => {
  matrix(async () => {
    await using host = await startHost();
    const bundled = await build({
      entryPoints: [join(app.folder, 'worker.mjs')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      define: { SETTING: JSON.stringify(host.setting) },
    });
    const { Miniflare } = await import(join(tools, 'node_modules/miniflare/dist/src/index.js'));
    const contents = bundled.outputFiles[0]?.text;
    const worker = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
      compatibilityDate: '2026-07-30',
      compatibilityFlags: flags,
    });
    const results: Result[] = [];
    for (const name of CASES)
      results.push(await (await worker.dispatchFetch(`http://worker/${encodeURIComponent(name)}`)).json());
    await worker.dispose();
    return { complaints: [], results };
  });
});

describe('Jest 30.5.2, CJS', () => {
  matrix(async () => {
    await using host = await startHost();
    const report = join(app.folder, 'jest.json');
    const jest = join(app.folder, 'node_modules/jest/bin/jest.js');
    const config = JSON.stringify({
      testMatch: ['**/jest.cjs'],
      moduleFileExtensions: ['js', 'cjs', 'json'],
    });
    const args = [jest, '--json', '--outputFile', report, '--config', config];
    await run(process.execPath, args, {
      cwd: app.folder,
      env: { ...process.env, SMOKE_SETTING: JSON.stringify(host.setting) },
    }).catch(() => {});
    const [file] = JSON.parse(await readFile(report, 'utf8')).testResults;
    const results = file.assertionResults.map((one: { title: string; failureMessages: string[] }) => ({
      name: one.title,
      ...(one.failureMessages.length > 0 ? { error: one.failureMessages.join('\n') } : {}),
    }));
    return { complaints: lines(file.message), results };
  });
});

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
