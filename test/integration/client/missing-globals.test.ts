import { PersonaClient, PersonaValidationError } from 'persona-client';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';

/** Globals that jsdom or React Native lack. `test/package/missing-globals.test.ts` tests the built package without them. */
const GLOBALS = [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'ReadableStream',
  'TextDecoder',
  'TextEncoder',
  'crypto',
  'structuredClone',
  'setImmediate',
  'BroadcastChannel',
];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const PERSONA = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
const createResponse = (status: number, body: unknown) =>
  ({ status, headers: {}, text: async () => JSON.stringify(body) }) as unknown as Response;

function createClient(fetch?: typeof globalThis.fetch) {
  const client = new PersonaClient({
    dialect: 'subresource',
    retry: { limit: 2, backoffMs: 1 },
    ...(fetch && { fetch }),
  });
  onTestFinished(() => client.close());
  return client;
}

describe.each([...GLOBALS.map((name) => [name]), GLOBALS])('without %s', (...missing) => {
  const stub = () => {
    for (const name of missing) vi.stubGlobal(name, undefined);
  };

  it('a client with a fetch option logs in, reads, writes and retries', async () => {
    let requests = 0;
    const client = createClient(async (url) => {
      if (String(url).endsWith('/login')) return createResponse(200, { access_token: 'a.b.c' });
      return ++requests % 3 === 0 ? createResponse(200, PERSONA) : createResponse(503, {});
    });
    stub();
    await client.auth.login({ username: 'ada', password: 'secret' });
    expect((await client.withMeta.personas.get(1)).meta).toMatchObject({ attempts: 3, source: 'network' });
    expect(await client.personas.update(1, { name: 'Ada' })).toMatchObject({ name: 'Ada' });
  });

  it('the retries end at their limit, and when the call is aborted', async () => {
    const fetch = vi.fn(async () => createResponse(503, {}));
    const client = createClient(fetch);
    stub();
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'server_error', attempts: 3 });
    const controller = new AbortController();
    client.on('retry', () => controller.abort());
    const call = client.personas.get(1, { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: 'aborted', attempts: 1 });
  });
});

describe('without fetch', () => {
  it.each<[string, (client: PersonaClient) => Promise<unknown>]>([
    ['a read', (client) => client.personas.get(1)],
    ['a create', (client) => client.personas.create({ name: 'Ada' })],
    ['a login', (client) => client.auth.login({ username: 'ada', password: 'secret' })],
  ])('%s names what is missing, and is not retried', async (_name, run) => {
    vi.stubGlobal('fetch', undefined);
    const client = createClient();
    const error = await expectRejection(PersonaValidationError, run(client));
    expect(error.message).toContain('this runtime has no global `fetch`. Pass one as the `fetch` option.');
    expect(error).toMatchObject({ attempts: 0, maybeApplied: false, issues: [{ path: ['fetch'] }] });
    expect(client.circuit).toBe('closed');
  });

  it('a fetch that is defined later works', async () => {
    vi.stubGlobal('fetch', undefined);
    const client = createClient();
    vi.stubGlobal('fetch', async () => createResponse(200, PERSONA));
    expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
  });
});

/** `URL` of React Native: accepts any text, and lacks `canParse`. Many versions throw for each property. */
class ReactNativeUrl {
  readonly href: string;
  constructor(url: string) {
    this.href = url;
    for (const name of ['origin', 'hostname', 'pathname', 'username', 'password', 'search', 'hash'])
      Object.defineProperty(this, name, {
        get: () => {
          throw new Error(`URL.${name} is not implemented`);
        },
      });
  }
}
/** Newer versions of React Native have the properties. */
class URLWithoutCanParse extends URL {
  static override canParse = undefined as never;
}

describe.each([ReactNativeUrl, URLWithoutCanParse])('with %o instead of URL', (urlClass) => {
  it.each([
    ['http://localhost:5050', 'http://localhost:5050/api/v1/auth/login'],
    ['https://personas.example/base/api/v1/', 'https://personas.example/base/api/v1/auth/login'],
    ['http://[::1]:81/', 'http://[::1]:81/api/v1/auth/login'],
  ])('a client of %s logs in and reads', async (baseUrl, loginUrl) => {
    vi.stubGlobal('URL', urlClass);
    const urls: string[] = [];
    using client = new PersonaClient({
      baseUrl,
      dialect: 'subresource',
      auth: { username: 'ada', password: 'secret' },
      fetch: async (url) => {
        urls.push(String(url));
        return createResponse(200, urls.length === 1 ? { access_token: 'a.b.c' } : PERSONA);
      },
    });
    expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
    expect(urls[0]).toBe(loginUrl);
  });

  it.each(['localhost:5050', 'no url', '', 'http://', 'http://user:pw@x', 'http://x?page=1', 'http:\\\\x'])(
    'rejects the base URL %j',
    (baseUrl) => {
      vi.stubGlobal('URL', urlClass);
      expect(() => new PersonaClient({ baseUrl })).toThrow(PersonaValidationError);
    },
  );

  it('rejects a password over plain http to another machine', () => {
    vi.stubGlobal('URL', urlClass);
    const auth = { username: 'ada', password: 'secret' };
    for (const host of ['personas.example', '127.0.0.1.evil.example'])
      expect(() => new PersonaClient({ baseUrl: `http://${host}`, auth })).toThrow(/plain http/);
  });
});

it('a response that only TextDecoder could read names it', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(PERSONA));
  vi.stubGlobal('TextDecoder', undefined);
  vi.resetModules(); // the client keeps its decoder
  const { PersonaClient } = await import('../../../src/index.js');
  const shapes = [{ arrayBuffer: async () => bytes }, { body: new Response(bytes).body }];
  for (const shape of shapes) {
    const fetch = async () => ({ status: 200, headers: {}, ...shape }) as unknown as Response;
    using client = new PersonaClient({ fetch, dialect: 'subresource' });
    await expect(client.personas.get(1)).rejects.toMatchObject({
      code: 'invalid_response',
      message: expect.stringContaining('this runtime has no TextDecoder'),
    });
  }
});

it('classes that reject each other do not break retries', async () => {
  vi.stubGlobal(
    'AbortController',
    class {
      signal = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };
      abort() {}
    },
  );
  let requests = 0;
  const client = createClient(async () => createResponse(++requests === 1 ? 503 : 200, PERSONA));
  expect((await client.withMeta.personas.get(1)).meta.attempts).toBe(2);
});
