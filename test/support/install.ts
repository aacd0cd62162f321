import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';

/** Runs a program to its end. Rejects if it fails; the error has `stdout` and `stderr`. */
export const runCommand = promisify(execFile);

/** Path of the repository's root folder. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const SMOKE_FOLDER = join(REPOSITORY, 'test/package/smoke');

type Dependencies = Readonly<Record<string, string>>;

/** The npm package with the Node.js binary for this platform. The `node` package itself needs an install script. */
export const nodePackage = (version: string): string =>
  `npm:node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${version}`;

/** Installs packages into a cached folder and returns its path. They are large, and their versions are exact. */
export async function installTools(dependencies: Dependencies): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 16);
  const folder = join(REPOSITORY, 'node_modules/.cache/persona-client', hash);
  const marker = join(folder, 'complete');
  if (await stat(marker).catch(() => undefined)) return folder;
  await rm(folder, { recursive: true, force: true });
  await installPackages(folder, dependencies);
  await writeFile(marker, '');
  return folder;
}

/** Creates a temporary app with the smoke programs, the packed package, and more packages if needed. */
export async function installApp(tarball: string, dependencies: Dependencies = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-app-'));
  await installPackages(folder, { 'persona-client': `file:${tarball}`, ...dependencies });
  await copySmokePrograms(folder);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Copies the smoke programs. Compiles those in TypeScript to ES modules and to CommonJS. */
export async function copySmokePrograms(folder: string): Promise<void> {
  await cp(SMOKE_FOLDER, folder, { recursive: true });
  for (const name of ['program', 'failures'])
    for (const [format, extension] of [
      ['esm', 'mjs'],
      ['cjs', 'cjs'],
    ] as const) {
      const source = await readFile(join(SMOKE_FOLDER, `${name}.ts`), 'utf8');
      const { code } = await transform(source, { loader: 'ts', format });
      await writeFile(join(folder, `${name}.${extension}`), code);
    }
}

/** Packages that do not work without their install scripts. No other install script runs. */
const NEEDS_SCRIPTS: readonly string[] = ['bun'];

async function installPackages(folder: string, dependencies: Dependencies): Promise<void> {
  const names = NEEDS_SCRIPTS.filter((name) => name in dependencies);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  await runCommand('npm', ['install', ...options], { cwd: folder });
  // Scripts run only for these names. `strict-allow-scripts` would also reject the scripts that do not run.
  if (names.length > 0)
    await runCommand('npm', ['rebuild', '--no-strict-allow-scripts', ...names], { cwd: folder });
}
