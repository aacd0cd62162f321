import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/examples/**/*.test.ts'],
    testTimeout: 30_000, // a busy machine is not a failure
    hookTimeout: 30_000,
  },
});
