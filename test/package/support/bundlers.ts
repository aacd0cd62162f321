import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { run, toolbox } from './tools.js';

const VERSIONS = {
  vite: '8.3.8',
  webpack: '5.112.2',
  'webpack-cli': '7.3.1',
  rollup: '4.67.4',
  '@rollup/plugin-node-resolve': '16.0.3',
  '@rollup/plugin-commonjs': '29.0.3',
  parcel: '2.16.4',
};

export const bundlerTools = () => toolbox(VERSIONS);

export interface Bundler {
  readonly name: string;
  /** Builds the app's page into `out`; answers what the bundler had to say. */
  readonly bundle: (place: Place) => Promise<string>;
}

interface Place {
  readonly app: string;
  readonly out: string;
  readonly tools: string;
}

export const PAGE = '<!doctype html><title>smoke</title><script type="module" src="./page.mjs"></script>';
const BUILT = PAGE.replace('page.mjs', 'page.js');

/** Node runs the tool's own file, so that no `npx` stands between. */
async function tool({ app, tools }: Place, file: string, args: readonly string[]): Promise<string> {
  const { stderr } = await run(process.execPath, [join(tools, 'node_modules', file), ...args], { cwd: app });
  return stderr;
}

const page = ({ out }: Place) => writeFile(join(out, 'index.html'), BUILT);

export const BUNDLERS: readonly Bundler[] = [
  {
    name: `Vite ${VERSIONS.vite}`,
    bundle: async (place) => {
      // The smoke program holds a second copy of everything; Vite warns from 500 kB on.
      const config = 'export default { build: { chunkSizeWarningLimit: 2000 } };';
      await writeFile(join(place.app, 'vite.config.mjs'), config);
      return tool(place, 'vite/bin/vite.js', ['build', '--outDir', place.out]);
    },
  },
  {
    name: `webpack ${VERSIONS.webpack}`,
    bundle: async (place) => {
      await page(place);
      const output = ['--output-path', place.out, '--output-filename', 'page.js'];
      return tool(place, 'webpack/bin/webpack.js', [
        '--mode',
        'production',
        '--entry',
        './page.mjs',
        ...output,
      ]);
    },
  },
  {
    name: `Rollup ${VERSIONS.rollup}`,
    bundle: async (place) => {
      await page(place);
      const plugin = (name: string) => join(place.tools, 'node_modules/@rollup', name, 'dist/es/index.js');
      await writeFile(
        join(place.app, 'rollup.config.mjs'),
        `import resolve from '${plugin('plugin-node-resolve')}';
import commonjs from '${plugin('plugin-commonjs')}';
export default { plugins: [resolve({ browser: true }), commonjs()] };`,
      );
      const args = [
        'page.mjs',
        '--config',
        'rollup.config.mjs',
        '--dir',
        place.out,
        '--format',
        'es',
        '--silent',
      ];
      return tool(place, 'rollup/dist/bin/rollup', args);
    },
  },
  {
    name: 'esbuild 0.28.2',
    bundle: async (place) => {
      await page(place);
      const entry = { entryPoints: [join(place.app, 'page.mjs')], outdir: place.out };
      const { warnings } = await build({
        ...entry,
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
    bundle: (place) =>
      tool(place, 'parcel/lib/bin.js', [
        'build',
        'index.html',
        '--dist-dir',
        place.out,
        '--no-source-maps',
        '--no-cache',
        '--log-level',
        'warn',
      ]),
  },
];

/** The imports in a finished bundle that no browser can follow. */
export async function nodeImportsIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  if (files.length === 0) throw new Error(`${folder} holds no bundle`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) => [
    ...(text.match(/["'`]node:[\w/]+["'`]/g) ?? []),
    ...(text.match(/(?:from|import|require)\s*\(?\s*["'`]events["'`]/g) ?? []),
  ]);
}

export async function emptyFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}
