import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { alias } from '../../../vitest.config.js';

const include = [
  'test/contract/**/*.test.ts',
  'test/integration/{client,collections}/*.test.ts',
  'test/integration/input-validation/responses.test.ts',
  'test/mcp/{policy,prompts,resources,safety,tools}.test.ts',
];
/** Fake timers assign `toString` to their `Date`, which fails if `Function.prototype` is frozen. */
const hasFakeTimers = (file: string) => /FakeTime|mock\.timers/.test(readFileSync(file, 'utf8'));

/**
 * Runs tests with frozen prototypes. Excludes files with fake timers.
 *
 * This is a config of its own because the tests belong to other projects, which run them without the setup file.
 * `responses.test.ts` starts it as a second Vitest process.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    include,
    exclude: [...configDefaults.exclude, ...globSync(include).filter(hasFakeTimers)],
    provide: { full: false, seeds: 200 },
    setupFiles: ['test/security/frozen/freeze.ts'],
    testTimeout: 30_000,
    maxWorkers: 2 * availableParallelism(), // many tests wait for timers
  },
});
