import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchOptions } from '../package/support/browsers.js';
import { startSite } from '../package/support/site.js';

/** A service whose tokens live for five seconds, and tabs of one browser that have it open. */
export async function open(options: Partial<PersonaServiceOptions['auth'] & object> = {}, latencyMs = 0) {
  const service = createPersonaService({
    auth: { users: { admin: 'secret' }, accessTtlSeconds: 5, revokeOnReuse: true, ...options },
    cors: { origins: ['*'] },
    latencyMs,
  });
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  const site = await startSite(await bundledPage());
  onTestFinished(() => site[Symbol.asyncDispose]());
  const browser = await chromium.launch(launchOptions('chromium'));
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  return { service, tab: () => openTab(context, `${site.url}?service=${encodeURIComponent(url)}`) };
}

async function openTab(context: BrowserContext, url: string) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'tab' in globalThis);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Debugger.enable');
  return {
    page,
    /**
     * Stops the page at its next statement: it runs nothing, though its requests go on and its locks are held. The browser's own
     * freezing spares tabs that are seen, and Playwright's all are.
     */
    freeze: () => devtools.send('Debugger.pause'),
    thaw: async () => {
      await devtools.send('Debugger.disable'); // a pause that has not begun is forgotten, too
      await devtools.send('Debugger.enable');
    },
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
