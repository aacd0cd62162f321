import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { startSite } from '../../examples/indexeddb-cache/server/start.js';
import { open } from './pages.js';

async function start() {
  const site = await startSite(0);
  onTestFinished(() => site[Symbol.asyncDispose]());
  return site;
}

const says = (page: Page, what: string | RegExp) =>
  page.getByRole('status').filter({ hasText: what }).waitFor();

/** All that the page's database holds. */
const held = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ key: string; value: string; until: number }[]>((resolve, reject) => {
        const opening = indexedDB.open('persona-cache');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const store = opening.result.transaction('kept').objectStore('kept');
          const keys = store.getAllKeys();
          const values = store.getAll();
          values.onsuccess = () => {
            opening.result.close();
            resolve(values.result.map((one, at) => ({ key: String(keys.result[at]), ...one })));
          };
        };
      }),
  );

/** Until the list is on disk: an answer is kept behind its caller. Versions are short. */
const kept = (page: Page, answers = 1) =>
  expect
    .poll(async () => (await held(page)).filter(({ value }) => value.length > 500).length, {
      timeout: 20_000,
    })
    .toBe(answers);

test('what was read survives a reload: the second load sends nothing', { timeout: 90_000 }, async () => {
  const { url, service } = await start();
  const { page, complaints } = await open(url);
  await says(page, '5 personas for ada, from: network; requests so far: 1');
  const names = await page.getByRole('listitem').allTextContents();
  expect(names).toHaveLength(5);
  await kept(page);
  service.clearRequests();

  await page.reload();
  await says(page, '5 personas for ada, from: cache; requests so far: 0');
  expect(await page.getByRole('listitem').allTextContents()).toEqual(names);
  const tab = await page.context().newPage();
  await tab.goto(url);
  await says(tab, 'from: cache; requests so far: 0');
  expect(service.requests).toEqual([]);

  await page.getByRole('textbox').fill('Renamed');
  await page.getByRole('button', { name: 'Rename' }).click();
  await says(page, 'from: network; requests so far: 2');
  await kept(page, 1);
  await tab.reload();
  await says(tab, /from: (?:network|cache)/);
  expect(await tab.getByRole('listitem').first().textContent()).toBe('Renamed');
  expect(complaints).toEqual([]);
});

test('another user is shown nothing of it, and the disk tells nothing', { timeout: 90_000 }, async () => {
  const { url, service } = await start();
  const { page } = await open(url);
  await says(page, 'for ada, from: network');
  await kept(page);
  const [name = ''] = await page.getByRole('listitem').allTextContents();
  const all = JSON.stringify(await held(page));
  expect(name.length).toBeGreaterThan(0);
  for (const secret of [name, 'personas.list', 'principal', service.requests[0]?.path ?? ''])
    expect(all).not.toContain(secret);

  await page.context().addCookies([{ name: 'user', value: 'bob', url }]);
  await page.reload();
  await says(page, '5 personas for bob, from: network; requests so far: 1');
});

test('what is past its time is removed when a page is opened', { timeout: 90_000 }, async () => {
  const { url } = await start();
  const { page } = await open(url);
  await says(page, 'from: network');
  await kept(page);
  const before = await held(page);
  const eightDays = Date.now() + 8 * 24 * 3_600_000;
  await page.clock.setFixedTime(eightDays);
  await page.reload();
  await says(page, 'from: network; requests so far: 1');
  await expect
    .poll(async () => (await held(page)).filter(({ until }) => until <= eightDays), { timeout: 20_000 })
    .toEqual([]);
  expect(before.every(({ until }) => until <= eightDays)).toBe(true);
});

test('without IndexedDB every read is a request, and none fails', { timeout: 90_000 }, async () => {
  const { url } = await start();
  const { page, complaints } = await open('about:blank');
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  for (let load = 0; load < 2; load++) {
    await page.goto(url);
    await says(page, '5 personas for ada, from: network; requests so far: 1');
  }
  expect(complaints).toEqual([]);
});
