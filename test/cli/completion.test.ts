import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
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
  expect(complete('import', '--format', '')).toEqual(['ndjson', 'json', 'csv']);
  expect(complete('serve', '--dialect', 'sub')).toEqual(['subresource']);
});

it.each(['zsh', 'fish'])('prints a script that %s can parse', async (shell) => {
  const { stdout } = await runCli(['completion', shell]);
  for (const word of ['typegen', 'concurrency', 'ndjson json csv']) expect(stdout).toContain(word);
  const file = await createTempFolder();
  await writeFile(file('script'), stdout);
  const { status, error, stderr } = spawnSync(shell, ['-n', file('script')], { encoding: 'utf8' });
  if (error) console.log(`${shell} is not installed. npm test -- --project package tests its completions.`);
  else expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
