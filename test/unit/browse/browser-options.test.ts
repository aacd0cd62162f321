import fc from 'fast-check';
import { PersonaClient } from 'persona-client';
import { type BrowsingPersona, browserOptions, requestHeaders, skippedFields } from 'persona-client/browse';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const browserVersion = '131.0.6778.33';
const withLanguage = (language: unknown, country?: unknown) => ({ demographic: { language, country } });
const withCountry = (country: unknown) => ({ demographic: { country } });
const withScreen = (screen_size: unknown) => ({ contextual: { screen_size } });
const withDevice = (device_type: unknown, browser_type?: unknown) => ({
  contextual: { device_type, browser_type },
});
const skippedNames = (persona: BrowsingPersona) => skippedFields(persona).map(({ field }) => field);

describe('the language of a persona', () => {
  it.each([
    ['en-US', undefined, 'en-US'],
    ['en_us', undefined, 'en-US'],
    ['English', undefined, 'en'],
    ['english', 'USA', 'en-US'],
    ['eng', 'United Kingdom', 'en-GB'],
    ['en-US', 'CA', 'en-US'],
    ['Deutsch', 'Österreich', 'de-AT'],
    ['German', 'DE', 'de-DE'],
    ['français', 'Côte d’Ivoire', 'fr-CI'],
    ['日本語', 'Japan', 'ja-JP'],
    ['Portuguese (Brazil)', undefined, 'pt-BR'],
    ['zh-hans-CN', undefined, 'zh-Hans-CN'],
    ['he', undefined, 'he'],
    ['iw', undefined, 'he'],
    ['Filipino', 'PH', 'fil-PH'],
    ['en-US-u-ca-buddhist', undefined, 'en-US'],
    ['  en-GB ', undefined, 'en-GB'],
  ])('%j with the country %j is the locale %s', (language, country, locale) => {
    const persona = withLanguage(language, country);
    expect(browserOptions(persona)).toMatchObject({
      locale,
      extraHTTPHeaders: { 'Accept-Language': locale },
    });
    expect(requestHeaders(persona)).toEqual({ 'Accept-Language': locale });
    expect(skippedNames(persona)).not.toContain('language');
  });

  it.each([
    'Klingon',
    'zz',
    'en-ZZ',
    'en-US\r\nX-Admin: 1',
    'en;q=0.9',
    'English (Atlantis)',
    'und',
    'x-private',
    'a'.repeat(1000),
    5,
    ['en'],
    { toString: () => 'en' },
  ])('%j is skipped', (language) => {
    const persona = withLanguage(language);
    expect(browserOptions(persona)).toEqual({});
    expect(requestHeaders(persona)).toEqual({});
    expect(skippedFields(persona)).toEqual([
      { category: 'demographic', field: 'language', reason: 'is not a language that this runtime knows' },
    ]);
  });

  it('is not guessed from a country', () => {
    expect(browserOptions(withCountry('JP'))).toEqual({ timezoneId: 'Asia/Tokyo' });
    expect(requestHeaders(withCountry('JP'))).toEqual({});
  });
});

describe('the country of a persona', () => {
  it.each([
    ['NG', 'Africa/Lagos'],
    ['Nigeria', 'Africa/Lagos'],
    ['NGA', 'Africa/Lagos'],
    ['566', 'Africa/Lagos'],
    ['UK', 'Europe/London'],
    ['GB', 'Europe/London'],
    ['GBR', 'Europe/London'],
    ['Great Britain', 'Europe/London'],
    ['scotland', 'Europe/London'],
    ['Japan', 'Asia/Tokyo'],
    ['日本', 'Asia/Tokyo'],
    ['The Netherlands', 'Europe/Amsterdam'],
    ['Türkiye', 'Europe/Istanbul'],
    ['Turkey', 'Europe/Istanbul'],
    ['SWE', 'Europe/Stockholm'],
    ['CHE', 'Europe/Zurich'],
  ])('%s has the time zone %s', (country, timezoneId) => {
    expect(browserOptions(withCountry(country))).toEqual({ timezoneId });
    expect(skippedFields(withCountry(country))).toEqual([]);
  });

  it.each(['US', 'USA', 'U.S.A.', 'United States', 'the United States of America', 'Canada', 'DE', 'CHN'])(
    '%s has several time zones, so the browser keeps its own',
    (country) => {
      expect(browserOptions(withCountry(country))).toEqual({});
      expect(skippedFields(withCountry(country))).toEqual([
        {
          category: 'demographic',
          field: 'country',
          reason: expect.stringMatching(/the country has \d+ time zones/),
        },
      ]);
    },
  );

  it.each(['Atlantis', 'ZZ', 'EU', 'United Nations', 'USX', 'U', '__proto__', 'constructor', 5, {}])(
    '%j is skipped',
    (country) => {
      expect(browserOptions(withCountry(country))).toEqual({});
      expect(skippedNames(withCountry(country))).toEqual(['country']);
    },
  );

  it.each(['getTimeZones', 'timeZones'])('sets the time zone if the runtime has only %s', (name) => {
    replaceTimeZones(
      name === 'timeZones' ? { get: () => ['Asia/Tokyo'] } : { value: () => ['Asia/Tokyo'] },
      name,
    );
    expect(browserOptions(withCountry('JP'))).toEqual({ timezoneId: 'Asia/Tokyo' });
  });

  it('sets no time zone if the runtime knows none of a country', () => {
    replaceTimeZones();
    expect(browserOptions(withCountry('JP'))).toEqual({});
    expect(skippedFields(withCountry('JP'))[0]?.reason).toContain('this runtime cannot list the time zones');
  });
});

/** Removes what tells the time zones of a country, as in runtimes that lack it. Defines one property, if any. */
function replaceTimeZones(descriptor?: PropertyDescriptor, name = ''): void {
  const { prototype } = Intl.Locale;
  for (const key of ['getTimeZones', 'timeZones']) {
    const original = Object.getOwnPropertyDescriptor(prototype, key);
    Reflect.deleteProperty(prototype, key);
    if (key === name) Object.defineProperty(prototype, key, { ...descriptor, configurable: true });
    onTestFinished(() => {
      Reflect.deleteProperty(prototype, key);
      if (original) Object.defineProperty(prototype, key, original);
    });
  }
}

describe('the position of a persona', () => {
  it.each([
    [60.1699, 24.9384],
    [0, 0],
    [-90, 180],
  ])('%d, %d is the geolocation, and pages may read it', (latitude, longitude) => {
    expect(browserOptions({ demographic: { latitude, longitude } })).toEqual({
      geolocation: { latitude, longitude },
      permissions: ['geolocation'],
    });
  });

  it.each([
    [90.1, 0, ['latitude', 'longitude']],
    [0, -180.5, ['longitude', 'latitude']],
    [Number.NaN, Number.POSITIVE_INFINITY, ['latitude', 'longitude']],
    ['60.1', '24.9', ['latitude', 'longitude']],
    [60.1, undefined, ['latitude']],
    [null, 24.9, ['longitude']],
  ])('%j, %j is skipped', (latitude, longitude, skipped) => {
    const persona = { demographic: { latitude, longitude } };
    expect(browserOptions(persona)).toEqual({});
    expect(skippedNames(persona)).toEqual(skipped);
  });
});

describe('the screen of a persona', () => {
  it.each([
    ['1920x1080', 1920, 1080],
    ['1920×1080', 1920, 1080],
    ['412 X 915 px', 412, 915],
    ['412px * 915px', 412, 915],
  ])('%s is the viewport', (size, width, height) => {
    expect(browserOptions(withScreen(size))).toEqual({
      viewport: { width, height },
      screen: { width, height },
    });
  });

  it('may have a scale factor', () => {
    const size = { width: 390, height: 844 };
    const expected = { viewport: size, screen: size, deviceScaleFactor: 3 };
    expect(browserOptions(withScreen('390x844@3x'))).toEqual(expected);
    expect(browserOptions(withScreen('390 × 844 @ 3'))).toEqual(expected);
  });

  it.each([
    'large',
    '6.1 inches',
    '0x0',
    '100000x1',
    '20000x20000',
    '-1x5',
    '1e9x1',
    '1920',
    '390x844@0',
    5,
    [],
  ])('%j is skipped', (size) => {
    expect(browserOptions(withScreen(size))).toEqual({});
    expect(skippedNames(withScreen(size))).toEqual(['screen_size']);
  });
});

describe('the device of a persona', () => {
  it.each(['mobile', 'Mobile', 'smartphone', 'iPhone 13', 'android phone', 'tablet', 'iPad Pro'])(
    '%s is mobile and has touch',
    (device) => {
      expect(browserOptions(withDevice(device))).toEqual({ isMobile: true, hasTouch: true });
      expect(skippedFields(withDevice(device))).toEqual([]);
    },
  );

  it.each(['desktop', 'laptop', 'Desktop PC', 'MacBook Pro', 'notebook'])(
    '%s is not mobile, and hasTouch is absent',
    (device) => {
      expect(browserOptions(withDevice(device))).toEqual({ isMobile: false });
    },
  );

  it.each(['smart fridge', 'not a phone', 'no tablet', 'toString', 1])('%j is skipped', (device) => {
    expect(browserOptions(withDevice(device))).toEqual({});
    expect(skippedNames(withDevice(device))).toEqual(['device_type']);
  });
});

describe('the user agent of a persona', () => {
  const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)';

  it.each([
    ['mobile', 'chrome', `${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36`],
    ['tablet', 'Google Chrome', `${ANDROID} Chrome/131.0.0.0 Safari/537.36`],
    ['mobile', 'edge', `${ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0`],
  ])('with %s and %s has the version of the browser that runs', (device, browser, userAgent) => {
    const persona = withDevice(device, browser);
    expect(browserOptions(persona, { browserVersion })).toMatchObject({ userAgent });
    expect(browserOptions(persona, { browserVersion: `HeadlessChrome/${browserVersion}` })).toMatchObject({
      userAgent,
    });
    expect(requestHeaders(persona, { browserVersion })).toEqual({ 'User-Agent': userAgent });
    expect(skippedFields(persona, { browserVersion })).toEqual([]);
  });

  it.each([
    ['mobile', 'chrome', undefined, 'needs the option browserVersion'],
    ['mobile', 'safari', browserVersion, 'contains versions that the persona does not have'],
    ['mobile', 'firefox', browserVersion, 'contains versions that the persona does not have'],
    ['iPhone 13', 'chrome', browserVersion, 'an operating system that the persona does not have'],
    ['desktop', 'chrome', browserVersion, 'an operating system that the persona does not have'],
    [undefined, 'chrome', browserVersion, 'depends on the device'],
    ['mobile', 'Netscape', browserVersion, 'is not a known browser'],
    ['mobile', 'constructor', browserVersion, 'is not a known browser'],
  ])('with %s, %s and the version %s is left to the browser', (device, browser, version, reason) => {
    const options = version === undefined ? {} : { browserVersion: version };
    const persona = withDevice(device, browser);
    expect(browserOptions(persona, options)).not.toHaveProperty('userAgent');
    expect(skippedFields(persona, options)).toEqual([
      { category: 'contextual', field: 'browser_type', reason: expect.stringContaining(reason) },
    ]);
  });

  it.each(['Firefox/131.0', 'newest', '', '131\r\nX: 1', 131])('rejects the version %j', (version) => {
    expect(() => browserOptions({}, { browserVersion: version as string })).toThrow(
      'browserOptions: browserVersion must be the version of a Chromium browser',
    );
  });
});

it('rejects a persona that is not an object', () => {
  for (const call of [browserOptions, requestHeaders, skippedFields])
    expect(() => call(undefined as never)).toThrow(
      new TypeError(`${call.name}: the persona must be an object`),
    );
});

it('returns no options for a persona without values', () => {
  for (const persona of [
    {},
    { demographic: null, contextual: null },
    withLanguage('', null),
    withDevice(''),
  ]) {
    expect(browserOptions(persona)).toEqual({});
    expect(skippedFields(persona)).toEqual([]);
  }
});

it('takes the personas of a client, of both dialects', async () => {
  for (const dialect of ['subresource', 'attributes'] as const) {
    await using service = createPersonaService({ dialect });
    using client = new PersonaClient({ fetch: service.fetch });
    const persona = await client.personas.get(1);
    expect(browserOptions(persona, { browserVersion })).toEqual({
      locale: 'en-NG',
      extraHTTPHeaders: { 'Accept-Language': 'en-NG' },
      timezoneId: 'Africa/Lagos',
      geolocation: { latitude: 6.5244, longitude: 3.3792 },
      permissions: ['geolocation'],
      viewport: { width: 412, height: 915 },
      screen: { width: 412, height: 915 },
      isMobile: true,
      hasTouch: true,
      userAgent: expect.stringContaining('Chrome/131.0.0.0 Mobile'),
    });
    expect(skippedFields(persona, { browserVersion })).toEqual([]);
  }
});

it('accepts any value in every field, and returns only valid options and headers of known words', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('en-US', 'German', 'USA', 'mobile', 'chrome', '800x600', '\r\nX: y', '__proto__'),
    fc.stringMatching(/^[a-z]{2,8}([-_ (][A-Za-z\d]{1,8}\)?){0,3}$/),
  );
  const value = fc.oneof(text, fc.double(), fc.jsonValue());
  const fields = (...names: string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  const demographic = fields('language', 'country', 'latitude', 'longitude');
  const contextual = fields('device_type', 'browser_type', 'screen_size');
  fc.assert(
    fc.property(fc.oneof(demographic, value), fc.oneof(contextual, value), (first, second) => {
      const persona = { demographic: first, contextual: second } as BrowsingPersona;
      const options = browserOptions(persona, { browserVersion });
      const headers = requestHeaders(persona, { browserVersion });
      for (const header of Object.values(headers)) expect(header).toMatch(/^[\w\-,;=./ ()]+$/);
      if (options.locale) expect(Intl.getCanonicalLocales(options.locale)).toEqual([options.locale]);
      if (options.timezoneId) new Intl.DateTimeFormat('en', { timeZone: options.timezoneId });
      for (const { reason } of skippedFields(persona, { browserVersion }))
        expect(reason).toMatch(/^[\w\-,:' ]+$/);
    }),
    { numRuns: 1_000 },
  );
});

it.each(['und', 'mul', 'mis', 'zxx'])('the language code %s names no language', (language) => {
  expect(browserOptions({ demographic: { language } })).toEqual({});
});

it('knows countries whose names begin with Saint', () => {
  expect(browserOptions({ demographic: { country: 'Saint Lucia' } }).timezoneId).toBe('America/St_Lucia');
  expect(browserOptions({ demographic: { country: 'Saint Vincent and the Grenadines' } }).timezoneId).toBe(
    'America/St_Vincent',
  );
});
