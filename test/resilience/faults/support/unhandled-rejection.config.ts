import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/resilience/faults/support/unhandled-rejection.fixture.ts'],
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
