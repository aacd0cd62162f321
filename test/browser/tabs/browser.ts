import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { findLaunchOptions } from '../../support/browsers.js';
import { startStaticServer } from '../../support/static-server.js';
import { RefreshGate } from './refresh-gate.js';

/** Starts a service whose tokens expire after five seconds, and a browser that opens tabs of a page that uses it. */
export async function setupTabs(options: Partial<PersonaServiceOptions['auth'] & object> = {}) {
  const service = createPersonaService({
    auth: { users: { admin: 'secret' }, accessTtlSeconds: 5, revokeOnReuse: true, ...options },
    cors: { origins: ['*'] },
  });
  onTestFinished(() => service.close());
  const gate = new RefreshGate(service);
  onTestFinished(() => gate.close());
  const url = await gate.listen();
  const site = await startStaticServer(await bundlePage());
  onTestFinished(() => site[Symbol.asyncDispose]());
  const context = await launchBrowser();
  let tabCount = 0;
  const newTab = () => {
    const id = `${++tabCount}`;
    return openTab(context, `${site.url}?${new URLSearchParams({ service: url, tab: id })}`, id);
  };
  return { service, gate, newTab };
}

/** Default flags of Playwright that would keep background tabs as active as the one in front. */
const BACKGROUND_FLAGS = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/**
 * Launches a browser that treats background tabs as it does for users: their timers fire once a second, and they can be frozen. In the
 * contexts that Playwright creates, every page counts as visible and is never frozen.
 */
async function launchBrowser(): Promise<BrowserContext> {
  const options = findLaunchOptions('chromium');
  const port = await freePort();
  const browser = await chromium.launch({
    ...options,
    args: [...('args' in options ? options.args : []), `--remote-debugging-port=${port}`],
    ignoreDefaultArgs: BACKGROUND_FLAGS,
  });
  onTestFinished(() => browser.close());
  const connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  onTestFinished(() => connection.close());
  const [context] = connection.contexts();
  if (!context) throw new Error('The browser has no default context.');
  return context;
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

async function openTab(context: BrowserContext, url: string, id: string) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'tab' in globalThis, undefined, { polling: 20 });
  const devtools = await context.newCDPSession(page);
  const setLifecycleState = (state: 'frozen' | 'active') =>
    devtools.send('Page.setWebLifecycleState', { state });
  return {
    id,
    page,
    /** Freezes the tab like a browser does with background tabs: no task runs, but locks are kept and requests continue. */
    freeze: () => setLifecycleState('frozen'),
    thaw: () => setLifecycleState('active'),
    close: () => page.close(),
    /** Crashes the tab's process. */
    crash: async () => {
      const crashed = new Promise<Page>((resolve) => page.once('crash', resolve));
      devtools.send('Page.crash').catch(() => {}); // the crashed tab cannot respond
      await crashed;
      await page.close();
    },
  };
}

export type Tab = Awaited<ReturnType<typeof openTab>>;

async function bundlePage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-tabs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    alias: { events: 'eventemitter3' }, // as in the published build
    logLevel: 'silent',
  });
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><title>tab</title><script type="module" src="./page.js"></script>',
  );
  return folder;
}
