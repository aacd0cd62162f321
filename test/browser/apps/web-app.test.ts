import { createPersonaService, type PersonaService } from 'persona-client/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { populate } from '../../../examples/support/sample-personas.js';
import { startWebApp, type WebApp } from '../../../examples/web-app/start.js';
import { expectAccessible } from './support/accessibility.js';
import { DEVICES, setupBrowser } from './support/open-page.js';
import { takeScreenshot } from './support/screenshot.js';

const ADMIN = { username: 'admin', password: 'personas' };
const OUTAGE = { reset: true } as const;
const SAVED_URL = /\/personas\/\d+\?saved/;

const openPage = setupBrowser();
let service: PersonaService;
let app: WebApp;

beforeAll(async () => {
  service = createPersonaService({ auth: { users: { [ADMIN.username]: ADMIN.password, bob: 'bobs' } } });
  await populate(service, ADMIN);
  const { url } = await service.listen({ port: 0 });
  app = await startWebApp(0, {
    baseUrl: url,
    cache: { ttlMs: 1 }, // entries are stale by the next request
    retry: { limit: 1, backoffMs: 1 },
    breaker: { resetTimeoutMs: 200 },
  });
});
beforeEach(() => service.faults.clear());
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await service.close();
});

async function logIn(page: Page, { username, password } = ADMIN): Promise<void> {
  await page.goto(`${app.url}/sign-in`);
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Personas', level: 1 }).waitFor();
}

const readText = (page: Page, selector = 'main') => page.locator(selector).innerText();
const readHeading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();

describe('the web app', () => {
  test('asks for a login first, then opens the requested page', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await page.goto(`${app.url}/personas/2`);
    expect(await readHeading(page)).toBe('Sign in');
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').innerText()).toContain('do not match');
    expect(await page.getByLabel('User name').inputValue()).toBe('admin');

    await page.getByLabel('Password').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${app.url}/personas/2`);
    expect(await readHeading(page)).toBe('Mateo Rinaldi');

    await page.getByRole('button', { name: 'Sign out admin' }).click();
    await page.goto(`${app.url}/personas`);
    expect(await readHeading(page)).toBe('Sign in');
  });

  test('pages through all personas', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    const total = Number((await readText(page, '.heading')).match(/(\d+) in all/)?.[1]);
    expect(total).toBeGreaterThan(20);
    await takeScreenshot(page, 'web-app-list');

    const names = new Set<string>();
    for (;;) {
      for (const name of await page.locator('.card h2').allInnerTexts()) names.add(name);
      const next = page.getByRole('link', { name: 'Next' });
      if ((await next.count()) === 0) break;
      await next.click();
    }
    expect(names.size).toBe(total);
    expect(await page.locator('[aria-current=page]').innerText()).toBe(String(Math.ceil(total / 10)));
  });

  test('creates, edits and deletes a persona, and shows validation errors next to their fields', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    await page.getByRole('link', { name: 'New persona' }).click();
    await page.getByLabel('Age', { exact: true }).fill('250');
    await page.getByLabel('Device usage').fill('phone: maps\nlaptop: work');
    await page.getByLabel('Season').selectOption('winter');
    await save(page);

    const age = page.getByLabel('Age', { exact: true });
    expect(await age.getAttribute('aria-invalid')).toBe('true');
    expect(await readDescription(age)).toBe('must be a whole number from 0 to 120');
    expect(await readDescription(page.getByLabel('Name'))).toBe('must have 1 to 100 characters');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    expect(await age.inputValue()).toBe('250');
    await expectAccessible(page);
    await takeScreenshot(page, 'web-app-form');

    const name = '<img src=x onerror="document.title=1"> & Söhne';
    await page.getByRole('link', { name: 'Name' }).click();
    await page.keyboard.type(name);
    await age.fill('25');
    await save(page);
    await page.waitForURL(SAVED_URL);
    expect(await readHeading(page)).toBe(name);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await readText(page)).toMatch(
      /Saved\.[\s\S]*Age\s+25[\s\S]*laptop work\s+phone maps[\s\S]*winter/,
    );

    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('Renamed');
    await page.getByLabel('Interests').fill('tea\nchess\n\n');
    await save(page);
    await page.waitForURL(SAVED_URL);
    expect(await readHeading(page)).toBe('Renamed');
    expect(await readText(page)).toMatch(/Age\s+25[\s\S]*Interests\s+tea\s+chess/);

    const { pathname } = new URL(page.url());
    await page.getByRole('link', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'Keep' }).click();
    await page.getByRole('link', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.waitForURL('**/personas');
    await page.goto(app.url + pathname);
    expect(await readHeading(page)).toBe('There is no such persona');
  });

  test('does not overwrite a change that another user has made since the form was opened', async () => {
    await using testPage = await openPage();
    await using otherPage = await openPage();
    await logIn(testPage.page);
    await logIn(otherPage.page, { username: 'bob', password: 'bobs' });
    for (const { page } of [testPage, otherPage]) await page.goto(`${app.url}/personas/3/edit`);
    await otherPage.page.getByLabel('City').fill('Oslo');
    await save(otherPage.page);
    await otherPage.page.waitForURL(SAVED_URL);

    const { page } = testPage;
    await page.getByLabel('Occupation').fill('Painter');
    await save(page);
    expect(await page.getByRole('alert').innerText()).toContain('Somebody else has changed this persona');
    expect(await page.getByLabel('Occupation').inputValue()).toBe('Painter');
    await page.getByLabel('City').fill('Oslo');
    await save(page);
    await page.waitForURL(SAVED_URL);
    expect(await readText(page)).toMatch(/Painter[\s\S]*Oslo/);
  });
});

test('shows stale data with its age, and keeps what the user typed in forms, during an outage', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  await logIn(page);
  await page.goto(`${app.url}/personas/5`);
  await page.goto(`${app.url}/personas/5/edit`);
  await page.getByLabel('City').fill('Ottawa');

  service.faults.add(OUTAGE);
  await save(page);
  expect(await page.getByRole('alert').innerText()).toContain(
    'Nothing was changed; what you entered is still here',
  );
  expect(await page.getByLabel('City').inputValue()).toBe('Ottawa');

  await page.goto(`${app.url}/personas`);
  const notice = page.getByRole('status');
  expect(await notice.innerText()).toMatch(/does not respond\. This page shows data from \d+ seconds? ago/);
  expect(await page.locator('.card').count()).toBe(10);
  await expectAccessible(page);
  await takeScreenshot(page, 'web-app-outage');
  await page.goto(`${app.url}/personas/5`);
  expect(await readHeading(page)).toBe('Priya Venkataraman');
  expect(await notice.count()).toBe(1);

  const response = await page.goto(`${app.url}/personas/9`);
  expect([502, 503]).toContain(response?.status());
  expect(await readText(page)).toMatch(/Still known\s+As read \d+ seconds? ago/);
  expect(await page.locator('.card').count()).toBe(10);
  await expectAccessible(page);

  service.faults.clear();
  await expect
    .poll(async () => {
      const retryLink = page.getByRole('link', { name: 'Try again' });
      if ((await retryLink.count()) === 1) await retryLink.click();
      return page.locator('.profile').count();
    })
    .toBe(1);
  expect(new URL(page.url()).pathname).toBe('/personas/9');
  await expect
    .poll(async () => {
      await page.goto(`${app.url}/personas/5`);
      return notice.count();
    })
    .toBe(0);
  await page.goto(`${app.url}/personas/5/edit`);
  await page.getByLabel('City').fill('Ottawa');
  await save(page);
  await page.waitForURL(SAVED_URL);
  expect(await readText(page)).toContain('Ottawa');
});

test('the web app can be used with the keyboard only', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  const { keyboard } = page;
  await page.goto(app.url);
  await tabTo(page, 'User name');
  await keyboard.type(ADMIN.username);
  await keyboard.press('Tab');
  await keyboard.type(ADMIN.password);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Personas', level: 1 }).waitFor();

  await keyboard.press('Tab');
  expect(await readFocus(page)).toBe('Skip to the content');
  await keyboard.press('Enter');
  await keyboard.press('Tab');
  const first = await page.locator('.card h2').first().innerText();
  expect(await readFocus(page)).toBe(first);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: first, level: 1 }).waitFor();

  await tabTo(page, 'Edit');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Edit persona' }).waitFor();
  await tabTo(page, 'Personality');
  await keyboard.press('ControlOrMeta+a');
  await keyboard.type('Patient');
  await keyboard.press('Enter');
  await page.waitForURL(SAVED_URL);
  expect(await readText(page)).toMatch(/Personality\s+Patient/);
});

describe.each(Object.entries(DEVICES))('on %s', (name, device) => {
  test('every page is accessible and fits the screen', async () => {
    await using testPage = await openPage(device);
    const { page } = testPage;
    await page.goto(app.url);
    await expectAccessible(page);
    await logIn(page);
    for (const path of ['/personas', '/personas/1', '/personas/1/edit', '/personas/1/delete', '/nowhere']) {
      await page.goto(app.url + path);
      await expectAccessible(page);
      if (path === '/personas/1' && name === 'phone, dark') await takeScreenshot(page, 'web-app-phone');
    }
    service.faults.add(OUTAGE);
    await page.goto(`${app.url}/personas`);
    await page.getByText('does not respond').waitFor();
    await expectAccessible(page);
  });
});

/** Returns the label or text of the focused element. */
const readFocus = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    const labels = (element as HTMLInputElement | null)?.labels ?? [];
    return (labels[0]?.textContent ?? element?.textContent ?? '').trim();
  });

const MAX_TAB_STOPS = 80;

/** Presses Tab until the element with this label or text has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const stops: string[] = [];
  while (stops.length < MAX_TAB_STOPS) {
    await page.keyboard.press('Tab');
    const stop = await readFocus(page);
    if (stop === name) return;
    stops.push(stop);
  }
  throw new Error(`Tab does not reach '${name}'. Tab stops: ${stops.join(' | ')}`);
}

/** Returns the text that describes a form control. */
const readDescription = (control: ReturnType<Page['getByLabel']>): Promise<string> =>
  control.evaluate((element) => {
    const ids = element.getAttribute('aria-describedby')?.split(' ') ?? [];
    return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  });
