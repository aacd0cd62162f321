import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { root, run } from './tools.js';

/** What `npm pack --json` says of a tarball. */
export interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package, and where its file is. */
    packed: Packed & { readonly tarball: string };
  }
}

/** Packs once for all tests of the package; the build is there already. */
export default async function pack(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-pack-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [packed]: Packed[] = Object.values(JSON.parse(stdout));
  if (!packed) throw new Error('npm pack packed nothing');
  project.provide('packed', { ...packed, tarball: join(folder, packed.filename) });
  return () => rm(folder, { recursive: true, force: true });
}
