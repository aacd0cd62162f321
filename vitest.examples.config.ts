import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

export default defineConfig({
  resolve: { alias },
  test: { include: ['test/examples/**/*.test.ts'] },
});
