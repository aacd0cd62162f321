/**
 * The parts of a persona that describe its browser. Every persona type of the client is assignable to this type, whatever its
 * custom fields.
 */
export interface BrowsingPersona {
  /** Demographic data: location and language. */
  readonly demographic?: object | null;
  /** Contextual data: device, browser and screen. */
  readonly contextual?: object | null;
}

/** Options of {@link browserOptions}. */
export interface BrowseOptions {
  /**
   * Version of the Chromium that you start: `browser.version()` of Playwright or Puppeteer. The user agent contains this
   * version. Without it, the browser keeps its own user agent.
   */
  readonly browserVersion?: string;
}

/**
 * Options of a browser context. An option is present only if the persona has a value for it. Playwright's `newContext`
 * accepts the object.
 */
export interface BrowserSettings {
  /** A language tag such as `en-US`. */
  locale?: string;
  /** The header that sends `locale`. */
  extraHTTPHeaders?: { 'Accept-Language': string };
  /** A name of the IANA database, such as `Asia/Tokyo`. */
  timezoneId?: string;
  /** In degrees. */
  geolocation?: { latitude: number; longitude: number };
  /** Lets pages read `geolocation`. */
  permissions?: ['geolocation'];
  /** In CSS pixels. */
  viewport?: { width: number; height: number };
  /** In CSS pixels, as large as `viewport`. */
  screen?: { width: number; height: number };
  /** Physical pixels per CSS pixel. */
  deviceScaleFactor?: number;
  /** Whether pages get the layout of a phone or tablet. */
  isMobile?: boolean;
  /** Whether the screen is a touch screen. */
  hasTouch?: boolean;
  /** Present only with `browserVersion`. */
  userAgent?: string;
}

/** Headers that a browser of the persona sends. A header is present only if the persona has a value for it. */
export interface PersonaHeaders {
  /** Languages of the persona. */
  'Accept-Language'?: string;
  /** User agent of the browser of the persona. */
  'User-Agent'?: string;
}

/** A field that has no effect on the options, or only a part of its usual effect. */
export interface SkippedField {
  /** Category of the field. */
  readonly category: 'demographic' | 'contextual';
  /** Name of the field. */
  readonly field: string;
  /** Why the value has no effect. Does not contain the value. */
  readonly reason: string;
}
