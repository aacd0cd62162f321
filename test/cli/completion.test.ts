import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTempFolder, runCli } from '../support/cli.js';

it('completes commands, options and option values in bash', async () => {
  const file = await createTempFolder();
  const { stdout } = await runCli(['completion', 'bash']);
  await writeFile(file('completion.bash'), stdout);
  const complete = (...words: string[]) => {
    const script = `source "$1"; COMP_WORDS=(persona-client "\${@:2}"); COMP_CWORD=$#; ((COMP_CWORD--)); _persona_client; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', script, 'bash', file('completion.bash'), ...words], {
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .filter(Boolean);
  };
  expect(complete('exp')).toEqual(['export']);
  expect(complete('import', '--jo')).toEqual(['--journal']);
  expect(complete('import', '--format', '')).toEqual(['ndjson', 'json', 'csv', 'tsv']);
  expect(complete('serve', '--dialect', 'sub')).toEqual(['subresource']);
});

/** Completes the last of the words in bash, with the function that the script registers for the first. */
async function completeInBash(folder: string, words: readonly string[]): Promise<string[]> {
  const file = join(folder, '.completion.bash');
  await writeFile(file, (await runCli(['completion', 'bash'])).stdout);
  const script = `source "$1"; COMP_WORDS=("\${@:2}"); COMP_CWORD=$#; ((COMP_CWORD -= 2)); spec=($(complete -p "$2")); \${spec[4]}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', file, ...words], {
    encoding: 'utf8',
    cwd: folder,
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean).toSorted();
}

it.each([
  [['persona-client', 'import', 'my'], ['my people.csv', "my * people's.csv"].toSorted()],
  [['persona-client', 'export', 'my p'], ['my people.csv']],
  [['persona-client', 'import', '--format', 'csv', 'oth'], ['other.csv']],
  [
    ['persona-client', 'completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['persona-client', 'completion', 'z'], ['zsh']],
  [['persona-client', 'import', '--format', '=', 'c'], ['csv']],
  [
    ['persona-client', 'import', '--format', '='],
    ['csv', 'json', 'ndjson', 'tsv'],
  ],
  [['persona-client', 'list', ''], []],
  [['npx', 'persona-client', 'expo'], ['export']],
  [['npx', '--no-install', 'persona-client', 'completion', 'b'], ['bash']],
  [['npx', 'persona-client', 'import', 'my p'], ['my people.csv']],
  [['npx', 'other', 'expo'], []],
] as const)('completes %j in bash', async (words, expected) => {
  const file = await createTempFolder();
  for (const name of ['my people.csv', "my * people's.csv", 'other.csv']) await writeFile(file(name), '');
  expect(await completeInBash(file('.'), words)).toEqual(expected);
});

it('keeps a completion for npx that exists in bash', async () => {
  const file = await createTempFolder();
  await writeFile(file('completion.bash'), (await runCli(['completion', 'bash'])).stdout);
  const { stdout } = spawnSync(
    'bash',
    ['-c', 'complete -W mine npx; source "$1"; complete -p npx', 'bash', file('completion.bash')],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toContain('mine');
});

it.each(['zsh', 'fish'])('prints a script that %s can parse', async (shell) => {
  const { stdout } = await runCli(['completion', shell]);
  for (const word of ['typegen', 'concurrency', 'ndjson json csv tsv']) expect(stdout).toContain(word);
  const file = await createTempFolder();
  await writeFile(file('script'), stdout);
  const { status, error, stderr } = spawnSync(shell, ['-n', file('script')], { encoding: 'utf8' });
  if (error) console.log(`${shell} is not installed. npm test -- --project package tests its completions.`);
  else expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
