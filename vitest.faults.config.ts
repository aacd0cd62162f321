import { defineConfig } from 'vitest/config';
import { Table } from './test/resilience/faults/support/table.js';
import { alias } from './vitest.config.js';

/** The client under fire, on real sockets. Any unhandled rejection fails the run. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/faults/**/*.test.ts'],
    reporters: ['default', new Table()],
    dangerouslyIgnoreUnhandledErrors: false,
    fileParallelism: false,
    restoreMocks: true,
    testTimeout: 240_000,
  },
});
