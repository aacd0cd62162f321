import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, inject, it, onTestFinished } from 'vitest';
import { installApp, REPOSITORY, runCommand } from '../support/install.js';

it('everything that applications hold works in the reactive state of frameworks', async () => {
  const app = await installApp(inject('packed').tarball, {
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    immer: '11.2.13',
    mobx: '7.1.3',
    pinia: '4.1.0',
    'solid-js': '1.9.20',
    svelte: '5.57.3',
    undici: '7.28.0',
    valtio: '2.3.2',
    'valtio-1': 'npm:valtio@1.13.2',
    vue: '3.5.45',
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  await build({
    entryPoints: [join(REPOSITORY, 'test/support/held-objects.ts')],
    outfile: join(app.folder, 'held-objects.mjs'),
    bundle: true,
    packages: 'external',
    tsconfigRaw: {}, // the checkout's own resolves the package to its source
    format: 'esm',
    platform: 'node',
  });
  // On the server, Solid and Svelte have no reactive state.
  const args = ['--conditions=browser', 'reactive-state.mjs'];
  const { stdout } = await runCommand(process.execPath, args, { cwd: app.folder });
  expect(stdout).toBe('done\n');
});
