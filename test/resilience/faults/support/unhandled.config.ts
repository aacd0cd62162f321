import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/support/unhandled.fixture.ts'],
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
