import { defineConfig } from 'vitest/config';

/** The packed tarball, installed: needs a build and the npm registry. */
export default defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
