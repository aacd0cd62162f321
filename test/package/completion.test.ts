import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { installApp } from '../support/install.js';

const SHELLS = fileURLToPath(new URL('shells', import.meta.url));
/** Command lines, and the last word after completion. */
const LINES = [
  ['persona-client im', 'import'],
  ['persona-client typ', 'typegen'],
  ['persona-client import --jo', '--journal'],
  ['persona-client import --format nd', 'ndjson'],
  ['persona-client serve --dialect sub', 'subresource'],
  ['persona-client completion --he', '--help'],
  ['persona-client completion z', 'zsh'],
  ['npx persona-client expo', 'export'],
  ['npx --no-install persona-client import --format nd', 'ndjson'],
] as const;

let app: Awaited<ReturnType<typeof installApp>>;

beforeAll(async () => {
  app = await installApp(inject('packed').tarball);
});

afterAll(() => app[Symbol.asyncDispose]());

/** Writes the completion script of the installed command to a file, and returns its path. */
async function writeScript(shell: string, file: string): Promise<string> {
  const command = join(app.folder, 'node_modules/.bin/persona-client');
  const { stdout } = await promisify(execFile)(command, ['completion', shell]);
  const path = join(app.folder, file);
  await writeFile(path, stdout);
  return path;
}

/**
 * Runs a shell and returns the lines that it prints.
 *
 * @throws {Error} if the shell is not installed: its completions would be untested.
 */
async function runShell(
  shell: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  const execution = promisify(execFile)(shell, args, {
    env: { ...process.env, ...env, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
    timeout: 60_000,
  });
  const { stdout } = await execution.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(
      `${shell} is not installed. Install it to test its completions: apt-get install zsh fish`,
    );
  });
  return stdout.trim().split('\n');
}

it('completes commands, options and values in bash', async () => {
  const file = await writeScript('bash', 'completion.bash');
  for (const [line, word] of LINES) {
    const code = `source "$1"; COMP_WORDS=($2); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); spec=($(complete -p "\${COMP_WORDS[0]}")); \${spec[4]}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(await runShell('bash', ['--norc', '-c', code, 'bash', file, line]), line).toEqual([word]);
  }
});

it('completes commands, options and values in zsh', async () => {
  await writeScript('zsh', '_persona-client');
  const lines = LINES.map(([line]) => line);
  const completed = await runShell('zsh', ['-f', join(SHELLS, 'complete-lines.zsh'), ...lines], {
    ZDOTDIR: SHELLS,
    COMPLETIONS: app.folder,
  });
  const withoutLastWord = (line: string) => line.slice(0, line.lastIndexOf(' ') + 1);
  expect(completed.map((line) => line.trim())).toEqual(
    LINES.map(([line, word]) => `${withoutLastWord(line)}${word}`),
  );
});

it('completes commands, options and values in fish', async () => {
  const file = await writeScript('fish', 'completion.fish');
  for (const [line, word] of LINES) {
    const candidates = await runShell('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`]);
    expect(
      candidates.map((candidate) => candidate.split('\t')[0]),
      line,
    ).toEqual([word]);
  }
});
