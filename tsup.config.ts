import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { mcpParts, PARTS, PARTS_SOURCE } from './scripts/mcp-parts.js';

/**
 * Bundled, so that users do not install them:
 *
 * - opossum, with an `events` module that runs in browsers
 * - jose, which few users need
 * - ky, which Jest cannot require, and which cannot be imported without TextEncoder
 */
const BUNDLED = ['opossum', 'eventemitter3', 'jose', 'ky'];
/**
 * Packages that the library imports, as one minified file each. Users debug the library's own code, which is not minified. Each source
 * lists what the library uses, so that the bundler omits the rest.
 */
const PACKAGE_FILES = {
  jose: 'scripts/packages/jose.ts',
  ky: 'scripts/packages/ky.ts',
  opossum: 'scripts/packages/opossum.ts',
  zod: 'scripts/packages/zod.ts',
};
/**
 * Bundled into `dist/zod.js`, for all code but that of MCP, which uses more of zod. Otherwise Node.js loads 92 files of zod, and 64 of
 * them are translations. That takes a quarter of the CPU time of a program that makes two calls. The bundler omits the code that the client does not use.
 */
const BUNDLED_IN_CLIENT = ['zod'];
/** Bundled into the command, so that it needs no installed MCP SDK. */
const BUNDLED_IN_CLI = ['commander', '@modelcontextprotocol/server', '@modelcontextprotocol/core'];

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
        const { process } = globalThis;
        export { process };`,
    }));
  },
};

/**
 * Leaves out two tables of the MCP SDK: the schemas of all types, for other programs, and the rules of validation, as documentation.
 * The SDK fills them when it is loaded, so that the bundler would keep them, and all schemas.
 */
const noTables: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'no-tables',
  setup: (build) => {
    build.onLoad({ filter: /@modelcontextprotocol[\\/]server[\\/]dist[\\/]src-[\w-]+\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const tables = [
        /^for \(const .*\) register\(.*\);\n/gm,
        /^const INBOUND_VALIDATION_LADDER = \[\n[\s\S]*?^\];\n/gm,
      ];
      const contents = tables.reduce((text, table) => {
        const rest = text.replace(table, '');
        if (rest === text) throw new Error(`${path} has no ${table}. Change noTables.`);
        return rest;
      }, source);
      return { contents };
    });
    // The schemas of OAuth, which the bundler would keep as well.
    build.onResolve({ filter: /^\.\/auth-[\w-]+\.mjs$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

/**
 * Replaces modules of Node.js in the command. An `import` of one of them calls all its getters, which load other modules for several
 * milliseconds. commander needs `child_process` and `fs` only for commands that are separate programs. No command is one.
 */
const lightBuiltins: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'light-builtins',
  setup: (build) => {
    const functions = ['getSystemErrorMessage', 'stripVTControlCharacters', 'styleText'];
    const replacements: Readonly<Record<string, string>> = {
      'node:process': 'export default process;',
      'node:util': functions
        .map(
          (name) =>
            `export const ${name} = (...args) => process.getBuiltinModule('node:util').${name}(...args);`,
        )
        .join('\n'),
      'node:child_process': 'export default {};',
      'node:fs': 'export default {};',
    };
    build.onResolve({ filter: /^node:(?:child_process|fs|process|util)$/ }, ({ path, importer }) =>
      path === 'node:util' || /[\\/]commander[\\/]/.test(importer)
        ? { path, namespace: 'light-builtins', sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'light-builtins' }, ({ path }) => ({
      contents: replacements[path] ?? '',
    }));
  },
};

/** Makes ky and jose create encoders and decoders on each use. Otherwise they create them on load, and jsdom has neither. */
const lazyEncoders: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'lazy-encoders',
  setup: (build) => {
    const filter = /node_modules[\\/](?:ky[\\/]distribution[\\/]utils[\\/]body|jose[\\/].*buffer_utils)\.js$/;
    build.onLoad({ filter }, ({ path }) => ({ contents: makeEncodersLazy(path) }));
  },
};

function makeEncodersLazy(path: string): string {
  const source = readFileSync(path, 'utf8');
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
  'core/errors': './errors.js',
  collections: './collections.js',
  node: './node.js',
  service: './testing.js',
};

/** Makes the command import the package's other entries instead of bundling a second copy. */
const cliImports: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'cli-imports',
  setup: (build) => {
    build.onResolve({ filter: /^(?:\.\.\/)+(?:[\w/]+\/)?index\.js$/ }, ({ path, resolveDir }) => {
      const folder = relative(join(import.meta.dirname, 'src'), dirname(join(resolveDir, path)));
      const entry = CLI_IMPORTS[folder];
      return entry === undefined ? undefined : { path: entry, external: true };
    });
  },
};

/** Makes the library import the files of `PACKAGE_FILES`. */
const packageImports: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'package-imports',
  setup: (build) => {
    const filter = new RegExp(`^(${Object.keys(PACKAGE_FILES).join('|')})(?:/mini)?$`);
    build.onResolve({ filter }, ({ path }) => ({
      path: `./${path.replace('/mini', '')}.js`,
      external: true,
    }));
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

/** Name of the MCP entry. */
export const MCP = 'mcp';
const CLI = 'cli';
/** Names of the files of bundled packages. */
export const PACKAGE_NAMES = Object.keys(PACKAGE_FILES);
/** Names of the minified entries, and prefixes of the names of their chunks. */
export const MINIFIED = [MCP, CLI, ...PACKAGE_NAMES];

/**
 * The declarations of all entries. `scripts/build.ts` derives those of the ES modules. What an entry exports without types of another
 * package has a file of its own, which both module formats share.
 */
export const DECLARATIONS: Options = {
  entry: {
    ...LIBRARY_ENTRIES,
    'mcp-independent': 'src/mcp/independent.ts',
    'query-independent': 'src/query/independent.ts',
  },
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
    esbuildPlugins: [packageImports, subpathImports],
  },
  {
    ...options([...BUNDLED, ...BUNDLED_IN_CLIENT]),
    entry: PACKAGE_FILES,
    splitting: false,
    minify: true,
    esbuildPlugins: [lazyEncoders],
  },
  // The MCP server and the command are minified, because applications do not debug them.
  {
    ...options(BUNDLED, `${MCP}-`),
    entry: MCP_ENTRY,
    minify: true,
    esbuildPlugins: [subpathImports, mcpParts],
  },
  {
    ...options([...BUNDLED, ...BUNDLED_IN_CLIENT, ...BUNDLED_IN_CLI], `${CLI}-`),
    entry: { [CLI]: 'src/cli/index.ts', [PARTS]: PARTS_SOURCE },
    minify: true,
    esbuildPlugins: [noValidator, noTables, lightBuiltins, cliImports],
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
    esbuildPlugins: [subpathImports],
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'eventemitter3' }; // opossum needs `events`, which browsers do not have
      esbuild.chunkNames = `${chunkPrefix}[name]-[hash]`;
      esbuild.legalComments = 'inline';
      esbuild.minifyWhitespace = true; // removes comments. `scripts/build.ts` formats the files of the library again
    },
  };
}
