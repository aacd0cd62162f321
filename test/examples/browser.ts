import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { findLaunchOptions } from '../support/browsers.js';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves the content that `readContent` returns for a path. Responds with 404 for `undefined`. */
export async function serveSite(
  readContent: (path: string) => Promise<string | Buffer | undefined>,
): Promise<string> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url;
    const content = await readContent(path).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    });
    response.end(content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Opens a page in Chromium. Also returns its errors and console errors. */
export async function openPage(url: string): Promise<{ page: Page; errors: string[] }> {
  const browser = await chromium.launch(findLaunchOptions('chromium'));
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
      errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

export const readFileContent = (file: string): Promise<Buffer> => readFile(file);
