import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { createServer, type ViteDevServer, version } from 'vite';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { launchOptions } from './support/browsers.js';
import { PAGE } from './support/bundlers.js';
import { matrix } from './support/cases.js';
import { runInPage } from './support/page.js';
import { freshApp } from './support/tools.js';

let app: Awaited<ReturnType<typeof freshApp>>;
let server: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  app = await freshApp(inject('packed').tarball);
  const at = (name: string) => join(app.folder, name);
  await build({ entryPoints: [at('other.cjs')], outfile: at('other.mjs'), bundle: true, format: 'esm' }); // it serves no CommonJS but packages'
  const page = await readFile(at('page.mjs'), 'utf8');
  await writeFile(at('page.mjs'), page.replace('./other.cjs', './other.mjs'));
  await writeFile(at('index.html'), PAGE);
  server = await createServer({
    root: app.folder,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  browser = await chromium.launch(launchOptions('chromium'));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.close();
  await app[Symbol.asyncDispose]();
});

describe(`Vite ${version}'s dev server in chromium, ESM`, () => {
  matrix(() => runInPage(browser, server.resolvedUrls?.local[0] ?? ''));
});
