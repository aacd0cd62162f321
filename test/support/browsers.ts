import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Page } from 'playwright-core';

export type BrowserName = 'chromium' | 'firefox';

const COMMANDS: Readonly<Record<BrowserName, readonly string[]>> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  firefox: ['firefox-esr', 'firefox'],
};

/** Tests may run as root, which needs `--no-sandbox`. The other arguments prevent background network requests. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Finds an installed browser, and returns Playwright's launch options for that browser.
 *
 * Playwright drives Firefox through WebDriver BiDi, so a released Firefox works.
 *
 * @throws {Error} if the browser is missing: a test that needs a browser must not pass without it.
 */
export function findLaunchOptions(name: BrowserName) {
  const executablePath = findBrowser(name);
  if (executablePath === undefined)
    throw new Error(
      `${name} is not installed. On Debian, run: apt-get install chromium firefox-esr. Elsewhere, set ${pathVariable(name)} to the path of the browser.`,
    );
  return createLaunchOptions(name, executablePath);
}

/** Creates Playwright's launch options for a browser at a known path. Does not check whether the path exists. */
export const createLaunchOptions = (name: BrowserName, executablePath: string) =>
  name === 'chromium'
    ? { executablePath, args: CHROMIUM_ARGS }
    : { executablePath, channel: 'moz-firefox' as const };

const pathVariable = (name: BrowserName) => `${name.toUpperCase()}_PATH`;

/** Returns the path of a browser: from the environment, or the first match on `PATH`. */
export function findBrowser(name: BrowserName): string | undefined {
  const configuredPath = process.env[pathVariable(name)];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = configuredPath
    ? [configuredPath]
    : COMMANDS[name].flatMap((command) => folders.map((folder) => join(folder, command)));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Collects the errors and warnings of a page, except expected console messages. */
export function recordConsoleProblems(page: Page, expected: RegExp): string[] {
  const problems: string[] = [];
  const record = (text: string) => {
    if (!expected.test(text)) problems.push(text);
  };
  page.on('pageerror', (error) => record(error.message)); // Firefox reports failed requests as such
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) record(message.text());
  });
  return problems;
}
