import { PersonaClient } from 'persona-client';
import { requestHeaders, skippedFields } from 'persona-client/browse';
import { createPersonaService } from 'persona-client/testing';
import { expect } from 'playwright/test';
import { startPage } from './page.js';
import { test } from './persona-test.js';

/** A local service for this example. Your tests use your own service. */
const service = createPersonaService({
  seed: [
    {
      name: 'Nigerian engineer on a phone',
      demographic: { language: 'en-NG', country: 'NG', latitude: 6.5244, longitude: 3.3792 },
      contextual: { device_type: 'mobile', browser_type: 'chrome', screen_size: '412x915' },
    },
    {
      name: 'Japanese reader on a tablet',
      demographic: { language: 'Japanese', country: 'Japan' },
      contextual: { device_type: 'tablet', browser_type: 'edge', screen_size: '820x1180' },
    },
    {
      name: 'American at a desk',
      demographic: { language: 'English', country: 'USA' },
      contextual: { device_type: 'desktop', screen_size: '1920×1080' },
    },
    { name: 'Nobody in particular' },
  ],
});
using client = new PersonaClient({ fetch: service.fetch });
const personas = await client.personas.toArray();

/** What the page sees of each persona. */
const EXPECTED: Readonly<Record<string, Record<string, unknown>>> = {
  'Nigerian engineer on a phone': {
    language: 'en-NG',
    languages: ['en-NG'],
    timeZone: 'Africa/Lagos',
    position: [6.5244, 3.3792],
    viewport: [412, 915],
    screen: [412, 915],
    hasTouch: true,
    userAgent: expect.stringMatching(/Android 10; K.* Chrome\/\d+\.0\.0\.0 Mobile Safari/),
    received: {
      acceptLanguage: 'en-NG',
      userAgent: expect.stringMatching(/Android 10; K.* Chrome\/\d+\.0\.0\.0 Mobile Safari/),
    },
  },
  'Japanese reader on a tablet': {
    language: 'ja-JP',
    timeZone: 'Asia/Tokyo',
    position: null,
    viewport: [820, 1180],
    hasTouch: true,
    userAgent: expect.stringMatching(/Chrome\/\d+\.0\.0\.0 Safari\/537\.36 EdgA/),
    received: { acceptLanguage: 'ja-JP', userAgent: expect.stringContaining('EdgA') },
  },
  'American at a desk': {
    language: 'en-US',
    viewport: [1920, 1080],
    hasTouch: false,
    userAgent: expect.not.stringContaining('Mobile'),
    received: { acceptLanguage: 'en-US', userAgent: expect.not.stringContaining('Mobile') },
  },
  'Nobody in particular': {
    position: null,
    hasTouch: false,
    userAgent: expect.not.stringContaining('Mobile'),
  },
};

let pageServer: Awaited<ReturnType<typeof startPage>>;
test.beforeAll(async () => {
  pageServer = await startPage();
});
test.afterAll(() => pageServer.close());

for (const persona of personas)
  test.describe(persona.name, () => {
    test.use({ persona });

    test('has its language, place, screen and device in the page', async ({ page }) => {
      await page.goto(pageServer.url);
      await expect(page.locator('main')).not.toBeEmpty();
      const seen: unknown = JSON.parse(await page.locator('main').innerText());
      await test
        .info()
        .attach('seen', { body: JSON.stringify(seen, null, 2), contentType: 'application/json' });
      expect(seen).toMatchObject(EXPECTED[persona.name] ?? {});
    });

    test('sends the same language with fetch', async () => {
      const response = await fetch(pageServer.url, { headers: { ...requestHeaders(persona) } });
      const { 'Accept-Language': language } = requestHeaders(persona);
      if (language !== undefined) expect(await response.text()).toContain(`"acceptLanguage":"${language}"`);
    });
  });

test('skippedFields reports the country, because the United States has several time zones', () => {
  const american = personas.find(({ name }) => name === 'American at a desk');
  expect(american && skippedFields(american).map(({ field }) => field)).toEqual(['country']);
});
