import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { FailureReporter } from './test/package/support/failure-reporter.js';
import { RuntimeReporter } from './test/package/support/runtime-reporter.js';
import { CountsReporter } from './test/resilience/collections/report.js';
import { FaultReporter } from './test/resilience/faults/support/report-table.js';
import { SharedWorkReporter } from './test/resilience/shared-work/support/report-table.js';
import { AttackReporter } from './test/security/attack-reporter.js';
import { createLaunchOptions, findBrowser } from './test/support/browsers.js';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Makes tests and examples import the source by the package's name. */
export const alias = {
  'persona-client/openapi.json': source('./openapi/subresource.json'),
  'persona-client/openapi': source('./openapi'),
  'persona-client/collections': source('./src/collections/index.ts'),
  'persona-client/browse': source('./src/browse/index.ts'),
  'persona-client/browser': source('./src/browser/index.ts'),
  'persona-client/node': source('./src/node/index.ts'),
  'persona-client/testing': source('./src/testing/index.ts'),
  'persona-client/mcp': source('./src/mcp/index.ts'),
  'persona-client/otel': source('./src/otel/index.ts'),
  'persona-client/query': source('./src/query/index.ts'),
  'persona-client': source('./src/index.ts'),
};

/** Set by `npm test -- --full`: longer runs with more cases. */
const full = process.env.TEST_FULL === '1';
const minutes = (count: number) => count * 60_000;

type Test = NonNullable<TestProjectInlineConfiguration['test']>;

/** Creates a project, which runs the tests of one folder. */
const project = (
  name: string,
  folder: string,
  test: Test = {},
  resolve: Record<string, string> = {},
): TestProjectInlineConfiguration => ({
  resolve: { alias: { ...alias, ...resolve } },
  test: {
    name,
    include: [`test/${folder}/**/*.test.ts`],
    testTimeout: 30_000, // long enough for a busy machine
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    provide: { full, seeds: 200 },
    ...test,
  },
});

/** Tests that run the command as processes use a bundle. */
const CLI_BUNDLE = 'test/support/cli-bundle.ts';

/** Creates a project that runs one test file at a time, because it uses sockets, processes or browsers. */
const serial = (name: string, folder: string, test: Test = {}) =>
  project(name, folder, { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000, ...test });

const browser = (name: 'chromium' | 'firefox') => ({
  browser: name,
  provider: playwright({ launchOptions: createLaunchOptions(name, findBrowser(name) ?? name) }),
});

/** `scripts/test.ts` lists the projects that `npm test` runs, and what the others need. */
export default defineConfig({
  test: {
    reporters: [
      'default',
      new FaultReporter(),
      new SharedWorkReporter(),
      new AttackReporter(),
      new CountsReporter(),
      new RuntimeReporter(),
      new FailureReporter(),
    ],
    projects: [
      project('unit', 'unit'),
      project('integration', 'integration', { exclude: ['test/integration/redis/**'] }),
      project('contract', 'contract'),
      project('cli', 'cli', { globalSetup: [CLI_BUNDLE] }),
      project('mcp', 'mcp', { exclude: ['test/mcp/release/**'], globalSetup: [CLI_BUNDLE] }),
      project('docs', 'docs'),
      project('architecture', 'architecture'),
      project('types', 'types', {
        include: [],
        typecheck: { enabled: true, only: true, include: ['test/types/**/*.test-d.ts'] },
      }),
      serial('faults', 'resilience/faults', { testTimeout: minutes(4) }),
      serial('shared-work', 'resilience/shared-work'),
      serial('collections', 'resilience/collections', {
        globalSetup: ['test/resilience/collections/bundle.ts'],
        provide: { full, seeds: full ? 100_000 : 10_000 },
        testTimeout: minutes(full ? 60 : 8),
      }),
      serial('security', 'security', { testTimeout: minutes(full ? 30 : 2) }),
      serial('redis', 'integration/redis', {
        include: ['test/integration/redis/*.test.ts'],
        globalSetup: ['test/integration/redis/server.ts'],
      }),
      serial('examples', 'examples'),
      serial('tabs', 'browser/tabs', { testTimeout: minutes(4) }),
      serial('apps', 'browser/apps', { expect: { poll: { timeout: 10_000, interval: 100 } } }),
      {
        ...project(
          'browser',
          'browser/source',
          {
            globalSetup: ['test/browser/source/host.ts'],
            fileParallelism: false,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              instances: [browser('chromium'), browser('firefox')],
            },
          },
          { events: 'eventemitter3' },
        ),
        optimizeDeps: {
          include: [
            ...['fast-check', 'jose', 'ky', 'lru-cache', 'opossum', 'zod/mini'],
            ...['api', 'core', 'instrumentation-fetch', 'sdk-metrics', 'sdk-trace'].map(
              (name) => `@opentelemetry/${name}`,
            ),
          ],
        },
      },
      project('package', 'package', {
        globalSetup: ['test/package/support/pack.ts'],
        testTimeout: minutes(2),
        hookTimeout: minutes(2),
      }),
      serial('site', 'site', { globalSetup: ['test/site/build.ts'] }),
      serial('mcp-release', 'mcp/release', { include: ['test/mcp/release/*.test.ts'] }),
    ],
  },
});
