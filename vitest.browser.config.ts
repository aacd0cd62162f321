import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './test/package/support/browsers.js';
import { alias } from './vitest.config.js';

const instance = (browser: 'chromium' | 'firefox') => ({
  browser,
  provider: playwright({ launchOptions: launchOptions(browser) }),
});

/** The source in Chromium and Firefox, as this machine has them. */
export default defineConfig({
  resolve: { alias: { ...alias, events: 'eventemitter3' } },
  optimizeDeps: {
    include: ['fast-check', 'jose', 'ky', 'lru-cache', 'opossum', 'zod/mini'],
  },
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/host.ts'],
    fileParallelism: false,
    testTimeout: 30_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [instance('chromium'), instance('firefox')],
    },
  },
});
