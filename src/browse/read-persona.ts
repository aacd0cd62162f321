import { assertOptions, type OptionRules } from '../core/assert-options.js';
import { findDevice, parseScreenSize } from './device.js';
import { findLocale } from './languages.js';
import { findRegion } from './regions.js';
import type { BrowseOptions, BrowserSettings, BrowsingPersona, SkippedField } from './types.js';
import { createUserAgent, findBrowserName, parseMajorVersion } from './user-agent.js';

/** The browser options of a persona, and the fields that have no effect. */
export interface BrowserDescription {
  readonly options: BrowserSettings;
  readonly skipped: SkippedField[];
}

const BROWSE_RULES: OptionRules<BrowseOptions> = {
  browserVersion: [
    (value: unknown) => typeof value === 'string' && parseMajorVersion(value) !== undefined,
    'must be the version of a Chromium browser, such as 131.0.6778.33: pass browser.version()',
  ],
};

/** Maximum length of a field. A longer text cannot be valid, so it is not parsed. */
const MAX_TEXT_LENGTH = 100;

/** Reads the fields of a category, and lists those that have no effect. */
class FieldReader {
  readonly skipped: SkippedField[] = [];
  readonly #category: SkippedField['category'];
  readonly #fields: object;

  constructor(category: SkippedField['category'], fields: unknown) {
    this.#category = category;
    this.#fields = Object(fields);
  }

  skip(field: string, reason: string): void {
    this.skipped.push({ category: this.#category, field, reason });
  }

  /** Returns the value of a field, or `undefined` if the field is missing, `null` or empty. */
  read(field: string): unknown {
    const value: unknown = Object.hasOwn(this.#fields, field) ? Reflect.get(this.#fields, field) : undefined;
    return value === null || value === '' ? undefined : value;
  }

  /** Parses the text of a field. Skips a value that is not text, or that `parse` does not recognize. */
  parse<Value>(field: string, parse: (text: string) => Value | undefined, reason: string): Value | undefined {
    const value = this.read(field);
    if (value === undefined) return undefined;
    const parsed =
      typeof value === 'string' && value.length <= MAX_TEXT_LENGTH ? parse(value.trim()) : undefined;
    if (parsed === undefined) this.skip(field, reason);
    return parsed;
  }
}

/**
 * Reads a persona.
 *
 * @param source names the function in errors.
 * @throws {TypeError} if the persona is not an object, or for an unknown or invalid option.
 */
export function readPersona(
  source: string,
  persona: BrowsingPersona,
  options: BrowseOptions,
): BrowserDescription {
  if (typeof persona !== 'object' || persona === null)
    throw new TypeError(`${source}: the persona must be an object`);
  assertOptions(source, options, BROWSE_RULES);
  const demographic = new FieldReader('demographic', persona.demographic);
  const contextual = new FieldReader('contextual', persona.contextual);
  return {
    options: {
      ...readPlace(demographic),
      ...readDevice(contextual, options),
    },
    skipped: [...demographic.skipped, ...contextual.skipped],
  };
}

/** Language, time zone and position. */
function readPlace(demographic: FieldReader): BrowserSettings {
  const locale = demographic.parse('language', findLocale, 'is not a language that this runtime knows');
  const region = demographic.parse('country', findRegion, 'is not a country that this runtime knows');
  const timeZone = region && findTimeZone(region);
  if (timeZone && 'reason' in timeZone) demographic.skip('country', timeZone.reason);
  const geolocation = readGeolocation(demographic);
  return {
    ...(locale && describeLocale(locale.region || !region ? locale : new Intl.Locale(locale, { region }))),
    ...(timeZone && 'timezoneId' in timeZone && { timezoneId: timeZone.timezoneId }),
    ...(geolocation && { geolocation, permissions: ['geolocation'] }),
  };
}

/** The header is for `fetch` and Puppeteer. Its value is the one that Playwright sends for the locale. */
const describeLocale = ({ baseName }: Intl.Locale): BrowserSettings => ({
  locale: baseName,
  extraHTTPHeaders: { 'Accept-Language': baseName },
});

/** The time zones of a locale: a method in newer runtimes, a property in older ones. Some runtimes have neither. */
interface TimeZoneInfo {
  getTimeZones?(): readonly string[] | undefined;
  readonly timeZones?: readonly string[];
}

function findTimeZone(region: string): { timezoneId: string } | { reason: string } {
  const locale = new Intl.Locale(`und-${region}`) as TimeZoneInfo;
  const zones = locale.getTimeZones?.() ?? locale.timeZones;
  if (zones === undefined)
    return { reason: 'does not set the time zone: this runtime cannot list the time zones of a country' };
  const [timezoneId] = zones;
  if (timezoneId === undefined || zones.length > 1)
    return { reason: `does not set the time zone: the country has ${zones.length} time zones` };
  return { timezoneId };
}

function readGeolocation(demographic: FieldReader): BrowserSettings['geolocation'] {
  const readDegrees = (field: string, max: number) => {
    const value = demographic.read(field);
    if (typeof value === 'number' && Math.abs(value) <= max) return value;
    if (value !== undefined) demographic.skip(field, `is not a number from -${max} to ${max}`);
    return undefined;
  };
  const latitude = readDegrees('latitude', 90);
  const longitude = readDegrees('longitude', 180);
  if (latitude !== undefined && longitude !== undefined) return { latitude, longitude };
  if (latitude !== undefined) demographic.skip('latitude', 'sets no position without a longitude');
  if (longitude !== undefined) demographic.skip('longitude', 'sets no position without a latitude');
  return undefined;
}

/** Screen, touch and user agent. */
function readDevice(contextual: FieldReader, { browserVersion }: BrowseOptions): BrowserSettings {
  const device = contextual.parse('device_type', findDevice, 'is not a known kind of device');
  const browser = contextual.parse('browser_type', findBrowserName, 'is not a known browser');
  const screen = contextual.parse('screen_size', parseScreenSize, 'is not a size such as 1920x1080');
  const majorVersion = browserVersion === undefined ? undefined : parseMajorVersion(browserVersion);
  const agent = browser && createUserAgent(browser, device, majorVersion);
  if (agent && 'reason' in agent) contextual.skip('browser_type', `sets no user agent: ${agent.reason}`);
  const isMobile = device && device.kind !== 'computer';
  return {
    ...(screen && describeScreen(screen)),
    ...(isMobile !== undefined && { isMobile }),
    ...(isMobile && { hasTouch: true }),
    ...(agent && 'userAgent' in agent && { userAgent: agent.userAgent }),
  };
}

function describeScreen({
  width,
  height,
  deviceScaleFactor,
}: NonNullable<ReturnType<typeof parseScreenSize>>) {
  return {
    viewport: { width, height },
    screen: { width, height },
    ...(deviceScaleFactor !== undefined && { deviceScaleFactor }),
  };
}
