/** The options of a persona fit the types of Playwright and Puppeteer. The code for Puppeteer is that of the guide. */
import { PersonaClient } from 'persona-client';
import { browserOptions, requestHeaders } from 'persona-client/browse';
import type { Browser as PlaywrightBrowser } from 'playwright-core';
import type { Browser as PuppeteerBrowser } from 'puppeteer-core';

const persona = await new PersonaClient().personas.get(1);

export const openInPlaywright = async (browser: PlaywrightBrowser) => {
  await browser.newContext(browserOptions(persona));
  await browser.newPage({ ...browserOptions(persona, { browserVersion: browser.version() }), offline: true });
};

export const openInPuppeteer = async (browser: PuppeteerBrowser) => {
  const browserVersion = await browser.version();
  const options = browserOptions(persona, { browserVersion });
  const { extraHTTPHeaders, geolocation, permissions, timezoneId, userAgent, viewport } = options;
  const { isMobile = false, hasTouch = false } = options;

  const context = await browser.createBrowserContext();
  if (permissions) await context.overridePermissions('https://your-site.example', permissions);
  const page = await context.newPage();
  if (extraHTTPHeaders) await page.setExtraHTTPHeaders(extraHTTPHeaders);
  if (timezoneId) await page.emulateTimezone(timezoneId);
  if (geolocation) await page.setGeolocation(geolocation);
  if (userAgent) await page.setUserAgent({ userAgent });
  if (viewport) await page.setViewport({ ...viewport, isMobile, hasTouch });
};

export const send = () => fetch('http://localhost', { headers: { ...requestHeaders(persona) } });
// @ts-expect-error: the option does not exist
browserOptions(persona, { version: '131' });
// @ts-expect-error: a persona is required
browserOptions();
