import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

/**
 * Bundled into every entry:
 *
 * - opossum, with an `events` module that runs in browsers
 * - jose, which few users need
 * - ky, which Jest cannot require, and which cannot be imported without TextEncoder
 * - the texts of zod, an ES module that CommonJS cannot import by its path
 */
const BUNDLED = ['opossum', 'eventemitter3', 'jose', 'ky', 'zod/v4/locales/en.js'];
/**
 * Bundled into the client and all subpaths but `mcp`. Otherwise Node.js loads 92 files of zod, and 64 of them are translations.
 * That takes a quarter of the CPU time of a program that makes two calls. The bundler omits the code that the client does not use.
 */
const BUNDLED_IN_CLIENT = ['zod'];
/** Bundled into the command, so that it starts faster and needs no installed MCP SDK. */
const BUNDLED_IN_CLI = ['commander', 'zod', '@modelcontextprotocol/server', '@modelcontextprotocol/core'];

/** Leaves out the validator of the MCP SDK, which is up to 150 kB. It checks only forms that are sent by `elicitInput`. The server sends none. */
const noValidator: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'no-validator',
  setup: (build) => {
    const filter = /^@modelcontextprotocol\/server\/_shims$/;
    build.onResolve({ filter }, () => ({ path: 'shims', namespace: 'no-validator' }));
    build.onLoad({ filter: /./, namespace: 'no-validator' }, () => ({
      contents: `
        export class DefaultJsonSchemaValidator {
          getValidator() { throw new Error('The command contains no validator of JSON Schemas'); }
        }
        export { default as process } from 'node:process';`,
    }));
  },
};

/**
 * Minifies the bundled packages, so that only the code of this package stays readable.
 *
 * Makes ky and jose create encoders and decoders on each use. Otherwise they create them on load, and jsdom has neither.
 */
const smallPackages: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'small-packages',
  setup: (build) => {
    const filter = /node_modules[\\/](?:ky|jose|opossum|eventemitter3|zod)[\\/].*\.js$/;
    const encoderFile = /(?:ky[\\/]distribution[\\/]utils[\\/]body|jose[\\/].*buffer_utils)\.js$/;
    build.onLoad({ filter }, async ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = encoderFile.test(path) ? makeEncodersLazy(path, source) : source;
      const options = { minifyIdentifiers: true, minifySyntax: true, target: 'es2023' };
      return { contents: (await transform(contents, options)).code };
    });
  },
};

function makeEncodersLazy(path: string, source: string): string {
  const contents = source
    .replaceAll(
      /new TextEncoder\(\)/g,
      '{ encode: (...args) => new globalThis.TextEncoder().encode(...args) }',
    )
    .replaceAll(
      /new TextDecoder\(([^()]*)\)/g,
      '{ decode: (...args) => new globalThis.TextDecoder($1).decode(...args) }',
    );
  if (contents === source) throw new Error(`${path} creates no encoder. Remove makeEncodersLazy.`);
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

/** Entries that share chunks, so that dist contains their common code once. */
const ENTRIES = {
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  testing: 'src/testing/index.ts',
  collections: 'src/collections/index.ts',
  otel: 'src/otel/index.ts',
  query: 'src/query/index.ts',
  browser: 'src/browser/index.ts',
  browse: 'src/browse/index.ts',
};
/** Loads the MCP SDK on first use, so that the TCP client works without it. */
const MCP_ENTRY = { mcp: 'src/mcp/index.ts' };
/** Entries that applications import. */
export const LIBRARY_ENTRIES = { ...ENTRIES, ...MCP_ENTRY };

/** Names of the minified entries, and prefixes of the names of their chunks. */
export const MCP = 'mcp';
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
  // The MCP server and the command are minified, because applications do not debug them.
  {
    ...options(BUNDLED, `${MCP}-`),
    entry: MCP_ENTRY,
    minify: true,
  },
  {
    ...options([...BUNDLED, ...BUNDLED_IN_CLI], `${CLI}-`),
    entry: { [CLI]: 'src/cli/index.ts' },
    minify: true,
    esbuildPlugins: [smallPackages, noValidator, cliImports],
  },
]);

function options(noExternal: string[], chunkPrefix = ''): Options {
  return {
    format: ['esm'],
    target: 'es2023',
    dts: false,
    splitting: true,
    removeNodeProtocol: false, // `sqlite` without the prefix does not exist
    noExternal,
    esbuildPlugins: [smallPackages, subpathImports],
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'eventemitter3' }; // opossum needs `events`, which browsers do not have
      esbuild.chunkNames = `${chunkPrefix}[name]-[hash]`;
      esbuild.legalComments = 'inline';
      esbuild.minifyWhitespace = true; // removes comments. `scripts/build.ts` formats the files of the library again
    },
  };
}
