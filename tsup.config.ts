import { dirname, join, relative } from 'node:path';
import { defineConfig, type Options } from 'tsup';

/** opossum and its events for browsers; jose, since few users of the core need it. */
export const BUNDLED = ['opossum', 'eventemitter3', 'jose'];
/** What the command needs beside the package's own client: it starts faster, and needs no MCP SDK beside it. */
export const BUNDLED_IN_CLI = [
  'commander',
  'csv-parse',
  'zod',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/core',
];
/** An ES module only, which Jest cannot require. */
export const BUNDLED_IN_CJS = ['ky'];

/** Ajv weighs 150 KB and compiles code at run time; the SDK brings a second validator, which does neither. */
const smallValidator: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'small-validator',
  setup: (build) => {
    const filter = /^@modelcontextprotocol\/server\/_shims$/;
    build.onResolve({ filter }, () => ({ path: 'shims', namespace: 'small-validator' }));
    build.onLoad({ filter: /./, namespace: 'small-validator' }, () => ({
      contents: `
        export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
        export { default as process } from 'node:process';`,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** What the command has beside it in the package already, by its folder in the sources. */
const BESIDE_CLI: Readonly<Record<string, string>> = {
  '': './index.js',
  collections: './collections.js',
  node: './node.js',
  service: './testing.js',
};

/** The command takes it from there: a second copy would be for nothing. */
const packageForCli: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'package-for-cli',
  setup: (build) => {
    build.onResolve({ filter: /^(?:\.\.\/)+(?:\w+\/)?index\.js$/ }, ({ path, resolveDir }) => {
      const folder = relative(join(import.meta.dirname, 'src'), dirname(join(resolveDir, path)));
      const beside = BESIDE_CLI[folder];
      return beside === undefined ? undefined : { path: beside, external: true };
    });
  },
};

/** These subpaths take the client from the package's own main entry: a second copy would be for nothing. */
const coreFromPackage: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'core-from-package',
  setup: (build) => {
    build.onResolve({ filter: /^\.\.\/index\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/](?:mcp|collections|otel|query)[\\/]/.test(importer)
        ? { path: 'persona-client', external: true }
        : undefined,
    );
  },
};

const ENTRIES = {
  index: 'src/index.ts',
  node: 'src/node/index.ts',
};
const ON_TOP = {
  testing: 'src/testing/index.ts',
  mcp: 'src/mcp/index.ts',
  collections: 'src/collections/index.ts',
  otel: 'src/otel/index.ts',
  query: 'src/query/index.ts',
  browser: 'src/browser/index.ts',
};

/** Builds in parallel, so none may `clean`: the build script removes dist first. */
export default defineConfig([
  {
    ...options('esm', BUNDLED),
    // Files of their own, so that the main one only re-exports: whoever imports the errors alone gets nothing else.
    entry: { ...ENTRIES, client: 'src/client/client.ts', errors: 'src/core/errors/index.ts' },
  },
  {
    ...options('cjs', [...BUNDLED, ...BUNDLED_IN_CJS]),
    entry: ENTRIES,
  },
  ...(['esm', 'cjs'] as const).map((format) => ({
    ...options(format, BUNDLED),
    entry: ON_TOP,
    dts: false, // written with the others, whose types they share
    minify: true,
    splitting: false,
    esbuildPlugins: [coreFromPackage],
  })),
  {
    ...options('esm', [...BUNDLED, ...BUNDLED_IN_CLI]),
    entry: { cli: 'src/cli/index.ts' },
    esbuildPlugins: [smallValidator, packageForCli],
    dts: false,
    minify: true,
  },
]);

function options(format: 'esm' | 'cjs', noExternal: string[]): Options {
  return {
    format: [format],
    target: 'es2023',
    dts: { entry: { ...ENTRIES, ...ON_TOP }, compilerOptions: { stripInternal: true } }, // constructors that only the client calls
    // tsup splits CommonJS with sucrase, which renames classes and breaks jose's fields; what is shared comes from 'persona-client'
    splitting: format === 'esm',
    removeNodeProtocol: false, // node:sqlite has no other name
    noExternal,
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'eventemitter3' }; // as opossum needs it, where Node's is not, at a third of the bytes
      esbuild.legalComments = 'inline';
      esbuild.minifyWhitespace = true;
      esbuild.minifySyntax ||= format === 'cjs';
      esbuild.minifyIdentifiers ||= format === 'cjs'; // the second copy of everything; in the first one names stay for stack traces
    },
  };
}
