import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const FOLDER = 'docs/screenshots';
const MOST_BYTES = 150_000;

/** A picture of what is on the screen, small enough for the README; kept by `npm run screenshots` only. */
export async function picture(page: Page, name: string): Promise<void> {
  const image = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  expect(image.byteLength, name).toBeLessThan(MOST_BYTES);
  if (process.env.KEEP_SCREENSHOTS) await writeFile(`${FOLDER}/${name}.png`, image);
}
