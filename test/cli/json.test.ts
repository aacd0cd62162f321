import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { codeIn, tableOf } from '../docs/readme/markdown.js';
import { type Ended, persona, scene } from '../support/cli.js';

const PASSWORD = 'canary-password-8d27';
const SIGNED_IN = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: PASSWORD };
const NOBODY = {};
const NOWHERE = ['--url', 'http://127.0.0.1:1'];

type File = (name: string) => string;

interface Run {
  readonly args: (file: File) => readonly string[];
  /** @default SIGNED_IN */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** @default 0 */
  readonly code?: number;
}

interface Prints extends Run {
  /** Some of what is printed. */
  readonly prints: Readonly<Record<string, unknown>>;
}

interface Fails extends Run {
  readonly code: number;
  readonly error: string;
}

/** Each command that takes `--json`: how it succeeds, and how it does not. */
const COMMANDS: Readonly<Record<string, readonly [Prints, Prints | Fails, ...Prints[]]>> = {
  login: [
    {
      args: () => ['--username', 'admin', '--password-stdin'],
      env: NOBODY,
      stdin: `${PASSWORD}\n`,
      prints: { username: 'admin', signedIn: true, refreshable: true },
    },
    {
      args: () => ['--username', 'admin', '--password-stdin'],
      env: NOBODY,
      stdin: 'wrong\n',
      code: 5,
      error: 'credentials_rejected',
    },
  ],
  logout: [
    { args: () => [], env: NOBODY, prints: { signedIn: false, wasSignedIn: false } },
    { args: () => ['--url', 'nowhere'], env: NOBODY, code: 2, error: 'invalid_input' },
  ],
  whoami: [
    { args: () => [], prints: { username: 'admin', signedIn: true, from: 'PERSONA_USERNAME' } },
    { args: () => [], env: NOBODY, code: 5, prints: { signedIn: false, refreshable: false } },
  ],
  list: [
    { args: () => ['--per-page', '2'], prints: { total: 3, page: 1, perPage: 2, pages: 2 } },
    { args: () => NOWHERE, env: NOBODY, code: 6, error: 'connection_failed' },
  ],
  get: [
    { args: () => ['1'], prints: { id: 1 } },
    { args: () => ['99'], code: 4, error: 'not_found' },
  ],
  create: [
    {
      args: () => ['--name', 'Ada', '--set', 'demographic.age=36'],
      prints: { name: 'Ada', demographic: expect.objectContaining({ age: 36 }) },
    },
    { args: () => ['--data', '['], code: 2, error: 'invalid_input' },
  ],
  update: [
    { args: () => ['1', '--name', 'Ada'], prints: { id: 1, name: 'Ada' } },
    { args: () => ['99', '--name', 'Ada'], code: 4, error: 'not_found' },
  ],
  delete: [
    { args: () => ['1', '2'], prints: { deleted: [1, 2] } },
    { args: () => ['99'], code: 4, error: 'not_found' },
  ],
  import: [
    {
      args: (file) => [file('good.ndjson')],
      prints: { created: 1, rejected: 0, complete: true, troubles: [] },
    },
    { args: (file) => [file('missing.ndjson')], code: 2, error: 'invalid_input' },
    {
      args: (file) => [file('mixed.ndjson')],
      code: 3,
      prints: { created: 1, rejected: 1, troubles: [{ row: 2, reason: expect.any(String) }] },
    },
  ],
  export: [
    { args: (file) => [file('all.csv')], prints: { exported: 3, complete: true } },
    { args: (file) => [file('no-such-folder/all.csv')], code: 1, error: 'failed' },
  ],
  erase: [
    { args: () => ['1'], prints: { id: 1, existed: true } },
    { args: () => ['1'], env: NOBODY, code: 5, error: 'unauthenticated' },
    { args: () => ['99', '--no-verify'], prints: { id: 99, existed: false } },
  ],
  purge: [
    { args: () => ['--older-than', '0d'], prints: { dryRun: false, examined: 3, complete: true } },
    { args: () => ['--older-than', '0d'], env: NOBODY, code: 5, error: 'unauthenticated' },
  ],
  typegen: [
    { args: () => [], prints: { code: expect.stringContaining('defineAttributes') } },
    { args: (file) => ['-o', file('no-such-folder/fields.ts')], code: 1, error: 'failed' },
    { args: (file) => ['-o', file('fields.ts')], prints: { file: expect.stringMatching(/fields\.ts$/) } },
  ],
  doctor: [
    { args: () => [], prints: { healthy: true } },
    { args: () => NOWHERE, code: 6, prints: { healthy: false } },
  ],
};

/** The keys that the README names; those with a `?` may be missing, and a semicolon begins another shape. */
async function shapeIn(command: string): Promise<readonly (readonly string[])[]> {
  const rows = tableOf(await readFile('README.md', 'utf8'), 'json');
  const [, cell = ''] = rows.find(([names]) => codeIn(names).includes(command)) ?? [];
  return cell.split('; with ').map((part) => codeIn(part).filter((code) => !code.startsWith('--')));
}

function fits(keys: readonly string[], shape: readonly string[]): boolean {
  const all = shape.map((key) => key.replace('?', ''));
  return (
    keys.every((key) => all.includes(key)) && shape.every((key) => key.endsWith('?') || keys.includes(key))
  );
}

function documentIn(text: string): Record<string, unknown> {
  expect(text).toMatch(/^\{.*\}\n$/);
  return JSON.parse(text);
}

function expectError({ out, err, code }: Ended, expected: { code: number; error: string }): void {
  expect(out).toBe('');
  const { error, ...rest } = documentIn(err);
  expect(rest).toEqual({});
  expect(error).toMatchObject({ code: expected.error, message: expect.stringMatching(/^(?!error:)./) });
  expect(code).toBe(expected.code);
}

it.each(Object.entries(COMMANDS))('%s prints one document, or one error', async (command, runs) => {
  for (const wanted of runs) {
    const { run, file } = await scene({ seed: 3, auth: { users: { admin: PASSWORD } } });
    await writeFile(file('good.ndjson'), '{"name":"Ada"}\n');
    await writeFile(file('mixed.ndjson'), '{"name":"Ada"}\n{"name":""}\n');
    const { args, env = SIGNED_IN, stdin = '' } = wanted;
    const ended = await run([command, ...args(file), '--json', '--timeout', '5000'], { env, stdin });
    expect(ended.out + ended.err).not.toContain(PASSWORD);
    if ('error' in wanted) {
      expectError(ended, wanted);
      continue;
    }
    const printed = documentIn(ended.out);
    expect(printed).toMatchObject(wanted.prints);
    const shapes = await shapeIn(command);
    expect(
      shapes.some((shape) => fits(Object.keys(printed), shape)),
      `${Object.keys(printed)} are not what the README says: ${shapes.join(' or ')}`,
    ).toBe(true);
    expect(ended.err).toBe('');
    expect(ended.code).toBe(wanted.code ?? 0);
  }
  expectError(await persona([command, '--json', '--timeout', '0']), { code: 2, error: 'invalid_input' });
});

it('no command with --json is left out, here or in the README', async () => {
  const { out } = await persona(['completion', 'bash']);
  const taking = [...out.matchAll(/^ {4}(\w+):\*\) .*--json\b/gm)].map(([, name]) => name);
  expect(taking).toEqual(Object.keys(COMMANDS));
  const rows = tableOf(await readFile('README.md', 'utf8'), 'json');
  expect(rows.flatMap(([names]) => codeIn(names))).toEqual(taking);
});

it('a command that does not exist is an error in JSON, too, and --help stays help', async () => {
  expectError(await persona(['lst', '--json']), { code: 2, error: 'invalid_input' });
  const help = await persona(['list', '--json', '--help']);
  expect(help).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('Usage: persona-client list'),
  });
});

it('an export to standard output is the personas alone, and its document goes to standard error', async () => {
  const { run, connect } = await scene({ seed: 2 });
  const { out, err, code } = await run(['export', '--json', '--format', 'json']);
  expect(JSON.parse(out)).toEqual(await connect().personas.toArray());
  expect(documentIn(err)).toEqual({ file: '-', exported: 2, complete: true });
  expect(code).toBe(0);
});
