import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

/** Many tabs of a real Chromium that share one session. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/tabs/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
