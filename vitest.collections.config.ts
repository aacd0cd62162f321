import { defineConfig } from 'vitest/config';
import { Counts } from './test/resilience/collections/counts.js';
import { alias } from './vitest.config.js';

const full = process.argv.includes('--full');

/** Whole collections: walks under writes, runs that are killed, growth. Prints its counts. `-- --full` counts ten times as many. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/collections/**/*.test.ts'],
    globalSetup: ['test/collections/release/bundle.ts'],
    reporters: ['default', new Counts()],
    provide: { full, seeds: full ? 100_000 : 10_000 },
    dangerouslyIgnoreUnhandledErrors: false,
    restoreMocks: true,
    testTimeout: full ? 3_600_000 : 480_000,
  },
});
