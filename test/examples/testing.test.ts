import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchOptions } from '../package/support/browsers.js';
import { linked } from './linked.js';

const WITHIN = { timeout: 180_000 };

/** The recipes import the built package by its name, as users do. */
beforeAll(() => expect(existsSync('dist/testing.js'), 'npm run build comes first').toBe(true));

interface Run {
  readonly code: number | string;
  /** What the runner wrote of it, as JSON. */
  readonly report: unknown;
}

/** Runs a test runner in its folder of `examples/testing`; `argsOf` is told where to write its report and what else it leaves. */
async function run(
  folder: string,
  argsOf: (report: string, output: string) => readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const output = await mkdtemp(join(tmpdir(), `persona-client-${folder}-`));
  onTestFinished(() => rm(output, { recursive: true }));
  const file = join(output, 'report.json');
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV$|TEST$)/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH}`,
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
    ...environment,
  };
  const cwd = `examples/testing/${folder}`;
  const [code, said] = await new Promise<[Run['code'], string]>((done) => {
    execFile(process.execPath, argsOf(file, join(output, 'results')), { cwd, env }, (error, stdout, stderr) =>
      done([error?.code ?? error?.signal ?? 0, stdout + stderr]),
    );
  });
  if (!existsSync(file)) throw new Error(`${folder} ended with ${code} and no report:\n${said}`);
  return { code, report: JSON.parse(await readFile(file, 'utf8')) };
}

test('vitest: six tests, two of them behind msw', WITHIN, async () => {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  expect(
    await run('vitest', (report) => [vitest, 'run', '--reporter=json', `--outputFile=${report}`]),
  ).toMatchObject({ code: 0, report: { numPassedTests: 6, numTotalTests: 6 } });
});

test('Jest: seven tests in CommonJS', WITHIN, async () => {
  const jest = `${await linked('testing/jest')}/jest/bin/jest.js`;
  expect(await run('jest', (report) => [jest, '--json', `--outputFile=${report}`])).toMatchObject({
    code: 0,
    report: { numPassedTests: 7, numTotalTests: 7 },
  });
});

test('Playwright: four tests of a page in Chromium', WITHIN, async () => {
  const playwright = resolve('node_modules/playwright/cli.js');
  const CHROMIUM_PATH = launchOptions('chromium').executablePath;
  expect(
    await run('playwright', (_, output) => [playwright, 'test', '--reporter=json', `--output=${output}`], {
      PORT: await freePort(),
      CHROMIUM_PATH,
    }),
  ).toMatchObject({ code: 0, report: { stats: { expected: 4, unexpected: 0, flaky: 0, skipped: 0 } } });
});

async function freePort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
