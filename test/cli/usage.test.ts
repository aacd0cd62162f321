import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, inject, it } from 'vitest';
import { runCli, setupCli } from '../support/cli.js';

it('reports a failure by exit code, and with --json by error code', async () => {
  const { run } = await setupCli({ auth: { users: { admin: 'secret-password' } } });
  const isLoggedIn = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'secret-password' };
  for (const [args, env, code, errorCode] of [
    [['get', '99'], isLoggedIn, 4, 'not_found'],
    [['get', '99'], {}, 5, 'unauthenticated'],
    [['get', '99'], { PERSONA_API_TOKEN: 'wrong' }, 5, 'unauthenticated'],
    [['update', '1', '--set', 'demographic.age=500'], isLoggedIn, 2, 'invalid_input'],
    [['list', '--url', 'http://127.0.0.1:1'], {}, 6, 'connection_failed'],
  ] as const) {
    const result = await run([...args, '--json', '--timeout', '5000'], { env });
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
    expect(JSON.parse(result.stderr).error.code).toBe(errorCode);
    expect(result.stderr).not.toContain('secret-password');
  }
});

it('exits with 2 for invalid arguments, and suggests a command', async () => {
  const { code, stderr } = await runCli(['improt', 'x']);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean import?');
  expect((await runCli(['list', '--page', '0'])).code).toBe(2);
  expect((await runCli(['purge', '--older-than', 'soon'])).code).toBe(2);
});

it('shows exit codes and examples in --help, and examples for every command', async () => {
  const { stdout, code } = await runCli(['--help']);
  expect(code).toBe(0);
  for (const text of ['Exit codes:', '3    partial', '130  interrupted', 'Examples:'])
    expect(stdout).toContain(text);
  const [, commandList = ''] = /Commands:\n(.*?)\n\n/s.exec(stdout) ?? [];
  const names = [...commandList.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  expect(names).toEqual([
    ...['serve', 'mcp', 'login', 'logout', 'whoami', 'list', 'get', 'create', 'update', 'delete'],
    ...['import', 'export', 'erase', 'purge', 'typegen', 'doctor', 'completion'],
  ]);
  for (const name of names.slice(2)) {
    const help = await runCli([name, '--help']);
    expect(help.stdout, name).toMatch(/Examples?:\n {2}\$ persona-client|\n {2}\$ .*persona-client/);
  }
});

it('lists the same exit codes in the reference and in --help', async () => {
  const page = await readFile('docs/reference/command-line.md', 'utf8');
  const [, table = ''] = /<!-- table: exit codes -->\n(.*?)\n\n/s.exec(page) ?? [];
  const documentedCodes = [...table.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [
    code,
    meaning,
  ]);
  const { stdout } = await runCli(['--help']);
  const [, list = ''] = /Exit codes:\n(.*?)\n\n/s.exec(stdout) ?? [];
  const helpCodes = [...list.matchAll(/^ {2}(\d+) +(.*)$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(helpCodes).toEqual(documentedCodes);
  expect(documentedCodes).toHaveLength(8);
});

it('prints colors on a terminal, unless NO_COLOR is set', async () => {
  const { env } = await setupCli();
  const runOnTerminal = (extraEnv: NodeJS.ProcessEnv) =>
    spawnSync('script', ['-qec', `"${process.execPath}" ${inject('cliEntry')} doctor`, '/dev/null'], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        TERM: 'xterm-256color',
        ...env,
        PERSONA_API_URL: 'http://127.0.0.1:1',
        ...extraEnv,
      },
    });
  const colored = runOnTerminal({});
  if (colored.error) console.log('Skipped: this test needs script of util-linux.');
  else {
    expect(colored.stdout).toContain('\u001b[31m');
    const plain = runOnTerminal({ NO_COLOR: '1' }).stdout;
    expect(plain).toContain('✗ reachability');
    expect(plain).not.toContain('\u001b[');
  }
});
