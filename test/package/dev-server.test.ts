import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { createServer, type ViteDevServer, version } from 'vite';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { findLaunchOptions } from '../support/browsers.js';
import { installApp } from '../support/install.js';
import { PAGE } from './support/bundlers.js';
import { runInPage } from './support/run-in-page.js';
import { testSmokeCases } from './support/smoke-tests.js';

let app: Awaited<ReturnType<typeof installApp>>;
let server: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  app = await installApp(inject('packed').tarball);
  const path = (name: string) => join(app.folder, name);
  // The dev server converts CommonJS only in packages, not in the app's own files.
  await build({
    entryPoints: [path('second-copy.cjs')],
    outfile: path('second-copy.mjs'),
    bundle: true,
    format: 'esm',
  });
  const page = await readFile(path('page.mjs'), 'utf8');
  await writeFile(path('page.mjs'), page.replace('./second-copy.cjs', './second-copy.mjs'));
  await writeFile(path('index.html'), PAGE);
  server = await createServer({
    root: app.folder,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  browser = await chromium.launch(findLaunchOptions('chromium'));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.close();
  await app[Symbol.asyncDispose]();
});

describe(`Vite ${version} dev server in chromium, ESM`, () => {
  testSmokeCases(() => runInPage(browser, server.resolvedUrls?.local[0] ?? ''));
});
