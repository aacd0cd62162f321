import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type BrowserName = 'chromium' | 'firefox';

const KNOWN: Readonly<Record<BrowserName, readonly string[]>> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  firefox: ['firefox-esr', 'firefox'],
};

/** No sandbox, since tests run as root too; no calls home. */
const CHROMIUM = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How Playwright starts the browser that this machine has. Firefox is spoken to by WebDriver BiDi, as it is released. */
export function launchOptions(name: BrowserName) {
  const executablePath = find(name);
  return name === 'chromium'
    ? { executablePath, args: CHROMIUM }
    : { executablePath, channel: 'moz-firefox' as const };
}

/** @throws Error when there is none: a test that needs a browser must not pass without it. */
function find(name: BrowserName): string {
  const variable = `${name.toUpperCase()}_PATH`;
  const given = process.env[variable];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = given
    ? [given]
    : KNOWN[name].flatMap((command) => folders.map((folder) => join(folder, command)));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new Error(
      `No ${name} was found (${given ?? KNOWN[name].join(', ')}). On Debian: apt-get install chromium firefox-esr; elsewhere set ${variable}.`,
    );
  return found;
}
