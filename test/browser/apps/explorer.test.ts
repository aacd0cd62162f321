import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Explorer, startExplorer } from '../../../examples/explorer/server/start.js';
import { expectAccessible } from './support/axe.js';
import { picture } from './support/picture.js';
import { LOOKS, startedBrowser } from './support/visitor.js';

/** As long as the cache and the circuit of the page may take together. */
const POLLING = { timeout: 25_000, interval: 200 };

const visit = startedBrowser();
let explorer: Explorer;
beforeAll(async () => {
  explorer = await startExplorer(0);
});
beforeEach(async () => {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${explorer.url}/control`, { method: 'POST', headers, body: '{"trouble":"healthy"}' });
});
afterAll(() => explorer[Symbol.asyncDispose]());

async function open(page: Page): Promise<void> {
  await page.goto(explorer.url);
  await page.getByText(/^\d+ of \d+, from the service$/).waitFor();
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const told = (page: Page) => page.locator('.told').innerText();
const rowsOf = (page: Page) => page.locator('.rows b').allInnerTexts();
/** Each row of the waterfall as `name: outcome`, newest first. */
const calls = (page: Page) =>
  page
    .locator('.waterfall li')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('span')].map((one) => one.textContent).join(': ')),
    );
const totals = async (page: Page) => (await page.locator('.throughput svg').getAttribute('aria-label')) ?? '';
/** What is set with a label that hides the radio button. */
const make = (page: Page, label: string) => page.locator('.choice', { hasText: label }).click();

test('finds, reads and changes personas, with every reason beside its field', async () => {
  await using visitor = await visit();
  const { page } = visitor;
  await open(page);
  const first = await rowsOf(page);
  expect(first).toHaveLength(8);
  await button(page, 'Next').click();
  await expect.poll(() => rowsOf(page)).not.toEqual(first);

  await page.getByLabel('Search').fill('rotorua');
  await expect.poll(() => rowsOf(page)).toEqual(['Tane Parata']);
  expect(await told(page)).toMatch(/^1 of 24, from the cache, \d+ s old$/);

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
  await expect.poll(() => told(page)).toBe('0 of 24, from the service');
  await page.getByLabel('Search').fill('taupō');
  await expect.poll(() => rowsOf(page)).toEqual(['Tane Parata']);

  await button(page, 'New persona').click();
  await field(page, 'Name').fill('<b>Ada</b>');
  await button(page, 'Save').click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByLabel('Search').fill('ada');
  await expect.poll(() => rowsOf(page)).toContain('<b>Ada</b>');
});

test('a write that fails twice is repeated, and one can see when', async () => {
  await using visitor = await visit();
  const { page } = visitor;
  await open(page);
  await button(page, 'Fail twice').click();
  await page.locator('.row').first().click();
  await button(page, 'Save').click();
  const update = /^personas\.update \d+: answered at try 3, \d+ ms$/;
  await expect.poll(() => calls(page), POLLING).toContainEqual(expect.stringMatching(update));
  const row = page.locator('.waterfall li', { hasText: 'personas.update' });
  expect(await row.locator('.attempt.bad').count()).toBe(2);
  expect(await row.locator('.wait').count()).toBe(2);
  expect(await row.locator('.attempt.ok').count()).toBe(1);
});

test('an outage: the circuit opens, stale reads say so, and all comes back', async () => {
  await using visitor = await visit();
  const { page } = visitor;
  await open(page);
  const total = (await told(page)).match(/of (\d+)/)?.[1];

  await make(page, 'Failing');
  await button(page, 'Steady traffic').click();
  await expect.poll(() => page.locator('.circuit').innerText(), POLLING).toContain('Circuit open.');
  await page.getByLabel('Search').fill('music');
  await expect
    .poll(() => told(page), POLLING)
    .toMatch(
      new RegExp(`^\\d+ of ${total}, as last known: the service is not answering, this is \\d+ s old$`),
    );
  await expect
    .poll(() => calls(page))
    .toContainEqual(expect.stringMatching(/: stale after \d tr(y|ies), \d+ ms$/));
  expect(await totals(page)).toMatch(/ [1-9]\d* stale/);
  await expectAccessible(page);
  await picture(page, 'explorer-outage');

  await button(page, 'New persona').click();
  await field(page, 'Name').fill('Nobody');
  await button(page, 'Save').click();
  await expect.poll(() => page.locator('dialog [role=status]').innerText()).toMatch(/^Not saved: /);
  await button(page, 'Close').click();

  await make(page, 'Healthy');
  await expect.poll(() => page.locator('.circuit').innerText(), POLLING).toContain('Circuit closed.');
  await expect.poll(() => told(page), POLLING).toMatch(/from the service$/);
  await button(page, 'Steady traffic').click();
});

test('by keyboard alone', async () => {
  await using visitor = await visit();
  const { page } = visitor;
  const { keyboard } = page;
  await open(page);
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.press('ArrowRight');
  await expect.poll(() => page.locator(':focus').getAttribute('value')).toBe('slow');
  await expect.poll(async () => (await (await fetch(`${explorer.url}/control`)).json()).trouble).toBe('slow');
  await keyboard.press('ArrowLeft');
  await expect
    .poll(async () => (await (await fetch(`${explorer.url}/control`)).json()).trouble)
    .toBe('healthy');

  await page.goto(explorer.url);
  await page.getByText(/from the service$/).waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Enter'); // past the controls
  await keyboard.press('Tab');
  await keyboard.type('amara');
  await expect.poll(() => rowsOf(page)).toEqual(['Amara Okafor']);
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Amara Okafor' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.locator(':focus').innerText()).toContain('Amara Okafor');
});

describe.each(Object.entries(LOOKS))('looked at on a %s', (_, look) => {
  test('the page is accessible and fits', async () => {
    await using visitor = await visit(look);
    const { page } = visitor;
    await open(page);
    await button(page, 'Read one five times').click();
    await button(page, 'Fail twice').click();
    await button(page, 'New persona').click();
    await expectAccessible(page);
    await field(page, 'Name').fill('Somebody');
    await button(page, 'Close').click();
    await expectAccessible(page);
  });
});
