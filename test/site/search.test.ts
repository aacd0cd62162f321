import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest';
import {
  FIRST_RESULTS,
  FROM_OTHER_LIBRARIES,
  FROM_THE_GUIDE,
  findUnanswered,
  QUESTIONS,
} from '../../scripts/site/questions.js';
import { createSearch } from '../../scripts/site/search.js';
import { findLaunchOptions, recordConsoleProblems } from '../support/browsers.js';
import { SITE } from './build.js';

/** Chromium does not load the icons by `file:` address. The script `icons.js` of TypeDoc replaces them. */
const ICONS = /assets\/icons\.svg/;

const sections = inject('sections');
const search = createSearch(sections);

it('answers every question within the first three results', () => {
  expect(findUnanswered(search)).toEqual([]);
});

it('asks 60 questions or more, each once, and reports a wrong answer', () => {
  expect(new Set(QUESTIONS.map(({ query }) => query)).size).toBeGreaterThanOrEqual(60);
  expect(FROM_THE_GUIDE.length + FROM_OTHER_LIBRARIES.length).toBeGreaterThanOrEqual(40);
  expect(findUnanswered(() => [])).toHaveLength(QUESTIONS.length);
});

test.each([
  ['PersonaClient', 'classes/persona-client.PersonaClient.html'],
  ['personaclient', 'classes/persona-client.PersonaClient.html'],
  ['backoffMs', 'interfaces/persona-client.RetryOptions.html#backoffms'],
  ['PersonaTimeoutError', 'classes/persona-client.PersonaTimeoutError.html'],
  ['createPersonaService', 'functions/persona-client_testing.createPersonaService.html'],
])('finds the symbol %s', (name, url) => {
  const urls = search(name).map((result) => result.url);
  expect(urls.slice(0, 2)).toContain(url); // a guide may have a heading of the same name
});

test.each(['timout', 'authentification', 'retrys'])('finds pages for the misspelling %s', (query) => {
  expect(search(query).length).toBeGreaterThan(0);
});

test.each(['', '   ', '*', '"', '(', 'xyzzyplugh', 'the of and'])('finds nothing for %j', (query) => {
  expect(search(query)).toEqual([]);
});

describe('in Chromium, from the file system', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(findLaunchOptions('chromium'));
  });
  afterAll(() => browser.close());

  it('shows the same results, opens one by keyboard, and sends no request', {
    timeout: 120_000,
  }, async () => {
    const page = await browser.newPage();
    const problems = recordConsoleProblems(page, ICONS);
    const requests: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) requests.push(request.url());
    });
    const home = pathToFileURL(join(SITE, 'index.html')).href;
    await page.goto(home);
    await page.click('#tsd-search-trigger');
    const input = page.locator('#tsd-search-input');
    const results = page.locator('#tsd-search-results a');
    for (const { query } of QUESTIONS) {
      await input.fill(query);
      const links = await results.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
      const expected = search(query).map(({ url }) => new URL(url, home).href);
      expect(links.slice(0, FIRST_RESULTS)).toEqual(expected.slice(0, FIRST_RESULTS));
    }

    await input.fill('caching');
    const [first] = search('caching');
    await input.press('ArrowDown');
    await input.press('Enter');
    await page.waitForURL(new URL(first?.url ?? '', home).href);
    expect(requests).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('says that nothing was found', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(SITE, 'index.html')).href);
    await page.keyboard.press('/');
    await page.locator('#tsd-search-input').fill('xyzzyplugh');
    await expect
      .poll(() => page.locator('#tsd-search-status').textContent())
      .toBe('No results for "xyzzyplugh"');
  });
});
