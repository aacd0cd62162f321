import { defineConfig } from 'vitest/config';
import { AttackTable } from './test/security/table.js';
import { alias } from './vitest.config.js';

/** Attacks on secrets, identities and the program itself. Some need a build and Chromium. `-- --full` counts longer. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/security/**/*.test.ts'],
    reporters: ['default', new AttackTable()],
    provide: { full: process.argv.includes('--full') },
    dangerouslyIgnoreUnhandledErrors: false,
    fileParallelism: false,
    restoreMocks: true,
    unstubEnvs: true,
    testTimeout: process.argv.includes('--full') ? 1_800_000 : 120_000,
  },
});
