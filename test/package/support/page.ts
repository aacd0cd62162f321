import type { Browser } from 'playwright-core';
import type { Result } from '../smoke/program.js';
import type { Ran } from './cases.js';
import { startHost } from './host.js';

/** What the browser itself says of the answers that the cases ask for. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|404|503)/;

/** Runs the smoke program in the page at this URL, against a service of its own. */
export async function runInPage(browser: Browser, url: string): Promise<Ran> {
  await using host = await startHost();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text()))
      complaints.push(message.text());
  });
  try {
    await page.goto(`${url}?setting=${encodeURIComponent(JSON.stringify(host.setting))}`);
    const results = await page.evaluate(
      () => (globalThis as typeof globalThis & { smokeResults: Promise<Result[]> }).smokeResults,
    );
    return { results, complaints };
  } finally {
    await page.close();
  }
}
