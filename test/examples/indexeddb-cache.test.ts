import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { startSite } from '../../examples/indexeddb-cache/server/start.js';
import { openPage } from './browser.js';

async function startExample() {
  const site = await startSite(0);
  onTestFinished(() => site[Symbol.asyncDispose]());
  return site;
}

const waitForStatus = (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).waitFor();

/** Reads all entries of the page's database. */
const readEntries = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ key: string; value: string; expiresAt: number }[]>((resolve, reject) => {
        const opening = indexedDB.open('persona-cache');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const store = opening.result.transaction('entries').objectStore('entries');
          const keys = store.getAllKeys();
          const values = store.getAll();
          values.onsuccess = () => {
            opening.result.close();
            resolve(values.result.map((entry, index) => ({ key: String(keys.result[index]), ...entry })));
          };
        };
      }),
  );

/** Waits until the list is stored, which happens after the read returns. Short entries are versions. */
const waitForStoredLists = (page: Page, count = 1) =>
  expect
    .poll(async () => (await readEntries(page)).filter(({ value }) => value.length > 500).length, {
      timeout: 20_000,
    })
    .toBe(count);

test('keeps the list after a reload, and sends no request', { timeout: 90_000 }, async () => {
  const { url, service } = await startExample();
  const { page, errors } = await openPage(url);
  await waitForStatus(page, '5 personas for ada, from: network; requests so far: 1');
  const names = await page.getByRole('listitem').allTextContents();
  expect(names).toHaveLength(5);
  await waitForStoredLists(page);
  service.clearRequests();

  await page.reload();
  await waitForStatus(page, '5 personas for ada, from: cache; requests so far: 0');
  expect(await page.getByRole('listitem').allTextContents()).toEqual(names);
  const tab = await page.context().newPage();
  await tab.goto(url);
  await waitForStatus(tab, 'from: cache; requests so far: 0');
  expect(service.requests).toEqual([]);

  await page.getByRole('textbox').fill('Renamed');
  await page.getByRole('button', { name: 'Rename' }).click();
  await waitForStatus(page, 'from: network; requests so far: 2');
  await waitForStoredLists(page, 1);
  await tab.reload();
  await waitForStatus(tab, /from: (?:network|cache)/);
  expect(await tab.getByRole('listitem').first().textContent()).toBe('Renamed');
  expect(errors).toEqual([]);
});

test('does not show the list to another user, and stores only encrypted data', {
  timeout: 90_000,
}, async () => {
  const { url, service } = await startExample();
  const { page } = await openPage(url);
  await waitForStatus(page, 'for ada, from: network');
  await waitForStoredLists(page);
  const [name = ''] = await page.getByRole('listitem').allTextContents();
  const stored = JSON.stringify(await readEntries(page));
  expect(name.length).toBeGreaterThan(0);
  for (const secret of [name, 'personas.list', 'principal', service.requests[0]?.path ?? ''])
    expect(stored).not.toContain(secret);

  await page.context().addCookies([{ name: 'user', value: 'bob', url }]);
  await page.reload();
  await waitForStatus(page, '5 personas for bob, from: network; requests so far: 1');
});

test('removes expired entries when a page opens', { timeout: 90_000 }, async () => {
  const { url } = await startExample();
  const { page } = await openPage(url);
  await waitForStatus(page, 'from: network');
  await waitForStoredLists(page);
  const before = await readEntries(page);
  const eightDays = Date.now() + 8 * 24 * 3_600_000;
  await page.clock.setFixedTime(eightDays);
  await page.reload();
  await waitForStatus(page, 'from: network; requests so far: 1');
  await expect
    .poll(async () => (await readEntries(page)).filter(({ expiresAt }) => expiresAt <= eightDays), {
      timeout: 20_000,
    })
    .toEqual([]);
  expect(before.every(({ expiresAt }) => expiresAt <= eightDays)).toBe(true);
});

test('sends every read as a request without IndexedDB, without failures', { timeout: 90_000 }, async () => {
  const { url } = await startExample();
  const { page, errors } = await openPage('about:blank');
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  for (let load = 0; load < 2; load++) {
    await page.goto(url);
    await waitForStatus(page, '5 personas for ada, from: network; requests so far: 1');
  }
  expect(errors).toEqual([]);
});
