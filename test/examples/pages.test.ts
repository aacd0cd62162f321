import { existsSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { reset } from 'persona-client/testing';
import { expect, test } from 'vitest';
import { alias } from '../../vitest.config.js';
import { startService } from '../support/service.js';
import { openPage, readFileContent, serveSite } from './browser.js';

const PACKAGE = '/node_modules/persona-client/';

test('a page without a build step imports the built package with an import map', {
  timeout: 60_000,
}, async () => {
  expect(existsSync('dist/index.js'), 'run npm run build first').toBe(true);
  const { url } = await startService({ cors: { origins: ['*'] } });
  const html = readFileSync('examples/import-map/index.html', 'utf8');
  const origin = await serveSite(async (path) => {
    if (path === '/index.html') return html.replace('<html', `<html data-service="${url}"`);
    return readFileContent(path.startsWith(PACKAGE) ? path.slice(PACKAGE.length) : path.slice(1));
  });
  const { page, errors } = await openPage(origin);
  await page.getByText('5 personas').waitFor();
  expect(await page.getByRole('listitem').count()).toBe(5);
  expect(errors).toEqual([]);
});

test('React with TanStack Query: loads pages, shows a persona, and renames it everywhere', {
  timeout: 60_000,
}, async () => {
  const { service, url } = await startService({ cors: { origins: ['*'] } });
  const { outputFiles } = await build({
    entryPoints: ['examples/react-query/main.tsx'],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    alias: { ...alias, events: 'eventemitter3' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const html = `<!doctype html><html lang="en" data-service="${url}" data-user="ada"><body><script type="module" src="/main.js"></script></body></html>`;
  const origin = await serveSite(async (path) =>
    path === '/index.html' ? html : path === '/main.js' ? outputFiles[0]?.text : undefined,
  );
  const { page, errors } = await openPage(origin);
  const rows = page.getByRole('listitem');
  await rows.nth(2).waitFor();
  expect(await rows.count()).toBe(3);
  await page.getByRole('button', { name: 'More' }).click();
  await rows.nth(4).waitFor();
  expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);

  const oldest = rows.nth(4).getByRole('button');
  await oldest.click();
  const details = page.getByRole('region', { name: 'Persona' });
  await details.getByRole('textbox', { name: 'Name' }).fill('Renamed in React');
  service.faults.add({ status: 503, times: 1, match: { method: 'PUT' } }); // the client retries
  await details.getByRole('button', { name: 'Rename' }).click();
  await details.getByRole('heading', { name: 'Renamed in React' }).waitFor();
  await rows.first().getByText('Renamed in React').waitFor(); // the refetched list, last updated first
  expect(await rows.count()).toBe(5);

  await details.getByRole('textbox', { name: 'Name' }).fill('');
  await details.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('alert').getByText('nothing was sent').waitFor();
  expect(errors.filter((text) => !text.includes('503'))).toEqual([]);
});

test('Chromium itself resends a POST if a keep-alive connection is reset, as the guides say', {
  timeout: 60_000,
}, async () => {
  const { service, url } = await startService({ cors: { origins: ['*'] } });
  const { page } = await openPage(`${url}/health`);
  service.faults.add(reset({ afterWrite: true, times: 1, match: { method: 'POST' } }));
  const status = await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'one' };
    await (await fetch('/api/v1/personas')).text();
    return (await fetch('/api/v1/personas', { method: 'POST', headers, body: '{"name":"Ada"}' })).status;
  });
  const posts = service.requests.filter(({ method }) => method === 'POST');
  expect([status, posts.map(({ headers }) => headers['x-request-id'])]).toEqual([201, ['one', 'one']]);
  expect((await (await service.fetch(`${url}/api/v1/personas`)).json()).total).toBe(7); // five, and the same persona twice
});
