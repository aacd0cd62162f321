import { defineConfig } from 'vitest/config';
import { Matrix } from './test/package/support/matrix.js';
import { alias } from './vitest.config.js';

/** The packed tarball, installed: needs a build, the npm registry and browsers. The service it talks to is the source's. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: ['test/package/support/pack.ts'],
    reporters: ['default', new Matrix()],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
