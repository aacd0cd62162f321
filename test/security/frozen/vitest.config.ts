import { defineConfig } from 'vitest/config';
import { alias } from '../../../vitest.config.js';

/**
 * Runs tests with frozen prototypes. Excludes tests with fake timers, which write to prototypes.
 *
 * This is a config of its own because the tests belong to other projects, which run them without the setup file.
 * `responses.test.ts` starts it as a second Vitest process.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    include: [
      'test/contract/**/*.test.ts',
      'test/integration/{client,collections}/*.test.ts',
      'test/integration/input-validation/responses.test.ts',
      'test/mcp/{policy,prompts,resources,safety,tools}.test.ts',
    ],
    provide: { full: false, seeds: 200 },
    setupFiles: ['test/security/frozen/freeze.ts'],
    testTimeout: 30_000,
  },
});
