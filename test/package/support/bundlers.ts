import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { installTools, runCommand } from '../../support/install.js';

const VERSIONS = {
  vite: '8.3.8',
  webpack: '5.112.2',
  'webpack-cli': '7.3.1',
  rollup: '4.67.4',
  '@rollup/plugin-node-resolve': '16.0.3',
  '@rollup/plugin-commonjs': '29.0.3',
  parcel: '2.16.4',
};

export const installBundlers = () => installTools(VERSIONS);

export interface Bundler {
  readonly name: string;
  /** Bundles the app's page and returns the warnings. */
  readonly bundle: (folders: Folders) => Promise<string>;
}

interface Folders {
  readonly app: string;
  readonly output: string;
  readonly tools: string;
}

export const PAGE = '<!doctype html><title>smoke</title><script type="module" src="./page.mjs"></script>';
const BUNDLED_PAGE = PAGE.replace('page.mjs', 'page.js');

/** Runs a tool's JavaScript file and returns its stderr. Without `npx`, which prints messages of npm. */
async function runTool({ app, tools }: Folders, file: string, args: readonly string[]): Promise<string> {
  const command = [join(tools, 'node_modules', file), ...args];
  const { stderr } = await runCommand(process.execPath, command, { cwd: app });
  return stderr;
}

const writePage = ({ output }: Folders) => writeFile(join(output, 'index.html'), BUNDLED_PAGE);

export const BUNDLERS: readonly Bundler[] = [
  {
    name: `Vite ${VERSIONS.vite}`,
    bundle: async (folders) => {
      // The bundle contains two copies of the client, and Vite warns about chunks above 500 kB.
      const config = 'export default { build: { chunkSizeWarningLimit: 2000 } };';
      await writeFile(join(folders.app, 'vite.config.mjs'), config);
      return runTool(folders, 'vite/bin/vite.js', ['build', '--outDir', folders.output]);
    },
  },
  {
    name: `webpack ${VERSIONS.webpack}`,
    bundle: async (folders) => {
      await writePage(folders);
      return runTool(folders, 'webpack/bin/webpack.js', [
        '--mode=production',
        '--entry=./page.mjs',
        `--output-path=${folders.output}`,
        '--output-filename=page.js',
      ]);
    },
  },
  {
    name: `Rollup ${VERSIONS.rollup}`,
    bundle: async (folders) => {
      await writePage(folders);
      const plugin = (name: string) => join(folders.tools, 'node_modules/@rollup', name, 'dist/es/index.js');
      await writeFile(
        join(folders.app, 'rollup.config.mjs'),
        `import resolve from '${plugin('plugin-node-resolve')}';
import commonjs from '${plugin('plugin-commonjs')}';
export default { plugins: [resolve({ browser: true }), commonjs()] };`,
      );
      return runTool(folders, 'rollup/dist/bin/rollup', [
        'page.mjs',
        '--config=rollup.config.mjs',
        `--dir=${folders.output}`,
        '--format=es',
        '--silent',
      ]);
    },
  },
  {
    name: 'esbuild 0.28.2',
    bundle: async (folders) => {
      await writePage(folders);
      const { warnings } = await build({
        entryPoints: [join(folders.app, 'page.mjs')],
        outdir: folders.output,
        bundle: true,
        format: 'esm',
        splitting: true,
        minify: true,
      });
      return warnings.map(({ text }) => text).join('\n');
    },
  },
  {
    name: `Parcel ${VERSIONS.parcel}`,
    bundle: (folders) =>
      runTool(folders, 'parcel/lib/bin.js', [
        'build',
        'index.html',
        `--dist-dir=${folders.output}`,
        '--no-source-maps',
        '--no-cache',
        '--log-level=warn',
      ]),
  },
];

/** Returns the imports in a bundle that a browser cannot load. */
export async function findNodeImports(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  if (files.length === 0) throw new Error(`${folder} contains no bundle`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) => [
    ...(text.match(/["'`]node:[\w/]+["'`]/g) ?? []),
    ...(text.match(/(?:from|import|require)\s*\(?\s*["'`]events["'`]/g) ?? []),
  ]);
}
