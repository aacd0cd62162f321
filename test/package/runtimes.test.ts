import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { startControlledService } from '../support/controlled-service.js';
import { installApp, installTools, runCommand } from '../support/install.js';
import { NODE_VERSIONS, OTHER_RUNTIMES } from '../support/versions.js';
import { CASES, type CaseResult } from './smoke/program.js';
import { testFailures } from './support/failure-tests.js';
import { testSmokeCases } from './support/smoke-tests.js';

const PACKAGES = {
  ...NODE_VERSIONS,
  ...OTHER_RUNTIMES,
  miniflare: '4.20260730.0',
};

let app: Awaited<ReturnType<typeof installApp>>;
let tools = '';

beforeAll(async () => {
  tools = await installTools(PACKAGES);
  app = await installApp(inject('packed').tarball, {
    jest: '30.5.2',
    vitest: '5.1.1',
    jsdom: '31.0.1',
    'happy-dom': '21.0.4',
  });
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

type Command = readonly [file: string, ...args: string[]];

const node = (name: keyof typeof PACKAGES): Command => [join(name, 'bin/node')];
const RUNTIMES: readonly (readonly [runtime: string, command: Command])[] = [
  ['Node 22.13.0', node('node-22.13')],
  ['Node 22.23.3', node('node-22')],
  ['Node 24.21.0', node('node-24')],
  ['Node 26.10.0', node('node-26')],
  ['Bun 1.4.5', ['.bin/bun']],
  ['Deno 2.9.5', ['.bin/deno', 'run', '--allow-all']],
];
const PROGRAMS = { ESM: 'esm.mjs', CJS: 'cjs.cjs' } as const;
const SCRIPTS = RUNTIMES.flatMap(([runtime, command]) =>
  (['ESM', 'CJS'] as const).map((format) => ({ runtime, format, command })),
);

describe.each(SCRIPTS)('$runtime, $format', ({ format, command: [file, ...args] }) => {
  testSmokeCases(async () => {
    await using service = await startControlledService();
    const { stdout, stderr } = await runCommand(
      join(tools, 'node_modules', file),
      [...args, PROGRAMS[format], JSON.stringify(service.urls)],
      { cwd: app.folder, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } },
    );
    return { messages: splitLines(stderr), results: JSON.parse(stdout) };
  });
});

describe.each([
  { runtime: 'workerd 2026-07-30', date: '2026-07-30', flags: [] },
  { runtime: 'workerd 2024-09-23', date: '2024-09-23', flags: [] },
  { runtime: 'workerd 2026-07-30, nodejs_compat', date: '2026-07-30', flags: ['nodejs_compat'] },
])('$runtime, ESM', ({ date, flags }) => {
  testSmokeCases(async () => {
    await using service = await startControlledService();
    const bundled = await build({
      entryPoints: [join(app.folder, 'worker.mjs')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      define: { URLS: JSON.stringify(service.urls) },
    });
    const { Miniflare } = await import(join(tools, 'node_modules/miniflare/dist/src/index.js'));
    const contents = bundled.outputFiles[0]?.text;
    const worker = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
      compatibilityDate: date,
      compatibilityFlags: flags,
    });
    const results: CaseResult[] = [];
    for (const name of CASES)
      results.push(await (await worker.dispatchFetch(`http://worker/${encodeURIComponent(name)}`)).json());
    await worker.dispose();
    return { messages: [], results };
  });
});

describe('Jest 30.5.2, CJS', () => {
  testSmokeCases(async () => {
    await using service = await startControlledService();
    const report = join(app.folder, 'jest.json');
    const jest = join(app.folder, 'node_modules/jest/bin/jest.js');
    const config = JSON.stringify({
      testMatch: ['**/jest.cjs'],
      moduleFileExtensions: ['js', 'cjs', 'json'],
    });
    const args = [jest, '--json', '--outputFile', report, '--config', config];
    await runCommand(process.execPath, args, {
      cwd: app.folder,
      env: { ...process.env, SMOKE_URLS: JSON.stringify(service.urls) },
    }).catch(() => {}); // the report below contains the failures
    const [file] = JSON.parse(await readFile(report, 'utf8')).testResults;
    const results = file.assertionResults.map(
      ({ title, failureMessages }: { title: string; failureMessages: string[] }) => ({
        name: title,
        ...(failureMessages.length > 0 ? { error: failureMessages.join('\n') } : {}),
      }),
    );
    return { messages: splitLines(file.message), results };
  });
});

testFailures(() => ({ app: app.folder, tools }));

/** Bun itself prints a line for each response that it cannot decompress. */
const splitLines = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('Decompression error: '));
