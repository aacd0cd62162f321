import { defineConfig } from 'vitest/config';

/**
 * Runs the fixture, which must fail. A config of its own keeps it out of the projects of `vitest.config.ts`, whose runs
 * must pass. `unhandled-rejection.test.ts` starts it as a second Vitest process.
 */
export default defineConfig({
  test: {
    include: ['test/resilience/faults/support/unhandled-rejection.fixture.ts'],
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
