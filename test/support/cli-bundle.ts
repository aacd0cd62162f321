import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the bundled command. */
    cliEntry: string;
  }
}

const ENTRY = fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url));
/** Below node_modules, so that the bundle finds its packages. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/persona-client', import.meta.url));

/** Bundles the command, because a process that compiles the sources takes twice as long to start. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await mkdir(CACHE, { recursive: true });
  const outdir = await mkdtemp(join(CACHE, 'cli-'));
  await build({
    entryPoints: [ENTRY],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir,
    logLevel: 'error',
  });
  project.provide('cliEntry', join(outdir, 'index.js'));
  return () => rm(outdir, { recursive: true, force: true });
}
