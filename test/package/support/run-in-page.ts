import type { Browser } from 'playwright-core';
import { recordConsoleProblems } from '../../support/browsers.js';
import { startControlledService } from '../../support/controlled-service.js';
import type { CaseResult } from '../smoke/program.js';
import type { SmokeRun } from './smoke-tests.js';

/** Console messages of the browser for responses that the cases provoke. */
const EXPECTED =
  /^Failed to load resource: (?:the server responded with a status of (401|404|503)|net::ERR_)|blocked by CORS policy|Same Origin Policy|status line of the HTTP response/;

/** Runs the smoke program in the page at `url`, against a new service. */
export async function runInPage(browser: Browser, url: string): Promise<SmokeRun> {
  await using service = await startControlledService();
  const page = await browser.newPage();
  const messages = recordConsoleProblems(page, EXPECTED);
  try {
    await page.goto(`${url}?urls=${encodeURIComponent(JSON.stringify(service.urls))}`);
    const results = await page.evaluate(
      () => (globalThis as typeof globalThis & { smokeResults: Promise<CaseResult[]> }).smokeResults,
    );
    return { results, messages };
  } finally {
    await page.close();
  }
}
