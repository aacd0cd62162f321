import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';

export const run = promisify(execFile);
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const smoke = fileURLToPath(new URL('../smoke/', import.meta.url));

type Dependencies = Readonly<Record<string, string>>;

/** Node itself, as the registry has it for this platform, without the installer of the `node` package. */
export const nodeOf = (version: string): string =>
  `npm:node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${version}`;

/** A folder with these packages, kept between runs: they are hundreds of megabytes and their versions are named. */
export async function toolbox(dependencies: Dependencies): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 16);
  const folder = join(root, 'node_modules/.cache/persona-client', name);
  const complete = join(folder, 'complete');
  if (await stat(complete).catch(() => undefined)) return folder;
  await rm(folder, { recursive: true, force: true });
  await install(folder, dependencies);
  await writeFile(complete, '');
  return folder;
}

/** A fresh folder where the tarball is installed beside the smoke program, and what is to happen to it. */
export async function freshApp(tarball: string, more: Dependencies = {}, manifest: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-app-'));
  await install(folder, { 'persona-client': `file:${tarball}`, ...more }, manifest);
  await cp(smoke, folder, { recursive: true });
  const source = await readFile(join(smoke, 'program.ts'), 'utf8');
  for (const [format, file] of [
    ['esm', 'program.mjs'],
    ['cjs', 'program.cjs'],
  ] as const)
    await writeFile(join(folder, file), (await transform(source, { loader: 'ts', format })).code);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function install(folder: string, dependencies: Dependencies, manifest: object = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  const json = JSON.stringify({ private: true, ...manifest, dependencies });
  await writeFile(join(folder, 'package.json'), json);
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder });
}
