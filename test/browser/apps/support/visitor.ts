import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { launchOptions } from '../../../package/support/browsers.js';

/** How somebody comes along: with which screen, and by day or by night. */
export interface Look {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
}

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

export const LOOKS = {
  'desktop, light': { viewport: DESKTOP, colorScheme: 'light' },
  'desktop, dark': { viewport: DESKTOP, colorScheme: 'dark' },
  'phone, light': { viewport: PHONE, colorScheme: 'light' },
  'phone, dark': { viewport: PHONE, colorScheme: 'dark' },
} as const satisfies Record<string, Look>;

/** What the browser itself says of failures that a test has asked for. */
const EXPECTED = /^Failed to load resource: (the server responded with a status of [45]\d\d|net::ERR_)/;
const PATIENCE_MS = 15_000;

/** A page of its own, whose console must stay silent. */
export interface Visitor extends AsyncDisposable {
  readonly page: Page;
}

/** Starts the browser for a file's tests. */
export function startedBrowser(): (look?: Look) => Promise<Visitor> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch(launchOptions('chromium'));
  });
  afterAll(() => browser?.close());

  return async (look = LOOKS['desktop, light']) => {
    if (!browser) throw new Error('The browser is not running');
    const context = await browser.newContext({ ...look, reducedMotion: 'reduce', locale: 'en-GB' });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text()))
        complaints.push(message.text());
    });
    return {
      page,
      [Symbol.asyncDispose]: async () => {
        await context.close();
        expect(complaints).toEqual([]);
      },
    };
  };
}
