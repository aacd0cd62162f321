import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { alias } from '../../../vitest.config.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the programs that the tests start and kill. */
    programs: string;
    /** Folder of the page that the tests open and kill. */
    page: string;
  }
}

const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Bundles each program into one file. It starts ten times faster, so that more kills hit its work. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outdir = await mkdtemp(join(tmpdir(), 'persona-client-programs-'));
  await build({
    entryPoints: [source('heap.ts'), source('service.ts'), source('worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    external: ['undici'],
    alias,
    outdir,
    logLevel: 'error',
  });
  const page = join(outdir, 'page');
  await build({
    entryPoints: [source('tab.ts')],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    alias: { ...alias, events: 'eventemitter3' }, // as in the published build
    outdir: page,
    logLevel: 'error',
  });
  await writeFile(
    join(page, 'index.html'),
    '<!doctype html><title>import</title><script type="module" src="./tab.js"></script>',
  );
  project.provide('programs', outdir);
  project.provide('page', page);
  return () => rm(outdir, { recursive: true, force: true });
}
