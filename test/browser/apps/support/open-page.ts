import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { findLaunchOptions, recordConsoleProblems } from '../../../support/browsers.js';

/** Screen size and color scheme of a test page. */
export interface Device {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
}

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

export const DEVICES = {
  'desktop, light': { viewport: DESKTOP, colorScheme: 'light' },
  'desktop, dark': { viewport: DESKTOP, colorScheme: 'dark' },
  'phone, light': { viewport: PHONE, colorScheme: 'light' },
  'phone, dark': { viewport: PHONE, colorScheme: 'dark' },
} as const satisfies Record<string, Device>;

/** Console messages of the browser for failures that the tests provoke. */
const EXPECTED = /^Failed to load resource: (the server responded with a status of [45]\d\d|net::ERR_)/;
const TIMEOUT_MS = 15_000;

/** A page in a browser context of its own. Disposing it fails the test if the console has errors or warnings. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
}

/** Starts a browser for the tests of a file, and returns a function that opens a page. */
export function setupBrowser(): (device?: Device) => Promise<TestPage> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch(findLaunchOptions('chromium'));
  });
  afterAll(() => browser?.close());

  return async (device = DEVICES['desktop, light']) => {
    if (!browser) throw new Error('The browser is not running');
    const context = await browser.newContext({ ...device, reducedMotion: 'reduce', locale: 'en-GB' });
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const problems = recordConsoleProblems(page, EXPECTED);
    return {
      page,
      [Symbol.asyncDispose]: async () => {
        await context.close();
        expect(problems).toEqual([]);
      },
    };
  };
}
