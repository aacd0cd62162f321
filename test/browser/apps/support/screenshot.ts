import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const FOLDER = 'docs/screenshots';
const MAX_BYTES = 150_000;

/** Takes a screenshot and checks its size. Saves it only with KEEP_SCREENSHOTS, which `npm run screenshots` sets. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const image = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  expect(image.byteLength, name).toBeLessThan(MAX_BYTES);
  if (process.env.KEEP_SCREENSHOTS) await writeFile(`${FOLDER}/${name}.png`, image);
}
