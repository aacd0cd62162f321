import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshApp, run } from './support/tools.js';

const packed = inject('packed');
let app: Awaited<ReturnType<typeof freshApp>>;
let installed = '';

beforeAll(async () => {
  app = await freshApp(packed.tarball);
  installed = join(app.folder, 'node_modules/persona-client');
});

afterAll(() => app[Symbol.asyncDispose]());

/** Parts that the bundler names. */
const CHUNK = /^dist\/[\w-]+-[\w-]{8}\.(?:js|d\.c?ts)$/;
/** What only users of a subpath have beside it. */
const ALLOWED =
  /^mcp\.d\.c?ts names @modelcontextprotocol\/|^otel\.d\.c?ts names @opentelemetry\/api$|^query\.d\.c?ts names @tanstack\/query-core$|^[\w.]+ names persona-client$/;

describe('the tarball', () => {
  it('holds these files and no others', async () => {
    const files = packed.files.map(({ path }) => path).filter((path) => !CHUNK.test(path));
    await expect(`${files.sort().join('\n')}\n`).toMatchFileSnapshot('contents.txt');
  });

  it('runs nothing when it is installed', async () => {
    const { scripts } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    const atInstallation = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(scripts).filter((name) => atInstallation.includes(name))).toEqual([]);
  });

  it.each(['double.mjs', 'double.cjs'])('brings a service that works: %s', async (program) => {
    const { stdout, stderr } = await run(process.execPath, [program], { cwd: app.folder });
    expect(stdout.trim()).toBe('double: ok');
    expect(stderr).toBe('');
  });

  it('serves from its command', async () => {
    const bin = join(installed, 'dist/cli.js');
    const database = join(app.folder, 'personas.sqlite');
    const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--db', database]);
    const [line] = await once(child.stdout, 'data');
    const url = /http:\/\/\S+/.exec(String(line))?.[0];
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('names no vendor in its declarations', async () => {
    const files = await readdir(join(installed, 'dist'));
    const vendors = await Promise.all(
      files
        .filter((file) => /\.d\.c?ts$/.test(file))
        .map(async (file) => {
          const types = await readFile(join(installed, 'dist', file), 'utf8');
          return [...types.matchAll(/(?:from |import\(|require\()['"]((?!\.\/)[^'"]+)/g)].map(
            ([, name]) => `${file} names ${name}`,
          );
        }),
    );
    expect(vendors.flat().filter((one) => !ALLOWED.test(one))).toEqual([]);
  });
});
