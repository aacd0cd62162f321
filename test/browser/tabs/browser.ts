import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchOptions } from '../../package/support/browsers.js';
import { startSite } from '../../package/support/site.js';
import { Gate } from './gate.js';

/** A service whose tokens live for five seconds, and tabs of one browser that have it open. */
export async function open(options: Partial<PersonaServiceOptions['auth'] & object> = {}) {
  const service = createPersonaService({
    auth: { users: { admin: 'secret' }, accessTtlSeconds: 5, revokeOnReuse: true, ...options },
    cors: { origins: ['*'] },
  });
  onTestFinished(() => service.close());
  const gate = new Gate(service);
  onTestFinished(() => gate.close());
  const url = await gate.listen();
  const site = await startSite(await bundledPage());
  onTestFinished(() => site[Symbol.asyncDispose]());
  const context = await launched();
  let opened = 0;
  const tab = () => {
    const id = `${++opened}`;
    return openTab(context, `${site.url}?${new URLSearchParams({ service: url, tab: id })}`, id);
  };
  return { service, gate, tab };
}

/** Playwright's own flags: with them the tabs that nobody sees would be as awake as the one in front. */
const ALL_AWAKE = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/**
 * The browser as users have it: one tab is in front, timers of the others come once a second, and any can be frozen. In the
 * contexts that Playwright makes, every page believes to be in front, and is never frozen.
 */
async function launched(): Promise<BrowserContext> {
  const options = launchOptions('chromium');
  const port = await freePort();
  const browser = await chromium.launch({
    ...options,
    args: [...('args' in options ? options.args : []), `--remote-debugging-port=${port}`],
    ignoreDefaultArgs: ALL_AWAKE,
  });
  onTestFinished(() => browser.close());
  const seen = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  onTestFinished(() => seen.close());
  const [context] = seen.contexts();
  if (!context) throw new Error('the browser has no context of its own');
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
  const become = (state: 'frozen' | 'active') => devtools.send('Page.setWebLifecycleState', { state });
  return {
    id,
    page,
    /** As the browser does with tabs in the background: none of its tasks run; its locks are held, its requests go on. */
    freeze: () => become('frozen'),
    thaw: () => become('active'),
    close: () => page.close(),
    /** The process behind it dies in mid-sentence. */
    crash: async () => {
      const crashed = new Promise<Page>((resolve) => page.once('crash', resolve));
      devtools.send('Page.crash').catch(() => {}); // nobody is left to answer
      await crashed;
      await page.close();
    },
  };
}

export type Tab = Awaited<ReturnType<typeof openTab>>;

async function bundledPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-tabs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    alias: { events: 'eventemitter3' }, // as in the build
    logLevel: 'silent',
  });
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><title>tab</title><script type="module" src="./page.js"></script>',
  );
  return folder;
}
