import { defineConfig } from 'vitest/config';
import { alias } from '../../../vitest.config.js';

/** The suite with the language's prototypes frozen, but for the tests that set the clock, which writes to them. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: [
      'test/contract/**/*.test.ts',
      'test/{client,collections}/*.test.ts', // not what its own command runs, killed processes among it
      'test/bad-input/answers.test.ts',
      'test/mcp/{policy,prompts,resources,safety,tools}.test.ts',
    ],
    provide: { full: false, seeds: 200 },
    setupFiles: ['test/security/frozen/freeze.ts'],
    testTimeout: 30_000,
  },
});
