import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests and examples import the package by its name, and get the source. */
export const alias = {
  'persona-client/collections': source('./src/collections/index.ts'),
  'persona-client/browser': source('./src/browser/index.ts'),
  'persona-client/node': source('./src/node/index.ts'),
  'persona-client/testing': source('./src/testing/index.ts'),
  'persona-client/mcp': source('./src/mcp/index.ts'),
  'persona-client/otel': source('./src/otel/index.ts'),
  'persona-client/query': source('./src/query/index.ts'),
  'persona-client': source('./src/index.ts'),
};

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/browser/**',
      'test/collections/release/**',
      'test/e2e/**',
      'test/examples/**',
      'test/faults/**',
      'test/mcp/release/**',
      'test/package/**',
      'test/redis/**',
      'test/security/**',
      'test/soak/**',
      'test/tabs/**',
    ],
    provide: { full: false, seeds: 200 },
    testTimeout: 30_000, // a busy machine is not a failure
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
  },
});
