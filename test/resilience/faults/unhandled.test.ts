import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));

it('an unhandled rejection fails the run, though every test passes', async () => {
  const config = ['--config', 'test/faults/support/unhandled.config.ts'];
  const child = spawn(process.execPath, [vitest, 'run', ...config], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const [code] = await once(child, 'exit');
  expect(said.join('')).toMatch(/1 passed/);
  expect(said.join('')).toMatch(/nobody cared/);
  expect(code).toBe(1);
});
