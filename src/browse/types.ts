/** The parts of a persona that describe its browser. Every persona of the client has them, whatever its custom fields. */
export interface BrowsingPersona {
  readonly demographic?: object | null;
  readonly contextual?: object | null;
}

/** Options of {@link browserOptions}. */
export interface BrowseOptions {
  /**
   * The version of the Chromium that you start: `browser.version()` of Playwright or Puppeteer. A user agent contains it.
   * Without it, the browser keeps its own user agent.
   */
  readonly browserVersion?: string;
}

/**
 * Options of a browser context. Each is present only if the persona says it. Playwright's `newContext` takes them as they are.
 */
export interface BrowserSettings {
  /** A language tag such as `en-US`. */
  locale?: string;
  extraHTTPHeaders?: { 'Accept-Language': string };
  /** A name of the IANA database, such as `Asia/Tokyo`. */
  timezoneId?: string;
  /** Degrees. */
  geolocation?: { latitude: number; longitude: number };
  /** Lets pages read `geolocation`. */
  permissions?: ['geolocation'];
  /** CSS pixels. */
  viewport?: { width: number; height: number };
  /** CSS pixels, as large as `viewport`. */
  screen?: { width: number; height: number };
  /** Physical pixels per CSS pixel. */
  deviceScaleFactor?: number;
  isMobile?: boolean;
  hasTouch?: boolean;
  userAgent?: string;
}

/** Headers that a browser of the persona sends. Each is present only if the persona says it. */
export interface PersonaHeaders {
  'Accept-Language'?: string;
  'User-Agent'?: string;
}

/** A field with a value that has no effect, or not its whole effect. */
export interface SkippedField {
  readonly category: 'demographic' | 'contextual';
  readonly field: string;
  /** The reason, without the value. */
  readonly reason: string;
}
