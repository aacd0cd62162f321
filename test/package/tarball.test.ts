import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder = '';
let packed: Packed = { filename: '', files: [] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persona-client-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [first]: Packed[] = Object.values(JSON.parse(stdout));
  if (!first) throw new Error('npm pack packed nothing');
  packed = first;
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--no-audit', '--no-fund', `./${packed.filename}`], { cwd: folder });
  for (const file of ['smoke.mjs', 'smoke.cjs', 'shared.cjs'])
    await copyFile(join(here, file), join(folder, file));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds what users need and nothing else', () => {
    const others = packed.files
      .map(({ path }) => path)
      .filter((path) => !/^dist\/[\w-]+\.(?:d\.)?c?[jt]s$/.test(path));
    expect(others.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD_PARTY_LICENSES',
      'package.json',
    ]);
  });

  it.each(['smoke.mjs', 'smoke.cjs'])('works installed: %s', async (program) => {
    const { stdout, stderr } = await run(process.execPath, [program], { cwd: folder });
    expect(stdout.trim()).toBe('smoke: ok');
    expect(stderr).toBe('');
  });

  it('serves from its command', async () => {
    const bin = join(folder, 'node_modules/persona-client/dist/cli.js');
    const child = spawn(process.execPath, [
      bin,
      'serve',
      '--port',
      '0',
      '--db',
      join(folder, 'personas.sqlite'),
    ]);
    const [line] = await once(child.stdout, 'data');
    const url = /http:\/\/\S+/.exec(String(line))?.[0];
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each(['index.d.ts', 'index.d.cts', 'testing.d.ts', 'testing.d.cts'])(
    'names no vendor in %s',
    async (file) => {
      const types = await readFile(join(folder, 'node_modules/persona-client/dist', file), 'utf8');
      expect(types).not.toMatch(/from '(?!\.\/)|import\('(?!\.\/)|require\(/);
    },
  );
});
