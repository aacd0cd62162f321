import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { freshApp } from './support/tools.js';

const here = fileURLToPath(new URL('shells', import.meta.url));
/** What is typed, and what a shell makes of it. */
const LINES = [
  ['persona-client im', 'import'],
  ['persona-client typ', 'typegen'],
  ['persona-client import --jo', '--journal'],
  ['persona-client import --format nd', 'ndjson'],
  ['persona-client serve --dialect sub', 'subresource'],
  ['persona-client completion --he', '--help'],
] as const;

let app: Awaited<ReturnType<typeof freshApp>>;

beforeAll(async () => {
  app = await freshApp(inject('packed').tarball);
});

afterAll(() => app[Symbol.asyncDispose]());

/** Keeps the script that the installed command prints, where the shell looks for it. */
async function script(shell: string, file: string): Promise<string> {
  const command = join(app.folder, 'node_modules/.bin/persona-client');
  const { stdout } = await promisify(execFile)(command, ['completion', shell]);
  const path = join(app.folder, file);
  await writeFile(path, stdout);
  return path;
}

/** Runs a shell to its end. @throws Error where there is none: completions that no shell has seen are not tested. */
async function run(shell: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const running = promisify(execFile)(shell, args, {
    env: { ...process.env, ...env, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
    timeout: 60_000,
  });
  const { stdout } = await running.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(`There is no ${shell}, which has to try its completions: apt-get install zsh fish`);
  });
  return stdout.trim().split('\n');
}

it('bash completes', async () => {
  const file = await script('bash', 'completion.bash');
  for (const [line, word] of LINES) {
    const program = `source "$1"; COMP_WORDS=($2); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _persona_client; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(await run('bash', ['--norc', '-c', program, 'bash', file, line]), line).toEqual([word]);
  }
});

it('zsh completes', async () => {
  await script('zsh', '_persona-client');
  const lines = LINES.map(([line]) => line);
  const completed = await run('zsh', ['-f', join(here, 'lines.zsh'), ...lines], {
    ZDOTDIR: here,
    COMPLETIONS: app.folder,
  });
  const upToLastWord = (line: string) => line.slice(0, line.lastIndexOf(' ') + 1);
  expect(completed.map((line) => line.trim())).toEqual(
    LINES.map(([line, word]) => `${upToLastWord(line)}${word}`),
  );
});

it('fish completes', async () => {
  const file = await script('fish', 'completion.fish');
  for (const [line, word] of LINES) {
    const found = await run('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`]);
    expect(
      found.map((one) => one.split('\t')[0]),
      line,
    ).toEqual([word]);
  }
});
