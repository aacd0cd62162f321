import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Explorer, startExplorer } from '../../../examples/explorer/server/start.js';
import { expectAccessible } from './support/accessibility.js';
import { DEVICES, setupBrowser } from './support/open-page.js';
import { takeScreenshot } from './support/screenshot.js';

/** Longer than the cache lifetime and the circuit's reset timeout of the page together. */
const POLL_OPTIONS = { timeout: 25_000, interval: 200 };

const openPage = setupBrowser();
let explorer: Explorer;
beforeAll(async () => {
  explorer = await startExplorer(0);
});
beforeEach(async () => {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${explorer.url}/control`, { method: 'POST', headers, body: '{"mode":"healthy"}' });
});
afterAll(() => explorer[Symbol.asyncDispose]());

async function openExplorer(page: Page): Promise<void> {
  await page.goto(explorer.url);
  await page.getByText(/^\d+ of \d+, from the service$/).waitFor();
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const readStatus = (page: Page) => page.locator('.status').innerText();
const readLogRows = (page: Page) => page.locator('.rows b').allInnerTexts();
/** Returns each row of the waterfall as `name: outcome`, newest first. */
const readCalls = (page: Page) =>
  page
    .locator('.waterfall li')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('span')].map((span) => span.textContent).join(': ')),
    );
/** Returns the colors of the outcomes in the legend of the chart. */
const readColors = (page: Page) =>
  page
    .locator('.throughput .key')
    .evaluateAll((keys) => keys.map((key) => getComputedStyle(key, '::before').backgroundColor));
const readTotals = async (page: Page) =>
  (await page.locator('.throughput svg').getAttribute('aria-label')) ?? '';
/** Selects a mode of the service. Clicks the label, because it hides the radio button. */
const selectMode = (page: Page, label: string) => page.locator('.choice', { hasText: label }).click();

test('searches, reads and changes personas, and shows validation errors next to their fields', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  await openExplorer(page);
  const first = await readLogRows(page);
  expect(first).toHaveLength(8);
  await button(page, 'Next').click();
  await expect.poll(() => readLogRows(page)).not.toEqual(first);

  await page.getByLabel('Search').fill('rotorua');
  await expect.poll(() => readLogRows(page)).toEqual(['Tane Parata']);
  expect(await readStatus(page)).toMatch(/^1 of 24, from the cache, \d+ s old$/);

  await page.locator('.row').click();
  await expect.poll(() => field(page, 'City').inputValue()).toBe('Rotorua');
  await field(page, 'Age').fill('250');
  await button(page, 'Save').click();
  await expect
    .poll(() => page.locator('dialog .issue').allInnerTexts())
    .toContain('must be a whole number from 0 to 120');
  expect(await field(page, 'Age').getAttribute('aria-invalid')).toBe('true');
  await expectAccessible(page);

  await field(page, 'Age').fill('40');
  await field(page, 'City').fill('Taupō');
  await button(page, 'Save').click();
  await expect.poll(() => readStatus(page)).toBe('0 of 24, from the service');
  await page.getByLabel('Search').fill('taupō');
  await expect.poll(() => readLogRows(page)).toEqual(['Tane Parata']);

  await button(page, 'New persona').click();
  await field(page, 'Name').fill('<b>Ada</b>');
  await button(page, 'Save').click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByLabel('Search').fill('ada');
  await expect.poll(() => readLogRows(page)).toContain('<b>Ada</b>');
});

test('shows both retries of a write that fails twice', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  await openExplorer(page);
  await button(page, 'Fail twice').click();
  await page.locator('.row').first().click();
  await button(page, 'Save').click();
  const update = /^personas\.update \d+: succeeded at attempt 3, \d+ ms$/;
  await expect.poll(() => readCalls(page), POLL_OPTIONS).toContainEqual(expect.stringMatching(update));
  const row = page.locator('.waterfall li', { hasText: 'personas.update' });
  expect(await row.locator('.attempt.bad').count()).toBe(2);
  expect(await row.locator('.delay').count()).toBe(2);
  expect(await row.locator('.attempt.ok').count()).toBe(1);
});

test('shows the open circuit and marks stale reads during an outage, and recovers afterwards', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  await openExplorer(page);
  const total = (await readStatus(page)).match(/of (\d+)/)?.[1];

  await selectMode(page, 'Failing');
  await button(page, 'Steady traffic').click();
  await expect.poll(() => page.locator('.circuit').innerText(), POLL_OPTIONS).toContain('Circuit open.');
  await page.getByLabel('Search').fill('music');
  await expect
    .poll(() => readStatus(page), POLL_OPTIONS)
    .toMatch(new RegExp(`^\\d+ of ${total}, stale because the service is unavailable, \\d+ s old$`));
  await expect
    .poll(() => readCalls(page))
    .toContainEqual(expect.stringMatching(/: stale after \d attempts?, \d+ ms$/));
  expect(await readTotals(page)).toMatch(/ [1-9]\d* stale/);
  const colors = await readColors(page);
  expect(colors.length).toBeGreaterThan(0);
  expect(colors).not.toContain('rgba(0, 0, 0, 0)');
  expect(new Set(colors).size).toBe(colors.length);
  await expectAccessible(page);
  await takeScreenshot(page, 'explorer-outage');

  await button(page, 'New persona').click();
  await field(page, 'Name').fill('Nobody');
  await button(page, 'Save').click();
  await expect.poll(() => page.locator('dialog [role=status]').innerText()).toMatch(/^Not saved: /);
  await button(page, 'Close').click();

  await selectMode(page, 'Healthy');
  await expect.poll(() => page.locator('.circuit').innerText(), POLL_OPTIONS).toContain('Circuit closed.');
  await expect.poll(() => readStatus(page), POLL_OPTIONS).toMatch(/from the service$/);
  await button(page, 'Steady traffic').click();
});

test('the explorer can be used with the keyboard only', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  const { keyboard } = page;
  await openExplorer(page);
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.press('ArrowRight');
  await expect.poll(() => page.locator(':focus').getAttribute('value')).toBe('slow');
  await expect.poll(async () => (await (await fetch(`${explorer.url}/control`)).json()).mode).toBe('slow');
  await keyboard.press('ArrowLeft');
  await expect.poll(async () => (await (await fetch(`${explorer.url}/control`)).json()).mode).toBe('healthy');

  await page.goto(explorer.url);
  await page.getByText(/from the service$/).waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter'); // skips the controls
  await keyboard.press('Tab');
  await keyboard.type('amara');
  await expect.poll(() => readLogRows(page)).toEqual(['Amara Okafor']);
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Amara Okafor' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.locator(':focus').innerText()).toContain('Amara Okafor');
});

describe.each(Object.entries(DEVICES))('on %s', (_, device) => {
  test('the page is accessible and fits the screen', async () => {
    await using testPage = await openPage(device);
    const { page } = testPage;
    await openExplorer(page);
    await button(page, 'Read one five times').click();
    await button(page, 'Fail twice').click();
    await button(page, 'New persona').click();
    await expectAccessible(page);
    await field(page, 'Name').fill('Somebody');
    await button(page, 'Close').click();
    await expectAccessible(page);
  });
});
