import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));

it('an unhandled rejection fails the test run, even if all tests pass', async () => {
  const config = ['--config', 'test/resilience/faults/support/unhandled-rejection.config.ts'];
  const child = spawn(process.execPath, [vitest, 'run', ...config], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const [code] = await once(child, 'exit');
  expect(output.join('')).toMatch(/1 passed/);
  expect(output.join('')).toMatch(/unhandled rejection in the fixture/);
  expect(code).toBe(1);
});
