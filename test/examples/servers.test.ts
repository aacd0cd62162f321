import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { PersonaClient } from 'persona-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createApp } from '../../examples/express-proxy/app.js';
import { alias } from '../../vitest.config.js';
import { visit } from '../resilience/shared-work/support/workerd.js';
import { startService } from '../support/service.js';
import { MALFORMED_PATHS, ODD_IDS } from './odd-paths.js';

const MINIFLARE = new URL(
  '../../examples/cloudflare-worker/node_modules/miniflare/dist/src/index.js',
  import.meta.url,
);

test('Express: returns personas, errors, and stale data during an outage', async () => {
  const { service, url } = await startService();
  const client = new PersonaClient({
    baseUrl: url,
    retry: false,
    cache: { ttlMs: 0 }, // every cached persona is stale
    breaker: { failMax: 1 },
  });
  const server = createApp(client).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const send = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { response, status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await send('/personas')).toMatchObject({ status: 200, body: { total: 5, pages: 1 } });
  expect(await send('/personas/1')).toMatchObject({ status: 200, body: { id: 1 } });
  expect(await send('/personas/99')).toMatchObject({ status: 404, body: { error: 'persona not found' } });
  for (const id of ODD_IDS) {
    expect(await send(`/personas/${id}`), id).toMatchObject({ status: 400, body: { error: 'invalid id' } });
    expect(await send(`/personas?page=${id}`), id).toMatchObject({
      status: 400,
      body: { error: 'invalid page' },
    });
  }
  expect(await send('/personas?page=1&page=2')).toMatchObject({
    status: 400,
    body: { error: 'invalid page' },
  });
  for (const path of MALFORMED_PATHS)
    expect(await send(path), path).toMatchObject({ status: 400, body: { error: 'malformed path' } });
  expect(await send('/elsewhere')).toMatchObject({ status: 404, body: { error: 'no such route' } });
  service.faults.add({ status: 503 });
  const staleResponse = await send('/personas/1');
  expect(staleResponse).toMatchObject({ status: 200, body: { id: 1 } });
  expect(staleResponse.response.headers.get('warning')).toContain('Stale');
  const unavailable = await send('/personas?page=7');
  expect(unavailable).toMatchObject({ status: 503, body: { error: 'personas are temporarily unavailable' } });
  expect(unavailable.response.headers.get('retry-after')).toBe('60');
});

test('Cloudflare: the worker runs in workerd, and reuses its client', { timeout: 60_000 }, async () => {
  expect(existsSync(MINIFLARE), 'run npm ci --prefix examples/cloudflare-worker first').toBe(true);
  const { url, service } = await startService();
  const { outputFiles } = await build({
    entryPoints: ['examples/cloudflare-worker/worker.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    alias: { ...alias, events: 'eventemitter3' },
  });
  const { Miniflare } = await import(MINIFLARE.href);
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0]?.text }],
    compatibilityDate: '2026-07-30',
    bindings: { PERSONA_API_URL: url },
  });
  onTestFinished(() => worker.dispose());
  const send = async (path: string, method = 'GET') => {
    const response: Response = await worker.dispatchFetch(`http://worker${path}`, { method });
    return [response.status, response.headers.get('x-source'), await response.text()];
  };
  expect(await send('/personas/1')).toEqual([200, 'network', expect.stringContaining('"id":1')]);
  expect(await send('/personas/1')).toMatchObject([200, 'cache', expect.any(String)]);
  expect(await send('/personas/99')).toEqual([404, null, '{"error":"persona not found"}']);
  for (const id of ODD_IDS)
    expect([id, ...(await send(`/personas/${id}`))]).toEqual([id, 400, null, '{"error":"invalid id"}']);
  for (const path of MALFORMED_PATHS)
    expect([path, ...(await send(path))]).toEqual([path, 400, null, '{"error":"malformed path"}']);
  expect(await send('/personas/1', 'DELETE')).toEqual([405, null, '{"error":"only GET"}']);
  const remove = service.faults.add({ delayMs: 500, match: { path: /personas\/3$/ } });
  const countReads = () => service.requests.filter(({ path }) => path.endsWith('/personas/3')).length;
  const visitor = visit({ url: String(await worker.ready).replace(/\/$/, '') }, '/personas/3');
  await vi.waitUntil(() => countReads() === 1, { timeout: 10_000 });
  visitor.leave();
  remove();
  await vi.waitUntil(async () => (await send('/personas/3'))[1] === 'cache', { timeout: 10_000 });
  expect(countReads(), 'the read of the visitor who left was used').toBe(1);
  expect(await send('/elsewhere')).toMatchObject([404, null, expect.stringContaining('"no such route"')]);
  service.faults.add({ status: 501 });
  expect(await send('/personas/2')).toEqual([503, null, '{"error":"server_error"}']);
});
