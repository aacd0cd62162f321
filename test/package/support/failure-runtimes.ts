import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium, firefox } from 'playwright-core';
import { type BrowserName, findLaunchOptions } from '../../support/browsers.js';
import { runCommand } from '../../support/install.js';
import { startStaticServer } from '../../support/static-server.js';
import type { Cell, runCells } from '../smoke/failures.js';
import { PAGE } from './bundlers.js';

type Report = Awaited<ReturnType<typeof runCells>>;

/** Runs the cells in a process of its own. */
export type RunInRuntime = (folders: Folders, cells: readonly Cell[]) => Promise<Report>;

export interface Folders {
  /** The app that has installed the package. */
  readonly app: string;
  /** The app that has installed the runtimes. */
  readonly tools: string;
}

const PROGRAMS = {
  ESM: [
    'failures-run.mjs',
    `import { runCells } from './failures.mjs';
console.log(JSON.stringify(await runCells(JSON.parse(process.argv[2]))));`,
  ],
  CJS: [
    'failures-run.cjs',
    `const { runCells } = require('./failures.cjs');
runCells(JSON.parse(process.argv[2])).then((report) => console.log(JSON.stringify(report)));`,
  ],
} as const;

/** A program of Node, Bun or Deno. */
export const asProgram =
  (format: keyof typeof PROGRAMS, file: string, ...args: readonly string[]): RunInRuntime =>
  async ({ app, tools }, cells) => {
    const [program, contents] = PROGRAMS[format];
    await writeFile(join(app, program), contents);
    const { stdout, stderr } = await runCommand(
      join(tools, 'node_modules', file),
      [...args, program, JSON.stringify(cells)],
      { cwd: app, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } },
    );
    const messages = stderr.split('\n').filter((line) => line && !line.startsWith('Decompression error: '));
    const { results, uncaught }: Report = JSON.parse(stdout);
    return { results, uncaught: [...uncaught, ...messages] };
  };

const bundle = async (folder: string, contents: string, conditions: readonly string[]): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: [...conditions],
  });
  return outputFiles[0]?.text ?? '';
};

/** A worker of workerd. */
export const asWorker =
  (compatibilityDate: string, compatibilityFlags: readonly string[] = []): RunInRuntime =>
  async ({ app, tools }, cells) => {
    const contents = await bundle(
      app,
      `import { runCells } from './failures.mjs';
export default { fetch: async (request) => Response.json(await runCells(await request.json())) };`,
      ['workerd', 'worker', 'browser'],
    );
    const { Miniflare } = await import(join(tools, 'node_modules/miniflare/dist/src/index.js'));
    const worker = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
      compatibilityDate,
      compatibilityFlags: [...compatibilityFlags],
      handleRuntimeStdio: (...streams: readonly NodeJS.ReadableStream[]) => {
        for (const stream of streams) stream.resume(); // workerd prints a line for each broken server
      },
    });
    try {
      const response = await worker.dispatchFetch('http://worker/', {
        method: 'POST',
        body: JSON.stringify(cells),
      });
      return (await response.json()) as Report;
    } finally {
      await worker.dispose();
    }
  };

/** A page of a browser. */
export const inPage =
  (name: BrowserName): RunInRuntime =>
  async ({ app }, cells) => {
    const folder = join(app, 'failures-page');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(
      join(folder, 'page.mjs'),
      await bundle(app, `import { runCells } from './failures.mjs'; globalThis.runCells = runCells;`, []),
    );
    await using server = await startStaticServer(folder, '*');
    const browser = await { chromium, firefox }[name].launch(findLaunchOptions(name));
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      return await page.evaluate(
        (all) => (globalThis as unknown as { runCells: typeof runCells }).runCells(all),
        cells,
      );
    } finally {
      await browser.close();
    }
  };

/** A test of a test runner. It writes the report to a file. */
const asTest =
  (file: string, contents: string, command: readonly string[]): RunInRuntime =>
  async ({ app }, cells) => {
    const report = join(app, `${file}.json`);
    await writeFile(join(app, file), contents);
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      CI: '1',
      CELLS: JSON.stringify(cells),
      REPORT: report,
    };
    for (const name of Object.keys(env)) if (/^(?:VITEST|NODE_ENV$|TEST$)/.test(name)) delete env[name];
    await runCommand(process.execPath, [...command], { cwd: app, env });
    return JSON.parse(await readFile(report, 'utf8'));
  };

const RUN_IN_TEST = `'every cell', async () => {
  const report = await runCells(JSON.parse(process.env.CELLS));
  writeFileSync(process.env.REPORT, JSON.stringify(report));
}, 120_000`;

/** A test of vitest in one of its environments. */
export const inVitest = (environment: string): RunInRuntime =>
  asTest(
    `failures-${environment}.test.mjs`,
    `import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { runCells } from './failures.mjs';
test(${RUN_IN_TEST});`,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      `--environment=${environment}`,
      `failures-${environment}.test.mjs`,
    ],
  );

/** A test of Jest. */
export const inJest: RunInRuntime = asTest(
  'failures-jest.cjs',
  `const { writeFileSync } = require('node:fs');
const { runCells } = require('./failures.cjs');
test(${RUN_IN_TEST});`,
  [
    'node_modules/jest/bin/jest.js',
    '--config',
    JSON.stringify({ testMatch: ['**/failures-jest.cjs'], moduleFileExtensions: ['js', 'cjs', 'json'] }),
  ],
);
