import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY, runCommand } from '../support/install.js';

test.each([
  ['the public API matches the reports in api/', 'tsx', ['scripts/api-report.ts', '--check']],
  ['publint has no suggestions', 'publint', ['--strict']],
  ['every entry point resolves with types in every module resolution mode', 'attw', ['--pack']],
])('%s', async (_title, command, args) => {
  const file = join(REPOSITORY, 'node_modules/.bin', command);
  const failure = await runCommand(file, args, { cwd: REPOSITORY }).then(
    () => '',
    ({ message, stdout }: Error & { stdout: string }) => `${message}\n${stdout}`, // the message contains stderr
  );
  expect(failure).toBe('');
});
