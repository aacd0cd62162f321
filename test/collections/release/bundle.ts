import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { alias } from '../../../vitest.config.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the programs are that are started and killed. */
    programs: string;
  }
}

const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** As one file each a program starts in a tenth of the time, and is killed as often in its work. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outdir = await mkdtemp(join(tmpdir(), 'persona-client-programs-'));
  await build({
    entryPoints: [source('service.ts'), source('worker.ts')],
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
  project.provide('programs', outdir);
  return () => rm(outdir, { recursive: true, force: true });
}
