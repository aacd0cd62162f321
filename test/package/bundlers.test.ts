import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, firefox } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type BrowserName, launchOptions } from './support/browsers.js';
import {
  BUNDLERS,
  type Bundler,
  bundlerTools,
  emptyFolder,
  nodeImportsIn,
  PAGE,
} from './support/bundlers.js';
import { matrix, type Ran } from './support/cases.js';
import { runInPage } from './support/page.js';
import { startSite } from './support/site.js';
import { freshApp } from './support/tools.js';

let app: Awaited<ReturnType<typeof freshApp>>;
let tools = '';
const running = new Map<BrowserName, Browser>();

beforeAll(async () => {
  tools = await bundlerTools();
  app = await freshApp(inject('packed').tarball);
  await writeFile(join(app.folder, 'index.html'), PAGE);
  running.set('chromium', await chromium.launch(launchOptions('chromium')));
  running.set('firefox', await firefox.launch(launchOptions('firefox')));
}, 300_000);

afterAll(async () => {
  await Promise.all([...running.values()].map((browser) => browser.close()));
  await app[Symbol.asyncDispose]();
});

for (const bundler of BUNDLERS) {
  const browsers: BrowserName[] = bundler.name.startsWith('Vite') ? ['chromium', 'firefox'] : ['chromium'];
  let built: Promise<{ out: string; said: string }> | undefined;
  const bundled = () => {
    built ??= bundle(bundler);
    return built;
  };

  describe(bundler.name, () => {
    it('bundles without a word, and without anything of Node', async () => {
      const manifest = await readFile(join(app.folder, 'package.json'), 'utf8');
      const { out, said } = await bundled();
      expect(said).toBe('');
      expect(await nodeImportsIn(out)).toEqual([]);
      expect(await readFile(join(app.folder, 'package.json'), 'utf8'), 'packages added').toBe(manifest);
    });
  });

  describe.each(browsers)(`${bundler.name} in %s, ESM`, (browser) => {
    matrix(async () => open(browser, (await bundled()).out));
  });
}

async function bundle({ name, bundle }: Bundler) {
  const out = await emptyFolder(join(app.folder, `out-${name.split(' ')[0]}`));
  return { out, said: await bundle({ app: app.folder, out, tools }) };
}

async function open(name: BrowserName, folder: string): Promise<Ran> {
  const browser = running.get(name);
  if (!browser) throw new Error(`${name} is not running`);
  await using site = await startSite(folder);
  return await runInPage(browser, site.url); // the site stays until then
}
