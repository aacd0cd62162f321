import { defineConfig } from 'tsup';

/** opossum and events for browsers; jose and commander, since few users of the core need them. */
const BUNDLED = ['opossum', 'events', 'jose', 'commander'];
/** ES modules only, which Jest cannot require. */
const BUNDLED_IN_CJS = ['ky', /^zod\/v4\/locales/];

/** Two builds in parallel, so neither may `clean`: the build script removes dist first. */
export default defineConfig(
  (['esm', 'cjs'] as const).map((format) => ({
    entry: {
      index: 'src/index.ts',
      testing: 'src/testing/index.ts',
      ...(format === 'esm' ? { cli: 'src/cli/index.ts' } : {}),
    },
    format: [format],
    target: 'es2023',
    dts: {
      entry: { index: 'src/index.ts', testing: 'src/testing/index.ts' },
      compilerOptions: { stripInternal: true }, // constructors that only the client calls
    },
    splitting: true, // one class identity across subpaths, in CJS too
    removeNodeProtocol: false, // node:sqlite has no other name
    noExternal: [...BUNDLED, ...(format === 'cjs' ? BUNDLED_IN_CJS : [])],
    esbuildOptions(options) {
      options.alias = { events: 'events/events.js' }; // opossum needs it where Node's is not
      options.legalComments = 'inline';
      // The splitter of CJS (sucrase) breaks class fields after `super(…), …`, as jose has them.
      if (format === 'cjs') options.supported = { 'class-field': false, 'class-static-field': false };
    },
  })),
);
