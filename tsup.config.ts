import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse, type Token } from 'acorn';
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
 * Makes ky and jose create encoders and decoders on each use. Otherwise they do so on load, and jsdom has neither.
 *
 * A build fails if the file no longer creates any.
 */
const lazyEncoders: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'lazy-encoders',
  setup: (build) => {
    const filter = /node_modules[\\/](?:ky[\\/]distribution[\\/]utils[\\/]body|jose[\\/].*buffer_utils)\.js$/;
    build.onLoad({ filter }, ({ path }) => {
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
      if (contents === source)
        throw new Error(`${path} creates no encoder. Remove the plugin lazy-encoders.`);
      return { contents };
    });
  },
};

const MAX_LINE_LENGTH = 120;

/**
 * Breaks long lines after a comma, a semicolon or an opening brace. Node.js prints the line that threw an uncaught error, and a
 * long line hides the error.
 *
 * esbuild's `lineLimit` breaks strings, too. Rollup then indents the second line of a string, which changes the string.
 */
const shortLines: NonNullable<Options['plugins']>[number] = {
  name: 'short-lines',
  renderChunk: (code, { path }) => {
    if (!/\.c?js$/.test(path)) return undefined;
    const lines: string[] = [];
    let lineStart = 0;
    let lastBreak = 0;
    const onToken = ({ start, end, type }: Token) => {
      const newLine = code.lastIndexOf('\n', start) + 1;
      if (newLine > lineStart) lastBreak = Math.max(lastBreak, newLine);
      if (end - Math.max(lastBreak, newLine) < MAX_LINE_LENGTH || !BREAKS_AFTER.has(type.label)) return;
      lines.push(code.slice(lineStart, end));
      lineStart = end;
      lastBreak = end;
    };
    parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true, onToken });
    return { code: [...lines, code.slice(lineStart)].join('\n') };
  },
};
const BREAKS_AFTER: ReadonlySet<string> = new Set([',', ';', '{']);

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

/** Entries that share chunks in the ES module build. */
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
};

/** tsup runs these builds in parallel, so none may `clean`. The build script removes dist first. */
export default defineConfig([
  {
    ...options('esm', BUNDLED),
    // The client and the errors are separate files, so that importing only the errors loads nothing else.
    entry: { ...ENTRIES, client: 'src/client/client.ts', errors: 'src/core/errors/index.ts' },
  },
  {
    ...options('cjs', BUNDLED),
    entry: ENTRIES,
  },
  subpaths('esm', SUBPATH_ENTRIES),
  subpaths('cjs', SUBPATH_ENTRIES),
  // Programs run the command and the MCP server, and no application debugs them.
  { ...subpaths('esm', MCP_ENTRY), splitting: true, minify: true },
  { ...subpaths('cjs', MCP_ENTRY), minify: true },
  {
    ...options('esm', [...BUNDLED, ...BUNDLED_IN_CLI]),
    entry: { cli: 'src/cli/index.ts' },
    esbuildPlugins: [lazyEncoders, smallValidator, cliImports],
    dts: false,
    minify: true,
  },
]);

function subpaths(format: 'esm' | 'cjs', entry: Record<string, string>): Options {
  return {
    ...options(format, BUNDLED),
    entry,
    dts: false, // the first build writes all declarations, because they share types
    splitting: false,
    esbuildPlugins: [lazyEncoders, subpathImports],
  };
}

function options(format: 'esm' | 'cjs', noExternal: string[]): Options {
  return {
    format: [format],
    target: 'es2023',
    dts: {
      entry: { ...ENTRIES, ...SUBPATH_ENTRIES, ...MCP_ENTRY },
      compilerOptions: { stripInternal: true }, // `@internal` constructors
      banner: '/// <reference lib="esnext.disposable" />', // `Symbol.dispose`
    },
    // Not for CommonJS: tsup splits it with sucrase, which renames classes and breaks the class fields of jose.
    splitting: format === 'esm',
    removeNodeProtocol: false, // `sqlite` without the prefix does not exist
    noExternal,
    esbuildPlugins: [lazyEncoders],
    plugins: [shortLines],
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'eventemitter3' }; // opossum needs `events`, which browsers do not have
      esbuild.legalComments = 'inline';
      // Node.js loads the ES modules, with `require` too. The CommonJS files are for Jest and older bundlers.
      // Without minification, they would take 300 KB more.
      esbuild.minify ||= format === 'cjs';
      esbuild.keepNames = format === 'cjs'; // Node.js prints the names of classes and functions
    },
  };
}
