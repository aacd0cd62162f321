import { defineConfig, type Options } from 'tsup';

/** opossum and events for browsers; jose and commander, since few users of the core need them. */
export const BUNDLED = ['opossum', 'events', 'jose', 'commander'];
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

/** Two builds in parallel, so neither may `clean`: the build script removes dist first. */
export default defineConfig([
  options('esm', { cli: 'src/cli/index.ts' }, BUNDLED),
  { ...options('cjs', {}, [...BUNDLED, ...BUNDLED_IN_CJS, LOCALE]), esbuildPlugins: [localeForCjs] },
]);

function options(
  format: 'esm' | 'cjs',
  more: Record<string, string>,
  noExternal: (string | RegExp)[],
): Options {
  const entry = { index: 'src/index.ts', testing: 'src/testing/index.ts' };
  return {
    entry: { ...entry, ...more },
    format: [format],
    target: 'es2023',
    dts: { entry, compilerOptions: { stripInternal: true } }, // constructors that only the client calls
    // tsup splits CommonJS with sucrase, which renames classes and breaks jose's fields; subpaths share no class yet
    splitting: format === 'esm',
    removeNodeProtocol: false, // node:sqlite has no other name
    noExternal,
    esbuildOptions: (esbuild) => {
      esbuild.alias = { events: 'events/events.js' }; // opossum needs it where Node's is not
      esbuild.legalComments = 'inline';
    },
  };
}
