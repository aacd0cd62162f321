import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { REPOSITORY, runCommand } from '../../support/install.js';

/** Describes a tarball, as `npm pack --json` prints it. */
export interface PackedPackage {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package, with the path of its tarball. */
    packed: PackedPackage & { readonly tarball: string };
  }
}

/** Packs the built package once for all tests. */
export default async function pack(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-pack-'));
  const args = ['pack', '--json', '--pack-destination', folder];
  const { stdout } = await runCommand('npm', args, { cwd: REPOSITORY });
  const [packed]: PackedPackage[] = Object.values(JSON.parse(stdout));
  if (!packed) throw new Error('npm pack did not create a tarball');
  project.provide('packed', { ...packed, tarball: join(folder, packed.filename) });
  return () => rm(folder, { recursive: true, force: true });
}
