import type { Device } from './device.js';

type BrowserName = 'chrome' | 'edge' | 'firefox' | 'safari';

const BROWSERS: Readonly<Record<string, BrowserName>> = {
  chrome: 'chrome',
  chromium: 'chrome',
  'google chrome': 'chrome',
  edge: 'edge',
  'microsoft edge': 'edge',
  firefox: 'firefox',
  'mozilla firefox': 'firefox',
  safari: 'safari',
  'apple safari': 'safari',
  'mobile safari': 'safari',
};

/** Finds a browser by its name. Returns `undefined` for an unknown name. */
export const findBrowserName = (text: string): BrowserName | undefined => {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  return Object.hasOwn(BROWSERS, name) ? BROWSERS[name] : undefined;
};

/** Reads `131.0.6778.33` of Playwright and `HeadlessChrome/131.0.6778.33` of Puppeteer. */
export const parseMajorVersion = (version: string): string | undefined =>
  /^(?:(?:Headless)?Chrom(?:e|ium)\/)?(\d{1,4})(?:\.\d{1,6}){0,4}$/.exec(version)?.[1];

/** A user agent, or the reason why there is none. */
export type UserAgent = { readonly userAgent: string } | { readonly reason: string };

/**
 * Creates the user agent of a Chromium browser on Android. All of these browsers send `Android 10; K`, so only the major
 * version must be known.
 *
 * Other user agents contain a version or an operating system, which a persona does not have.
 */
export function createUserAgent(
  browser: BrowserName,
  device: Device | undefined,
  majorVersion: string | undefined,
): UserAgent {
  if (browser === 'firefox' || browser === 'safari')
    return { reason: `the user agent of ${browser} contains versions that the persona does not have` };
  if (device === undefined) return { reason: 'the user agent depends on the device, which is not known' };
  if (device.kind === 'computer' || device.isApple)
    return { reason: 'the user agent contains an operating system that the persona does not have' };
  if (majorVersion === undefined) return { reason: 'the user agent needs the option browserVersion' };
  const mobile = device.kind === 'phone' ? ' Mobile' : '';
  const edge = browser === 'edge' ? ` EdgA/${majorVersion}.0.0.0` : '';
  return {
    userAgent: `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${majorVersion}.0.0.0${mobile} Safari/537.36${edge}`,
  };
}
