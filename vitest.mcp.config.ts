import { defineConfig } from 'vitest/config';
import { alias } from './vitest.config.js';

/** The MCP server as it is shipped, checked from outside: needs a build and the tools of test/mcp/release/tools. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/mcp/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    fileParallelism: false,
  },
});
