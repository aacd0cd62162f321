import { defineConfig, type Options } from 'tsup';

/** opossum and events for browsers; jose, since few users of the core need it. */
export const BUNDLED = ['opossum', 'events', 'jose'];
/** Everything: the command starts faster, and needs no MCP SDK beside it. */
export const BUNDLED_IN_CLI = [
  'commander',
  'ky',
  'lru-cache',
  'zod',
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/core',
];
/** An ES module only, which Jest cannot require. */
export const BUNDLED_IN_CJS = ['ky'];

const LOCALE = /^zod\/v4\/locales\/en\.js$/;

/** The locale's path names a format; CommonJS gets the other one. */
const localeForCjs: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'locale-for-cjs',
  setup: (build) => {
    build.onResolve({ filter: LOCALE }, () => ({ path: 'zod/v4/locales/en.cjs', external: true }));
  },
};

/** Without chunks to share, the subpath takes the classes from the package's own main entry. */
const coreForCjs: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'core-for-cjs',
  setup: (build) => {
    build.onResolve({ filter: /^\.\.\/index\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/]mcp[\\/]/.test(importer) ? { path: 'persona-client', external: true } : undefined,
    );
  },
};

/** Builds in parallel, so none may `clean`: the build script removes dist first. */
export default defineConfig([
  options('esm', BUNDLED),
  {
    ...options('esm', [...BUNDLED, ...BUNDLED_IN_CLI]),
    entry: { cli: 'src/cli/index.ts' },
    dts: false,
    minify: true,
  },
  {
    ...options('cjs', [...BUNDLED, ...BUNDLED_IN_CJS, LOCALE]),
    esbuildPlugins: [localeForCjs, coreForCjs],
  },
]);

function options(format: 'esm' | 'cjs', noExternal: (string | RegExp)[]): Options {
  const entry = {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    mcp: 'src/mcp/index.ts',
    node: 'src/node/index.ts',
  };
  return {
    // Files of their own, so that the main one only re-exports: whoever imports the errors alone gets nothing else.
    entry: format === 'esm' ? { ...entry, client: 'src/client.ts', errors: 'src/errors.ts' } : entry,
    format: [format],
    target: 'es2023',
    dts: { entry, compilerOptions: { stripInternal: true } }, // constructors that only the client calls
    // tsup splits CommonJS with sucrase, which renames classes and breaks jose's fields; what is shared comes from 'persona-client'
    splitting: format === 'esm',
    removeNodeProtocol: false, // node:sqlite has no other name
    noExternal,
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'events/events.js' }; // opossum needs it where Node's is not
      esbuild.legalComments = 'inline';
      esbuild.minifyWhitespace ||= format === 'cjs'; // the second copy of everything; names stay for stack traces
    },
  };
}
