import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { parseTable } from '../docs/readme/markdown.js';
import { setupCli } from '../support/cli.js';

type Cli = Awaited<ReturnType<typeof setupCli>>;

const UNREACHABLE = ['--url', 'http://127.0.0.1:1', '--timeout', '2000'];
const AUTH = { auth: { users: { admin: 'secret' } } };

/** For each documented exit code, runs that end with it. */
const RUNS: Readonly<
  Record<number, readonly ((setup: typeof setupCli) => Promise<readonly [Cli, string[]]>)[]>
> = {
  0: [
    async (setup) => [await setup({ seed: 1 }), ['list']],
    async (setup) => [await setup({ seed: 2 }), ['delete', '1', '2']],
    async (setup) => [await setup({ seed: 1 }), ['doctor']],
    async (setup) => [await setup(), ['--help']],
  ],
  1: [
    async (setup) => {
      const cli = await setup({ seed: 1 });
      cli.service.faults.add({
        status: 400,
        body: '{"error":"Validation error"}',
        contentType: 'application/json',
      });
      return [cli, ['create', '--name', 'Ada']];
    },
    async (setup) => {
      const cli = await setup({ seed: 1 });
      return [cli, ['export', cli.file('no-such-folder/all.csv')]];
    },
    async (setup) => [await setup({ seed: 1 }), ['doctor', '--origin', 'https://app.example.com']],
  ],
  2: [
    async (setup) => [await setup(), ['improt']],
    async (setup) => [await setup(), ['get', 'one']],
    async (setup) => [await setup(), ['purge', '--older-than', '0d']],
    async (setup) => [await setup(), ['create', '--name', '']],
    async (setup) => {
      const cli = await setup();
      return [cli, ['import', cli.file('missing.csv')]];
    },
  ],
  3: [
    async (setup) => [await setup({ seed: 1 }), ['delete', '1', '99']],
    async (setup) => {
      const cli = await setup({ seed: 1 });
      await writeFile(cli.file('p.ndjson'), '{"name":"Ada"}\n{}\n');
      return [cli, ['import', cli.file('p.ndjson')]];
    },
    async (setup) => {
      const cli = await setup({ dialect: 'attributes' });
      await cli.run(['create', '--data', '{"name":"Ada","psychographic":{"interests":[1984]}}']);
      return [cli, ['export']];
    },
  ],
  4: [
    async (setup) => [await setup(), ['get', '1']],
    async (setup) => [await setup(), ['update', '1', '--name', 'Ada']],
    async (setup) => [await setup(), ['delete', '1', '2']],
  ],
  5: [
    async (setup) => [await setup(AUTH), ['list']],
    async (setup) => [await setup(AUTH), ['whoami']],
    async (setup) => [await setup(AUTH), ['doctor']],
    async (setup) => [await setup({ ...AUTH, seed: 1 }), ['delete', '1', '2']],
  ],
  6: [
    async (setup) => [await setup(), ['list', ...UNREACHABLE]],
    async (setup) => [await setup(), ['doctor', ...UNREACHABLE]],
    async (setup) => [await setup(), ['delete', '1', '2', ...UNREACHABLE]],
  ],
};

it.each(Object.entries(RUNS))('exits with %s as documented', async (code, runs) => {
  for (const prepare of runs) {
    const [{ run }, args] = await prepare(setupCli);
    const result = await run(args);
    expect(result.code, `${args.join(' ')}: ${result.stderr}`).toBe(Number(code));
    expect(result.stderr).not.toMatch(/\.js:\d/);
  }
});

it.each(['SIGINT', 'SIGTERM'] as const)('exits with 130 after %s', async (signal) => {
  const { run, service, file } = await setupCli({ seed: 3 });
  service.faults.add({ stall: true, match: { path: '/api/v1/personas' } });
  const { code } = await run(['export', file('all.csv')], {
    whileRunning: async (kill) => {
      await vi.waitUntil(() => service.requests.length > 0, { timeout: 20_000 });
      kill(signal);
    },
  });
  expect(code).toBe(130);
});

it('has a test for each documented exit code', async () => {
  const rows = parseTable(await readFile('docs/reference/command-line.md', 'utf8'), 'exit codes');
  expect(rows.map(([code]) => Number(code))).toEqual([...Object.keys(RUNS).map(Number), 130]);
});
