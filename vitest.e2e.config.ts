import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

/** The example applications in a real Chromium, as their users meet them. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 100 } },
    fileParallelism: false,
  },
});
