/**
 * `persona-client/browse`: browser options and request headers that match the language, location, screen and device of a
 * persona.
 *
 * @module persona-client/browse
 */
import { readPersona } from './read-persona.js';
import type {
  BrowseOptions,
  BrowserSettings,
  BrowsingPersona,
  PersonaHeaders,
  SkippedField,
} from './types.js';

export type {
  BrowseOptions,
  BrowserSettings,
  BrowsingPersona,
  PersonaHeaders,
  SkippedField,
} from './types.js';

/**
 * Returns the options of a browser that a persona uses: plain data for Playwright's `browser.newContext()`, and for the page
 * settings of Puppeteer.
 *
 * If the persona has no value for an option, the option is absent, and the browser keeps its own value. The function ignores
 * values that it does not understand: {@link skippedFields} lists them.
 *
 * @throws {TypeError} if the persona is not an object, or for an unknown or invalid option.
 * @example
 * ```ts
 * const persona = { demographic: { language: 'English', country: 'USA' }, contextual: { screen_size: '412x915' } };
 * const { locale, viewport } = browserOptions(persona);
 * console.log(locale, viewport?.width); // en-US 412
 * ```
 */
export const browserOptions = (persona: BrowsingPersona, options: BrowseOptions = {}): BrowserSettings =>
  readPersona('browserOptions', persona, options).options;

/**
 * Returns the headers that a browser of a persona sends, for `fetch`. The values consist only of known words, so the text of
 * a persona cannot add a header.
 *
 * @throws {TypeError} if the persona is not an object, or for an unknown or invalid option.
 * @example
 * ```ts
 * const headers = requestHeaders({ demographic: { language: 'de', country: 'Austria' } });
 * console.log(headers['Accept-Language']); // de-AT
 * ```
 */
export function requestHeaders(persona: BrowsingPersona, options: BrowseOptions = {}): PersonaHeaders {
  const { extraHTTPHeaders, userAgent } = readPersona('requestHeaders', persona, options).options;
  return { ...extraHTTPHeaders, ...(userAgent !== undefined && { 'User-Agent': userAgent }) };
}

/**
 * Lists the fields that {@link browserOptions} ignores, or uses only in part, with the reasons.
 * Pass the same options to both.
 *
 * @throws {TypeError} if the persona is not an object, or for an unknown or invalid option.
 * @example
 * ```ts
 * const [skipped] = skippedFields({ demographic: { language: 'Klingon' } });
 * console.log(skipped?.field, skipped?.reason); // language is not a language that this runtime knows
 * ```
 */
export const skippedFields = (persona: BrowsingPersona, options: BrowseOptions = {}): SkippedField[] =>
  readPersona('skippedFields', persona, options).skipped;
