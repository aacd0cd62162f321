import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseCodeSpans, parseTable } from '../docs/readme/markdown.js';
import { type CliResult, runCli, setupCli } from '../support/cli.js';

const PASSWORD = 'canary-password-8d27';
const LOGGED_IN = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: PASSWORD };
const SIGNED_OUT = {};
const UNREACHABLE = ['--url', 'http://127.0.0.1:1'];

type FilePath = (name: string) => string;

interface CliRun {
  readonly args: (file: FilePath) => readonly string[];
  /** @default LOGGED_IN */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** @default 0 */
  readonly code?: number;
}

interface SuccessfulRun extends CliRun {
  /** A subset of the printed object. */
  readonly output: Readonly<Record<string, unknown>>;
}

interface FailingRun extends CliRun {
  readonly code: number;
  readonly errorCode: string;
}

/** Runs of every command that supports `--json`: a success, then a failure or another success. */
const RUNS_BY_COMMAND: Readonly<
  Record<string, readonly [SuccessfulRun, SuccessfulRun | FailingRun, ...SuccessfulRun[]]>
> = {
  login: [
    {
      args: () => ['--username', 'admin', '--password-stdin'],
      env: SIGNED_OUT,
      stdin: `${PASSWORD}\n`,
      output: { username: 'admin', isLoggedIn: true, canRefresh: true },
    },
    {
      args: () => ['--username', 'admin', '--password-stdin'],
      env: SIGNED_OUT,
      stdin: 'wrong\n',
      code: 5,
      errorCode: 'credentials_rejected',
    },
  ],
  logout: [
    { args: () => [], env: SIGNED_OUT, output: { isLoggedIn: false, wasLoggedIn: false } },
    { args: () => ['--url', 'invalid'], env: SIGNED_OUT, code: 2, errorCode: 'invalid_input' },
  ],
  whoami: [
    { args: () => [], output: { username: 'admin', isLoggedIn: true, credentialSource: 'PERSONA_USERNAME' } },
    { args: () => [], env: SIGNED_OUT, code: 5, output: { isLoggedIn: false, canRefresh: false } },
  ],
  list: [
    { args: () => ['--per-page', '2'], output: { total: 3, page: 1, perPage: 2, pages: 2 } },
    { args: () => UNREACHABLE, env: SIGNED_OUT, code: 6, errorCode: 'connection_failed' },
  ],
  get: [
    { args: () => ['1'], output: { id: 1 } },
    { args: () => ['99'], code: 4, errorCode: 'not_found' },
  ],
  create: [
    {
      args: () => ['--name', 'Ada', '--set', 'demographic.age=36'],
      output: { name: 'Ada', demographic: expect.objectContaining({ age: 36 }) },
    },
    { args: () => ['--data', '['], code: 2, errorCode: 'invalid_input' },
  ],
  update: [
    { args: () => ['1', '--name', 'Ada'], output: { id: 1, name: 'Ada' } },
    { args: () => ['99', '--name', 'Ada'], code: 4, errorCode: 'not_found' },
  ],
  delete: [
    { args: () => ['1', '2'], output: { deleted: [1, 2], missing: [], failed: [] } },
    { args: () => ['99'], code: 4, errorCode: 'not_found' },
    { args: () => ['1', '99', '2'], code: 3, output: { deleted: [1, 2], missing: [99] } },
  ],
  import: [
    {
      args: (file) => [file('good.ndjson')],
      output: { created: 1, rejected: 0, complete: true, problems: [] },
    },
    { args: (file) => [file('missing.ndjson')], code: 2, errorCode: 'invalid_input' },
    {
      args: (file) => [file('mixed.ndjson')],
      code: 3,
      output: { created: 1, rejected: 1, problems: [{ row: 2, reason: expect.any(String) }] },
    },
  ],
  export: [
    { args: (file) => [file('all.csv')], output: { exported: 3, complete: true } },
    { args: (file) => [file('no-such-folder/all.csv')], code: 1, errorCode: 'failed' },
    {
      args: (file) => [file('new.csv'), '--since', '2000-01-01'],
      output: { exported: 3, complete: true, since: '2000-01-01T00:00:00.000Z' },
    },
  ],
  erase: [
    { args: () => ['1'], output: { id: 1, existed: true } },
    { args: () => ['1'], env: SIGNED_OUT, code: 5, errorCode: 'unauthenticated' },
    { args: () => ['99', '--no-verify'], output: { id: 99, existed: false } },
  ],
  purge: [
    { args: () => ['--older-than', '0d', '--yes'], output: { dryRun: false, scanned: 3, complete: true } },
    { args: () => ['--older-than', '0d', '--yes'], env: SIGNED_OUT, code: 5, errorCode: 'unauthenticated' },
  ],
  typegen: [
    { args: () => [], output: { code: expect.stringContaining('defineAttributes') } },
    { args: (file) => ['-o', file('no-such-folder/fields.ts')], code: 1, errorCode: 'failed' },
    { args: (file) => ['-o', file('fields.ts')], output: { file: expect.stringMatching(/fields\.ts$/) } },
  ],
  doctor: [
    { args: () => [], output: { healthy: true } },
    { args: () => UNREACHABLE, code: 6, output: { healthy: false } },
  ],
};

/** Reads the keys of a command from the reference. A key with `?` is optional. `; with` starts an alternative. */
async function documentedKeys(command: string): Promise<readonly (readonly string[])[]> {
  const rows = parseTable(await readFile('docs/reference/command-line.md', 'utf8'), 'json');
  const [, cell = ''] = rows.find(([commands]) => parseCodeSpans(commands).includes(command)) ?? [];
  return cell
    .split('; with ')
    .map((alternative) => parseCodeSpans(alternative).filter((code) => !code.startsWith('--')));
}

function matchesKeys(keys: readonly string[], documented: readonly string[]): boolean {
  const allowed = documented.map((key) => key.replace('?', ''));
  const required = documented.filter((key) => !key.endsWith('?'));
  return keys.every((key) => allowed.includes(key)) && required.every((key) => keys.includes(key));
}

function parseLine(text: string): Record<string, unknown> {
  expect(text).toMatch(/^\{.*\}\n$/);
  return JSON.parse(text);
}

function expectError(result: CliResult, expected: Pick<FailingRun, 'code' | 'errorCode'>): void {
  expect(result.stdout).toBe('');
  const { error, ...others } = parseLine(result.stderr);
  expect(others).toEqual({});
  expect(error).toMatchObject({ code: expected.errorCode, message: expect.stringMatching(/^(?!error:)./) });
  expect(result.code).toBe(expected.code);
}

it.each(Object.entries(RUNS_BY_COMMAND))(
  '%s prints one line of JSON: the result or the error',
  async (command, runs) => {
    for (const expected of runs) {
      const { run, file } = await setupCli({ seed: 3, auth: { users: { admin: PASSWORD } } });
      await writeFile(file('good.ndjson'), '{"name":"Ada"}\n');
      await writeFile(file('mixed.ndjson'), '{"name":"Ada"}\n{"name":""}\n');
      const { args, env = LOGGED_IN, stdin = '' } = expected;
      const result = await run([command, ...args(file), '--json', '--timeout', '5000'], { env, stdin });
      expect(result.stdout + result.stderr).not.toContain(PASSWORD);
      if ('errorCode' in expected) {
        expectError(result, expected);
        continue;
      }
      const output = parseLine(result.stdout);
      expect(output).toMatchObject(expected.output);
      const alternatives = await documentedKeys(command);
      expect(
        alternatives.some((documented) => matchesKeys(Object.keys(output), documented)),
        `the keys ${Object.keys(output)} differ from the documented ones: ${alternatives.join(' or ')}`,
      ).toBe(true);
      expect(result.stderr).toBe('');
      expect(result.code).toBe(expected.code ?? 0);
    }
    expectError(await runCli([command, '--json', '--timeout', '0']), { code: 2, errorCode: 'invalid_input' });
  },
);

it('tests and documents every command that supports --json', async () => {
  const { stdout } = await runCli(['completion', 'bash']);
  const names = [...stdout.matchAll(/^ {4}(\w+):\*\) .*--json\b/gm)].map(([, name]) => name);
  expect(names).toEqual(Object.keys(RUNS_BY_COMMAND));
  const rows = parseTable(await readFile('docs/reference/command-line.md', 'utf8'), 'json');
  expect(rows.flatMap(([commands]) => parseCodeSpans(commands))).toEqual(names);
});

it('reports an unknown command as JSON, and prints --help as text', async () => {
  expectError(await runCli(['lst', '--json']), { code: 2, errorCode: 'invalid_input' });
  const help = await runCli(['list', '--json', '--help']);
  expect(help).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('Usage: persona-client list'),
  });
});

it('prints the report of an export to standard error if the personas go to standard output', async () => {
  const { run, connect } = await setupCli({ seed: 2 });
  const { stdout, stderr, code } = await run(['export', '--json', '--format', 'json']);
  expect(JSON.parse(stdout)).toEqual(await connect().personas.toArray());
  expect(parseLine(stderr)).toEqual({
    file: '-',
    exported: 2,
    complete: true,
    nextUpdatedSince: expect.stringMatching(/Z$/),
  });
  expect(code).toBe(0);
});
