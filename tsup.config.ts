import { defineConfig } from 'tsup';

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
    dts: { entry: { index: 'src/index.ts', testing: 'src/testing/index.ts' } },
    splitting: true, // one class identity across subpaths, in CJS too
    removeNodeProtocol: false, // node:sqlite has no other name
    noExternal: ['opossum', 'events', 'jose', 'commander', ...(format === 'cjs' ? ['ky'] : [])],
    esbuildOptions(options) {
      options.alias = { events: 'events/events.js' }; // opossum needs it where Node's is not
      options.legalComments = 'inline';
    },
  })),
);
