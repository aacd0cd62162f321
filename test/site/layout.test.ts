import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findLaunchOptions } from '../support/browsers.js';
import { SITE } from './build.js';

const PAGES = [
  'index.html',
  'guides/circuit-breaker.html',
  'reference/options.html',
  'classes/persona-client.PersonaClient.html',
  'modules/persona-client.html',
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 800 };

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch(findLaunchOptions('chromium'));
});
afterAll(() => browser.close());

it.each([DESKTOP, PHONE])('no page is wider than a window of $width pixels', async (viewport) => {
  const page = await browser.newPage({ viewport });
  for (const path of PAGES) {
    await page.goto(pathToFileURL(join(SITE, path)).href);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect({ path, width }).toEqual({ path, width: viewport.width });
  }
});

it('the home page fits on two screens', async () => {
  const page = await browser.newPage({ viewport: DESKTOP });
  await page.goto(pathToFileURL(join(SITE, 'index.html')).href);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(height).toBeLessThanOrEqual(2 * DESKTOP.height);
});

it('has dark and light colors', async () => {
  const readColor = async (colorScheme: 'light' | 'dark') => {
    const page = await browser.newPage({ colorScheme });
    await page.goto(pathToFileURL(join(SITE, 'index.html')).href);
    return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  };
  expect(await readColor('light')).not.toBe(await readColor('dark'));
});
