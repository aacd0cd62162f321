import vm from 'node:vm';
import { createPersonaService, type Dialect } from 'persona-client/testing';
import { build } from 'vite';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryStore } from '../../../src/service/store/memory.js';
import { DIALECTS } from '../../support/service.js';

const PERSONA_URL = 'http://anything.example/api/v1/personas/1';

describe('fetch without a socket', () => {
  it('accepts the same arguments as the global fetch', async () => {
    const { fetch } = createPersonaService();
    const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' };
    const inputs: [string | URL | Request, RequestInit?][] = [
      [PERSONA_URL, init],
      [new URL(PERSONA_URL), init],
      [new Request(PERSONA_URL, init)],
    ];
    for (const [input, options] of inputs) {
      const response = await fetch(input, options);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({ id: 1, name: 'x' });
    }
    expect(await (await fetch(PERSONA_URL, { method: 'HEAD' })).text()).toBe('');
  });

  it('rejects with the reason of an aborted signal, and does not handle the request', async () => {
    const service = createPersonaService();
    const reason = new Error('changed my mind');
    const init = { method: 'DELETE', signal: AbortSignal.abort(reason) };
    await expect(service.fetch(PERSONA_URL, init)).rejects.toBe(reason);
    expect((await service.fetch(PERSONA_URL)).status).toBe(200);
  });

  it('fails with 413 if a body is larger than 16 MiB', async () => {
    const { fetch } = createPersonaService();
    const body = `{"name":"${'x'.repeat(16 * 1024 * 1024)}"}`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(PERSONA_URL, { method: 'PUT', headers, body })).status).toBe(413);
  });

  it('reads a body in chunks that split a character', async () => {
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
    expect(await (await fetch(PERSONA_URL, init)).json()).toMatchObject({ name: 'Zoë' });
  });

  it('fails with 500 for a body that is not UTF-8, and changes nothing', async () => {
    const { fetch } = createPersonaService();
    const before = await (await fetch(PERSONA_URL)).text();
    const headers = { 'content-type': 'application/json' };
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0]]) {
      const body = Uint8Array.from([...new TextEncoder().encode('{"name":"'), ...bytes, 0x22, 0x7d]);
      expect((await fetch(PERSONA_URL, { method: 'PUT', headers, body })).status).toBe(500);
    }
    expect(await (await fetch(PERSONA_URL)).text()).toBe(before);
  });

  it('shares no state with another service', async () => {
    const [first, second] = [createPersonaService(), createPersonaService()];
    await first.fetch(PERSONA_URL, { method: 'DELETE' });
    expect((await second.fetch(PERSONA_URL)).status).toBe(200);
    expect(second.requests).toHaveLength(1);
  });

  it('rejects an unknown dialect', () => {
    expect(() => createPersonaService({ dialect: 'klingon' as Dialect })).toThrow(/Unknown dialect klingon/);
  });

  it('uses a custom store, and does not close it', async () => {
    const store = { ...createMemoryStore(Date.now), close: vi.fn() };
    await store.create({ name: 'already there', categories: {} });
    const service = createPersonaService({ store });
    expect(await (await service.fetch(PERSONA_URL)).json()).toMatchObject({ name: 'already there' });
    await service.close();
    expect(store.close).not.toHaveBeenCalled();
  });

  it('fails with 500 and the error message if a store fails', async () => {
    const store = createMemoryStore(Date.now);
    store.get = () => Promise.reject(new Error('disk on fire'));
    const service = createPersonaService({ store, dialect: 'attributes' });
    const response = await service.fetch(PERSONA_URL);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'disk on fire' });
  });
});

/** Globals of a browser page that a new context lacks. Uint8Array must match the realm of TextEncoder. */
const WEB_GLOBALS = [
  ...['Request', 'Response', 'Headers', 'URL', 'URLSearchParams', 'AbortController', 'ReadableStream'],
  ...['TextEncoder', 'TextDecoder', 'Uint8Array', 'crypto', 'CryptoKey'],
  ...['performance', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'structuredClone', 'atob', 'btoa'],
];

describe('in a browser', () => {
  it.each(DIALECTS)('bundles and runs without Node.js APIs: %s', async (dialect) => {
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
      listen: expect.stringMatching(/listen\(\) needs Node\.js/),
    });
  });
});
