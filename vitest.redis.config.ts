import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

/** The shared store on Keyv's adapters, and several processes on a Redis: needs REDIS_URL, see scripts/redis.ts. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/redis/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
