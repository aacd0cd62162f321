import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installApp, installTools, nodePackage, REPOSITORY, runCommand } from '../support/install.js';

const packed = inject('packed');
let app: Awaited<ReturnType<typeof installApp>>;
/** Folder of the installed package. */
let packageFolder = '';

beforeAll(async () => {
  app = await installApp(packed.tarball);
  packageFolder = join(app.folder, 'node_modules/persona-client');
});

afterAll(() => app[Symbol.asyncDispose]());

/** Chunks, which the bundler names by their content. */
const CHUNK = /^dist\/[\w-]+-[\w-]{8}\.(?:c?js|d\.cts)$/;
/** Peer dependencies that only the declarations of one subpath may import. */
const ALLOWED_IMPORTS =
  /^mcp\.d\.c?ts imports @modelcontextprotocol\/|^otel\.d\.c?ts imports @opentelemetry\/api$|^query\.d\.c?ts imports @tanstack\/query-core$|^[\w.]+ imports persona-client$/;

describe('the tarball', () => {
  it('contains exactly the expected files', async () => {
    const files = packed.files
      .map(({ path }) => path)
      .filter((path) => !CHUNK.test(path) && !path.startsWith('docs/'));
    await expect(`${files.sort().join('\n')}\n`).toMatchFileSnapshot('contents.txt');
  });

  it('contains all guides and the reference', async () => {
    const folders = ['docs/guides', 'docs/reference'];
    const pages = await Promise.all(
      folders.map(async (folder) =>
        (await readdir(join(REPOSITORY, folder))).map((file) => `${folder}/${file}`),
      ),
    );
    const files = packed.files.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
    expect(files.sort()).toEqual(pages.flat().sort());
  });

  it('exports classes and functions under their own names', async () => {
    const program = `const library = await import('persona-client');
      const renamed = Object.keys(library).filter((name) => typeof library[name] === 'function' && library[name].name !== name);
      console.log(JSON.stringify(renamed));`;
    const { stdout } = await runCommand('node', ['--input-type=module', '--eval', program], {
      cwd: app.folder,
    });
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it('has no install scripts', async () => {
    const { scripts } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
    const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(scripts).filter((name) => installScripts.includes(name))).toEqual([]);
  });

  it.each(['local-service.mjs', 'local-service.cjs'])(
    'contains a working local service: %s',
    async (program) => {
      const { stdout, stderr } = await runCommand(process.execPath, [program], { cwd: app.folder });
      expect(stdout.trim()).toBe('local service: ok');
      expect(stderr).toBe('');
    },
  );

  it('starts the local service with its command', async () => {
    const bin = join(packageFolder, 'dist/cli.js');
    const database = join(app.folder, 'personas.sqlite');
    const child = spawn(process.execPath, [bin, 'serve', '--port', '0', '--db', database]);
    const [line] = await once(child.stdout, 'data');
    const url = /http:\/\/\S+/.exec(String(line))?.[0];
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'healthy' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('has a command that names the needed version of Node.js on an older one', async () => {
    const { engines } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
    const versions = ['18.20.8', '20.19.0', '22.12.0'];
    const tools = await installTools(
      Object.fromEntries(versions.map((version) => [`node-${version}`, nodePackage(version)])),
    );
    for (const version of versions) {
      const node = join(tools, `node_modules/node-${version}/bin/node`);
      const run = (...args: string[]) =>
        spawnSync(node, [join(packageFolder, 'dist/cli.js'), ...args], { encoding: 'utf8' });
      const message = `The persona-client command needs Node.js ${engines.node.slice('>='.length)} or newer, and this is Node.js ${version}.`;
      expect(run('list')).toMatchObject({ status: 1, stdout: '', stderr: `${message}\n` });
      const { status, stderr } = run('list', '--json');
      expect(status).toBe(1);
      expect(JSON.parse(stderr)).toEqual({ error: { code: 'failed', message } });
    }
  }, 120_000);

  it.each([
    ['ES module', 'module', "import { listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';"],
    [
      'CommonJS',
      'commonjs',
      "const { listenMcpSocket, TcpClientTransport } = require('persona-client/mcp');",
    ],
  ])('has an MCP client that needs no MCP server package: %s', async (_, type, load) => {
    const code = `${load}
      new TcpClientTransport('127.0.0.1', 1).start().catch((error) => console.log(error.code));
      listenMcpSocket(() => {}, { port: 0 }).catch((error) => console.log(error.message.split('\\n')[0]));`;
    const args = [`--input-type=${type}`, '--eval', code];
    const { stdout } = await runCommand(process.execPath, args, { cwd: app.folder });
    expect(stdout).toContain('ECONNREFUSED');
    expect(stdout).toMatch(/Cannot find (?:package|module) '@modelcontextprotocol\/server/);
  });

  it('has declarations that import no dependency', async () => {
    const files = await readdir(join(packageFolder, 'dist'));
    const imports = await Promise.all(
      files
        .filter((file) => /\.d\.c?ts$/.test(file))
        .map(async (file) => {
          const types = await readFile(join(packageFolder, 'dist', file), 'utf8');
          return [...types.matchAll(/(?:from |import\(|require\()['"]((?!\.\/)[^'"]+)/g)].map(
            ([, name]) => `${file} imports ${name}`,
          );
        }),
    );
    expect(imports.flat().filter((text) => !ALLOWED_IMPORTS.test(text))).toEqual([]);
  });
});
