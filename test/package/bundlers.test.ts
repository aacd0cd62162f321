import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, firefox } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type BrowserName, findLaunchOptions } from '../support/browsers.js';
import { installApp } from '../support/install.js';
import { startStaticServer } from '../support/static-server.js';
import { BUNDLERS, type Bundler, findNodeImports, installBundlers, PAGE } from './support/bundlers.js';
import { runInPage } from './support/run-in-page.js';
import { type SmokeRun, testSmokeCases } from './support/smoke-tests.js';

let app: Awaited<ReturnType<typeof installApp>>;
let tools = '';
const launched = new Map<BrowserName, Browser>();

beforeAll(async () => {
  tools = await installBundlers();
  app = await installApp(inject('packed').tarball);
  await writeFile(join(app.folder, 'index.html'), PAGE);
  launched.set('chromium', await chromium.launch(findLaunchOptions('chromium')));
  launched.set('firefox', await firefox.launch(findLaunchOptions('firefox')));
}, 300_000);

afterAll(async () => {
  await Promise.all([...launched.values()].map((browser) => browser.close()));
  await app[Symbol.asyncDispose]();
});

for (const bundler of BUNDLERS) {
  const browsers: BrowserName[] = bundler.name.startsWith('Vite') ? ['chromium', 'firefox'] : ['chromium'];
  let bundled: ReturnType<typeof bundlePage> | undefined;
  const bundleOnce = () => {
    bundled ??= bundlePage(bundler);
    return bundled;
  };

  describe(bundler.name, () => {
    it('bundles without warnings and without Node.js modules', async () => {
      const manifest = await readFile(join(app.folder, 'package.json'), 'utf8');
      const { output, warnings } = await bundleOnce();
      expect(warnings).toBe('');
      expect(await findNodeImports(output)).toEqual([]);
      expect(
        await readFile(join(app.folder, 'package.json'), 'utf8'),
        'the bundler must not add packages',
      ).toBe(manifest);
    });
  });

  describe.each(browsers)(`${bundler.name} in %s, ESM`, (browser) => {
    testSmokeCases(async () => runBundle(browser, (await bundleOnce()).output));
  });
}

async function bundlePage({ name, bundle }: Bundler) {
  const output = join(app.folder, `out-${name.split(' ')[0]}`);
  await mkdir(output);
  return { output, warnings: await bundle({ app: app.folder, output, tools }) };
}

async function runBundle(name: BrowserName, folder: string): Promise<SmokeRun> {
  const browser = launched.get(name);
  if (!browser) throw new Error(`${name} is not running`);
  await using server = await startStaticServer(folder);
  return await runInPage(browser, server.url); // without `await`, the server would close first
}
