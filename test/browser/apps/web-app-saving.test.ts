import { type Persona, PersonaClient, type PersonaCreate } from 'persona-client';
import { createPersonaService, type PersonaService } from 'persona-client/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWebApp, type WebApp } from '../../../examples/web-app/start.js';
import { createRandom } from '../../support/random.js';
import { setupBrowser } from './support/open-page.js';

const ADMIN = { username: 'admin', password: 'personas' };
const openPage = setupBrowser();
let service: PersonaService;
let app: WebApp;
let client: PersonaClient;

beforeAll(async () => {
  service = createPersonaService({ auth: { users: { [ADMIN.username]: ADMIN.password } } });
  const { url } = await service.listen({ port: 0 });
  app = await startWebApp(0, { baseUrl: url });
  client = new PersonaClient({ baseUrl: url, auth: ADMIN, cache: false });
});
afterAll(async () => {
  client.close();
  await app[Symbol.asyncDispose]();
  await service.close();
});

async function fillSignIn(page: Page): Promise<void> {
  await page.getByLabel('User name').fill(ADMIN.username);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function logIn(page: Page): Promise<void> {
  await page.goto(`${app.url}/sign-in`);
  await fillSignIn(page);
  await page.waitForURL('**/personas');
}

const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();

/** Opens the form of a persona, changes it, saves, and returns the persona as stored. */
async function edit(page: Page, id: number, change: () => Promise<void>): Promise<Persona> {
  await page.goto(`${app.url}/personas/${id}/edit`);
  await change();
  await save(page);
  await page.waitForURL(`**/personas/${id}?saved*`);
  return client.personas.get(id);
}

/** Parts of texts that HTML forms, or a parser of lines, change. */
const PARTS = [
  ...['', ' ', '\t', '\n', '\r', '\r\n', '\n\n', 'a', 'b c', ':', ': ', ',', '"', "'", '<b>', '&amp;', '&'],
  ...['</textarea>', '\u2028', '\u00a0', '\ufeff', '\u200d', '字', '😀', 'é', 'e\u0301', '\\n', '0', '1e3'],
];

/** A persona with odd texts in fields of every type. */
function createOddPersona(seed: number): PersonaCreate {
  const random = createRandom(seed);
  const text = () => Array.from({ length: random.nextInteger(5) }, () => random.pick(PARTS)).join('');
  const list = () => Array.from({ length: random.nextInteger(4) }, text);
  const map = () => Object.fromEntries(list().map((key) => [key, text()]));
  return {
    name: `${random.pick(PARTS)}x${text()}`,
    demographic: { occupation: text(), country: text() },
    psychographic: { interests: list(), attitudes: list(), lifestyle: text(), personality: text() },
    behavioral: { browsing_habits: list(), device_usage: map() },
    contextual: { weather: text() },
  };
}

describe('saving a form changes only what the user has changed', () => {
  test('odd texts, lists and maps stay as they are when another field is changed', {
    timeout: 120_000,
  }, async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    for (let seed = 1; seed <= 15; seed++) {
      const { id } = await client.personas.create(createOddPersona(seed));
      const stored = await client.personas.get(id);
      const city = `Paris ${seed}`;
      const saved = await edit(page, id, () => page.getByLabel('City').fill(city));
      const { updated_at } = saved;
      const demographic = { ...stored.demographic, city };
      expect(saved, `seed ${seed}`).toEqual({ ...stored, updated_at, demographic });
    }
  });

  test('the other entries of a list or map stay as they are when one is changed', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    const { id } = await client.personas.create({
      name: 'Ada',
      psychographic: {
        interests: ['', ' padded ', 'two\nlines', 'music', '', 'last '],
        personality: '  shy ',
      },
      behavioral: { device_usage: { phone: ' daily ', 'a:b': 'c', tablet: 'never', '': '' } },
    });
    const replaceText = async (label: string, from: string, to: string) => {
      const control = page.getByLabel(label);
      await control.fill((await control.inputValue()).replace(from, to));
    };
    const saved = await edit(page, id, async () => {
      await replaceText('Interests', 'music', 'art\n chess ');
      await replaceText('Device usage', 'tablet: never', 'tablet: rarely');
      await replaceText('Personality', 'shy', 'bold');
    });
    expect(saved.psychographic).toMatchObject({
      interests: ['', ' padded ', 'two\nlines', 'art', 'chess', '', 'last '],
      personality: '  bold ',
    });
    expect(saved.behavioral?.device_usage).toEqual({
      phone: ' daily ',
      'a:b': 'c',
      tablet: 'rarely',
      '': '',
    });
  });

  test('a text of several lines can be changed, and emptied', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    const { id } = await client.personas.create({
      name: 'Ada',
      psychographic: { lifestyle: '\nfirst\r\nsecond' },
    });
    const lifestyle = page.getByLabel('Lifestyle');
    const changed = await edit(page, id, async () => {
      expect(await lifestyle.inputValue()).toBe('\nfirst\nsecond');
      await lifestyle.fill('first\nthird');
    });
    expect(changed.psychographic?.lifestyle).toBe('first\nthird');
    expect((await edit(page, id, () => lifestyle.fill(''))).psychographic?.lifestyle).toBe('');
  });
});

test('the second editor sees a conflict with both versions, and saving again overwrites nothing without a choice', async () => {
  await using testPage = await openPage();
  const { page } = testPage;
  await logIn(page);
  const { id } = await client.personas.create({ name: 'Ada', psychographic: { interests: ['art'] } });
  const second = await page.context().newPage();
  for (const editor of [page, second]) await editor.goto(`${app.url}/personas/${id}/edit`);
  await page.getByLabel('Interests').fill('art\nmusic');
  await save(page);
  await page.waitForURL(`**/personas/${id}?saved*`);

  const readInterests = async () => (await client.personas.get(id)).psychographic?.interests;
  await second.getByLabel('Interests').fill('art\nchess');
  await second.getByLabel('City').fill('Paris');
  await save(second);
  const choice = second.getByRole('group', { name: 'Interests: two versions' });
  expect(await choice.locator('pre').innerText()).toBe('art\nmusic');
  expect(await second.getByLabel('Interests', { exact: true }).inputValue()).toBe('art\nchess');
  expect(await second.getByRole('alert').innerText()).toContain('Somebody else has changed this persona');

  await save(second);
  expect(await second.getByRole('alert').innerText()).toContain('Choose the value to save');
  expect(await readInterests()).toEqual(['art', 'music']);

  await choice.getByLabel('Save mine').check();
  await save(second);
  await second.waitForURL(`**/personas/${id}?saved*`);
  const saved = await client.personas.get(id);
  expect([saved.psychographic?.interests, saved.demographic?.city]).toEqual([['art', 'chess'], 'Paris']);
});

describe('what the user typed', () => {
  test('is kept if the session has ended', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    await page.goto(`${app.url}/personas/new`);
    await page.getByLabel('Name').fill('Typed "with" care');
    await page.getByLabel('Interests').fill('music\nart & chess');
    const otherTab = await page.context().newPage();
    await otherTab.goto(`${app.url}/personas`);
    await otherTab.getByRole('button', { name: 'Sign out admin' }).click();
    await otherTab.waitForURL('**/sign-in');

    await save(page);
    await page.waitForURL('**/sign-in?next=*');
    await fillSignIn(page);
    await page.getByRole('alert').getByText('Your session had ended').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Typed "with" care');
    await save(page);
    await page.waitForURL('**/personas/*?saved*');
    const stored = await client.personas.get(Number(/\d+(?=\?saved)/.exec(page.url())?.[0]));
    expect(stored).toMatchObject({
      name: 'Typed "with" care',
      psychographic: { interests: ['music', 'art & chess'] },
    });
  });

  test('is saved if it has 8,000 Chinese characters', async () => {
    await using testPage = await openPage();
    const { page } = testPage;
    await logIn(page);
    const lifestyle = '字'.repeat(8_000);
    const { id } = await client.personas.create({ name: 'Long', psychographic: { lifestyle } });
    expect(await edit(page, id, () => page.getByLabel('City').fill('Paris'))).toMatchObject({
      demographic: { city: 'Paris' },
      psychographic: { lifestyle },
    });
  });
});
