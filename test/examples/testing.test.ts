import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { findLaunchOptions } from '../support/browsers.js';
import { linkPackage } from './link-package.js';

const TIMEOUT = { timeout: 180_000 };

/** The recipes import the built package by name, as users do. */
beforeAll(() => expect(existsSync('dist/testing.js'), 'run npm run build first').toBe(true));

interface RunnerResult {
  readonly code: number | string;
  /** The JSON report of the runner. */
  readonly report: unknown;
}

/** Runs a test runner in a folder of `examples`. `createArgs` gets the paths for the report and for other output. */
async function runTests(
  folder: string,
  createArgs: (report: string, output: string) => readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunnerResult> {
  const output = await mkdtemp(join(tmpdir(), `persona-client-${basename(folder)}-`));
  onTestFinished(() => rm(output, { recursive: true }));
  const file = join(output, 'report.json');
  const inheritedEnv = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|TEST$)/.test(name),
  );
  const env = {
    ...Object.fromEntries(inheritedEnv),
    PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH}`,
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
    ...environment,
  };
  const cwd = `examples/${folder}`;
  const [code, text] = await new Promise<[RunnerResult['code'], string]>((resolveResult) => {
    execFile(
      process.execPath,
      createArgs(file, join(output, 'results')),
      { cwd, env },
      (error, stdout, stderr) => resolveResult([error?.code ?? error?.signal ?? 0, stdout + stderr]),
    );
  });
  if (!existsSync(file)) throw new Error(`${folder} ended with ${code} and no report:\n${text}`);
  return { code, report: JSON.parse(await readFile(file, 'utf8')) };
}

test('Vitest: six tests pass, two of them with msw', TIMEOUT, async () => {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  expect(
    await runTests('testing/vitest', (report) => [
      vitest,
      'run',
      '--reporter=json',
      `--outputFile=${report}`,
    ]),
  ).toMatchObject({ code: 0, report: { numPassedTests: 6, numTotalTests: 6 } });
});

test('Jest: seven tests pass in CommonJS', TIMEOUT, async () => {
  const jest = `${await linkPackage('testing/jest')}/jest/bin/jest.js`;
  expect(
    await runTests('testing/jest', (report) => [jest, '--json', `--outputFile=${report}`]),
  ).toMatchObject({
    code: 0,
    report: { numPassedTests: 7, numTotalTests: 7 },
  });
});

/** Runs the Playwright tests of a folder in Chromium. */
const runPlaywright = (folder: string, environment: Readonly<Record<string, string>> = {}) =>
  runTests(
    folder,
    (_, output) => [
      resolve('node_modules/playwright/cli.js'),
      'test',
      '--reporter=json',
      `--output=${output}`,
    ],
    { CHROMIUM_PATH: findLaunchOptions('chromium').executablePath, ...environment },
  );

const allPassed = (expected: number) => ({
  code: 0,
  report: { stats: { expected, unexpected: 0, flaky: 0, skipped: 0 } },
});

test('Playwright: four tests pass in Chromium', TIMEOUT, async () => {
  const PORT = await findFreePort();
  expect(await runPlaywright('testing/playwright', { PORT })).toMatchObject(allPassed(4));
});

test('Playwright: a page sees each persona in Chromium, in nine tests', TIMEOUT, async () => {
  expect(await runPlaywright('browse')).toMatchObject(allPassed(9));
});

async function findFreePort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
