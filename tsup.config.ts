import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

/**
 * Bundled into every entry:
 *
 * - opossum, with an `events` module that runs in browsers
 * - ky, which Jest cannot require, and which cannot be imported without TextEncoder
 * - the texts of zod, an ES module that CommonJS cannot import by its path
 */
const BUNDLED = ['opossum', 'eventemitter3', 'ky', 'zod/v4/locales/en.js'];
/**
 * Bundled into the ES modules of the client. Otherwise Node.js loads 92 files of zod, and 64 of them are translations. That takes
 * a quarter of the CPU time of a program that makes two calls. The bundler omits the code that the client does not use.
 */
const BUNDLED_IN_CLIENT = ['zod'];
/** Bundled into the command, so that it starts faster and needs no installed MCP SDK. */
const BUNDLED_IN_CLI = ['commander', 'zod', '@modelcontextprotocol/server', '@modelcontextprotocol/core'];

/** Replaces Ajv, which is 150 kB and compiles code at run time, with the other validator of the MCP SDK. */
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

/**
 * Minifies the bundled packages, so that only the code of this package stays readable.
 *
 * Makes ky create its encoder on each use. Otherwise ky creates it on load, and jsdom has none.
 */
const smallPackages: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'small-packages',
  setup: (build) => {
    const filter = /node_modules[\\/](?:ky|opossum|eventemitter3|zod)[\\/].*\.js$/;
    const encoderFile = /ky[\\/]distribution[\\/]utils[\\/]body\.js$/;
    build.onLoad({ filter }, async ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = encoderFile.test(path) ? makeEncoderLazy(path, source) : source;
      const options = { minifyIdentifiers: true, minifySyntax: true, target: 'es2023' };
      return { contents: (await transform(contents, options)).code };
    });
  },
};

function makeEncoderLazy(path: string, source: string): string {
  const contents = source.replaceAll(
    /new TextEncoder\(\)/g,
    '{ encode: (...args) => new globalThis.TextEncoder().encode(...args) }',
  );
  if (contents === source) throw new Error(`${path} creates no encoder. Remove makeEncoderLazy.`);
  return contents;
}

/** Built entries that the command imports, by folder in src. */
const CLI_IMPORTS: Readonly<Record<string, string>> = {
  '': './index.js',
  collections: './collections.js',
  node: './node.js',
  service: './testing.js',
};

/** Makes the command import the package's other entries instead of bundling a second copy. */
const cliImports: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'cli-imports',
  setup: (build) => {
    build.onResolve({ filter: /^(?:\.\.\/)+(?:\w+\/)?index\.js$/ }, ({ path, resolveDir }) => {
      const folder = relative(join(import.meta.dirname, 'src'), dirname(join(resolveDir, path)));
      const entry = CLI_IMPORTS[folder];
      return entry === undefined ? undefined : { path: entry, external: true };
    });
  },
};

/** Makes subpaths import the main entry instead of bundling a second copy of the client. */
const subpathImports: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'subpath-imports',
  setup: (build) => {
    build.onResolve({ filter: /^\.\.\/index\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/](?:mcp|collections|otel|query)[\\/]/.test(importer)
        ? { path: 'persona-client', external: true }
        : undefined,
    );
  },
};

/** Entries that share chunks. */
const ENTRIES = {
  index: 'src/index.ts',
  node: 'src/node/index.ts',
};
/** Loads the MCP SDK on first use, so that the TCP client works without it. */
const MCP_ENTRY = { mcp: 'src/mcp/index.ts' };
/** Entries that are one file each. */
const SUBPATH_ENTRIES = {
  testing: 'src/testing/index.ts',
  collections: 'src/collections/index.ts',
  otel: 'src/otel/index.ts',
  query: 'src/query/index.ts',
  browser: 'src/browser/index.ts',
  browse: 'src/browse/index.ts',
};
/** Entries that applications import. */
export const LIBRARY_ENTRIES = { ...ENTRIES, ...SUBPATH_ENTRIES, ...MCP_ENTRY };

/** Name of the command's entry, and prefix of the names of its chunks. */
export const CLI = 'cli';

/** The declarations of all entries. `scripts/build.ts` derives those of the ES modules. */
export const DECLARATIONS: Options = {
  entry: LIBRARY_ENTRIES,
  format: ['cjs'],
  dts: {
    only: true,
    compilerOptions: { stripInternal: true }, // `@internal` constructors
    banner: '/// <reference lib="esnext.disposable" />', // `Symbol.dispose`
  },
};

/** The ES modules. tsup runs these builds in parallel, so none may `clean`. `scripts/build.ts` derives the CommonJS files. */
export default defineConfig([
  {
    ...options([...BUNDLED, ...BUNDLED_IN_CLIENT]),
    // The client and the errors are separate files, so that importing only the errors loads nothing else.
    entry: { ...ENTRIES, client: 'src/client/client.ts', errors: 'src/core/errors/index.ts' },
  },
  {
    ...options(BUNDLED),
    entry: SUBPATH_ENTRIES,
    splitting: false,
    esbuildPlugins: [smallPackages, subpathImports],
  },
  // The MCP server and the command are minified, because applications do not debug them.
  {
    ...options(BUNDLED),
    entry: MCP_ENTRY,
    minify: true,
    esbuildPlugins: [smallPackages, subpathImports],
  },
  {
    ...options([...BUNDLED, ...BUNDLED_IN_CLI]),
    entry: { [CLI]: 'src/cli/index.ts' },
    minify: true,
    esbuildPlugins: [smallPackages, smallValidator, cliImports],
    esbuildOptions: (esbuild) => {
      setOptions(esbuild);
      esbuild.chunkNames = `${CLI}-[name]-[hash]`;
      esbuild.lineLimit = 120; // also breaks strings. Rollup would change broken strings, but it does not process the command
    },
  },
]);

function options(noExternal: string[]): Options {
  return {
    format: ['esm'],
    target: 'es2023',
    dts: false,
    splitting: true,
    removeNodeProtocol: false, // `sqlite` without the prefix does not exist
    noExternal,
    esbuildPlugins: [smallPackages],
    esbuildOptions: setOptions,
  };
}

function setOptions(esbuild: BuildOptions): void {
  esbuild.alias = { events: 'eventemitter3' }; // opossum needs `events`, which browsers do not have
  esbuild.legalComments = 'inline';
  esbuild.minifyWhitespace = true; // removes comments. `scripts/build.ts` formats the files of the library again
}
