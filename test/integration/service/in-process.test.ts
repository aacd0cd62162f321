import vm from 'node:vm';
import { createPersonaService, type Dialect } from 'persona-client/testing';
import { build } from 'vite';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryStore } from '../../../src/service/store/memory.js';
import { DIALECTS } from './helpers.js';

const URL_OF_ONE = 'http://anything.example/api/v1/personas/1';

describe('fetch without a socket', () => {
  it('takes what fetch takes', async () => {
    const { fetch } = createPersonaService();
    const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' };
    const inputs: [string | URL | Request, RequestInit?][] = [
      [URL_OF_ONE, init],
      [new URL(URL_OF_ONE), init],
      [new Request(URL_OF_ONE, init)],
    ];
    for (const [input, options] of inputs) {
      const response = await fetch(input, options);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({ id: 1, name: 'x' });
    }
    expect(await (await fetch(URL_OF_ONE, { method: 'HEAD' })).text()).toBe('');
  });

  it('rejects with the reason of a signal that has aborted, and does nothing', async () => {
    const service = createPersonaService();
    const reason = new Error('changed my mind');
    const init = { method: 'DELETE', signal: AbortSignal.abort(reason) };
    await expect(service.fetch(URL_OF_ONE, init)).rejects.toBe(reason);
    expect((await service.fetch(URL_OF_ONE)).status).toBe(200);
  });

  it('answers 413 to more than 1 MiB', async () => {
    const { fetch } = createPersonaService();
    const body = `{"name":"${'x'.repeat(1024 * 1024)}"}`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(URL_OF_ONE, { method: 'PUT', headers, body })).status).toBe(413);
  });

  it('reads a body in pieces, characters cut in two included', async () => {
    const { fetch } = createPersonaService();
    const bytes = new TextEncoder().encode('{"name":"Zoë"}');
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'PUT', headers, body, duplex: 'half' as const };
    expect(await (await fetch(URL_OF_ONE, init)).json()).toMatchObject({ name: 'Zoë' });
  });

  it('shares nothing with another service', async () => {
    const [one, other] = [createPersonaService(), createPersonaService()];
    await one.fetch(URL_OF_ONE, { method: 'DELETE' });
    expect((await other.fetch(URL_OF_ONE)).status).toBe(200);
    expect(other.requests).toHaveLength(1);
  });

  it('refuses a dialect that there is not', () => {
    expect(() => createPersonaService({ dialect: 'klingon' as Dialect })).toThrow(/no dialect klingon/);
  });

  it('works on a store of your own, and leaves it open', async () => {
    const store = { ...createMemoryStore(Date.now), close: vi.fn() };
    await store.create({ name: 'already there', categories: {} });
    const service = createPersonaService({ store });
    expect(await (await service.fetch(URL_OF_ONE)).json()).toMatchObject({ name: 'already there' });
    await service.close();
    expect(store.close).not.toHaveBeenCalled();
  });

  it('answers 500 with the message when a store fails', async () => {
    const store = createMemoryStore(Date.now);
    store.get = () => Promise.reject(new Error('disk on fire'));
    const service = createPersonaService({ store, dialect: 'attributes' });
    const response = await service.fetch(URL_OF_ONE);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'disk on fire' });
  });
});

/** What a page has and a bare context lacks. Uint8Array, for the encoder's bytes come of this realm. */
const WEB_GLOBALS = [
  ...['Request', 'Response', 'Headers', 'URL', 'URLSearchParams', 'AbortController', 'ReadableStream'],
  ...['TextEncoder', 'TextDecoder', 'Uint8Array', 'crypto', 'CryptoKey'],
  ...['performance', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'structuredClone', 'atob', 'btoa'],
];

describe('in a browser', () => {
  it.each(DIALECTS)('the handler bundles and runs without anything of Node: %s', async (dialect) => {
    const [bundle] = [
      await build({
        configFile: false,
        logLevel: 'error',
        build: {
          write: false,
          minify: false,
          lib: { entry: 'src/testing/index.ts', formats: ['iife'], name: 'testing' },
        },
      }),
    ].flat();
    const chunk = bundle !== undefined && 'output' in bundle ? bundle.output[0] : undefined;
    expect(chunk?.code).not.toContain('__vite-browser-external');
    const page = vm.createContext(
      Object.fromEntries(WEB_GLOBALS.map((name) => [name, Reflect.get(globalThis, name)])),
    );
    vm.runInContext(chunk?.code ?? '', page);
    const run = `(async () => {
      const auth = { users: { admin: 'pw' } };
      const service = testing.createPersonaService({ dialect: '${dialect}', auth });
      const login = await service.fetch('http://x/api/v1/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password: 'pw' }),
      });
      const { access_token } = await login.json();
      const headers = { authorization: 'Bearer ' + access_token };
      const page = await service.fetch('http://x/api/v1/personas', { headers });
      const listen = await service.listen().catch((error) => error.message);
      return { process: typeof process, total: (await page.json()).total, listen };
    })()`;
    expect(await vm.runInContext(run, page)).toEqual({
      process: 'undefined',
      total: 5,
      listen: expect.stringMatching(/listen\(\) needs Node/),
    });
  });
});
