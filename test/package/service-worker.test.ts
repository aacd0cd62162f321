import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createPersonaService } from 'persona-client/testing';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findLaunchOptions } from '../support/browsers.js';
import { installApp } from '../support/install.js';
import { startStaticServer } from '../support/static-server.js';

/** Calls that need code which the client loads on first use, in a service worker that a page asks for the results. */
const WORKER = `
  import { PersonaClient } from 'persona-client';
  const run = async (baseUrl) => {
    const client = new PersonaClient({ baseUrl, auth: { username: 'admin', password: 'secret' }, retry: false });
    const calls = {
      get: () => client.personas.get(1).then(({ id }) => id),
      iterate: async () => (await Array.fromAsync(client.personas.iterate())).length,
      fieldConfig: async () => Object.keys(await client.fieldConfig.get()).length,
      notFound: () => client.personas.get(99).catch(({ code }) => code),
    };
    const results = {};
    for (const [name, call] of Object.entries(calls)) results[name] = await call().catch(({ message }) => message);
    client.close();
    return results;
  };
  addEventListener('message', ({ data, source }) => run(data).then((results) => source.postMessage(results)));
`;

let app: Awaited<ReturnType<typeof installApp>>;

beforeAll(async () => {
  app = await installApp(inject('packed').tarball);
  await writeFile(join(app.folder, 'worker.mjs'), WORKER);
  await writeFile(join(app.folder, 'index.html'), '<!doctype html><title>service worker</title>');
}, 300_000);

afterAll(() => app[Symbol.asyncDispose]());

/** Bundles the service worker, and returns the results of its calls in Chromium. */
async function runWorker(splitting: boolean): Promise<unknown> {
  await build({
    entryPoints: [join(app.folder, 'worker.mjs')],
    absWorkingDir: app.folder,
    bundle: true,
    splitting,
    format: 'esm',
    outdir: '.',
    entryNames: '[name]-bundle',
    logLevel: 'silent',
  });
  await using service = createPersonaService({
    seed: 3,
    auth: { users: { admin: 'secret' } },
    cors: { origins: ['*'] },
  });
  const { url } = await service.listen({ port: 0 });
  await using server = await startStaticServer(app.folder);
  const browser = await chromium.launch(findLaunchOptions('chromium'));
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await page.evaluate(async (baseUrl) => {
      const { serviceWorker } = navigator;
      await serviceWorker.register('/worker-bundle.js', { type: 'module' });
      const { active } = await serviceWorker.ready;
      return new Promise((resolve) => {
        serviceWorker.onmessage = ({ data }) => resolve(data);
        active?.postMessage(baseUrl);
      });
    }, url);
  } finally {
    await browser.close();
  }
}

it('a service worker in one file has the whole client', async () => {
  expect(await runWorker(false)).toEqual({ get: 1, iterate: 3, fieldConfig: 3, notFound: 'not_found' });
});

it('a service worker that loads code later fails with an error that says why', async () => {
  const results = Object.values((await runWorker(true)) as Record<string, string>);
  expect(results).toHaveLength(4);
  for (const message of results.slice(0, 3)) expect(message).toContain('A service worker must be one file.');
});
