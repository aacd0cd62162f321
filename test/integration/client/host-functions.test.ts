import type { CacheStore, Persona, PersonaClient } from 'persona-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const POST_MESSAGE = 'MessagePort.postMessage';

/**
 * Functions that exist in some runtimes and throw when they are called. Next.js' Edge Runtime has such a `setImmediate`,
 * `MessageChannel` and `BroadcastChannel`. The client works without any of these.
 */
const FUNCTIONS = [
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'setInterval',
  'requestIdleCallback',
  'structuredClone',
  'MessageChannel',
  POST_MESSAGE,
  'BroadcastChannel',
  'Request',
  'TextDecoder',
  'atob',
  'FinalizationRegistry',
  'WeakRef',
  'scheduler.postTask',
  'scheduler.yield',
  'performance.now',
  'performance.mark',
  'AbortSignal.any',
  'AbortSignal.timeout',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'crypto.subtle.digest',
  'crypto.subtle.importKey',
  'navigator.locks.request',
  'process.nextTick',
  'process.hrtime',
  'process.emitWarning',
  'console.error',
  'Error.captureStackTrace',
];

/** A class or function that throws. */
function unsupported(): never {
  throw new Error('not supported in this runtime');
}

/** Replaces a function, such as `crypto.randomUUID`. The other properties of its object stay. */
function stubFunction(path: string): void {
  const [name = '', ...keys] = path.split('.');
  if (path === POST_MESSAGE) stubPostMessage();
  else vi.stubGlobal(name, withUnsupported(Reflect.get(globalThis, name), keys));
}

function withUnsupported(value: unknown, [key, ...keys]: string[]): unknown {
  if (key === undefined) return unsupported;
  const object = Object(value) as object;
  const replacement = withUnsupported(Reflect.get(object, key), keys);
  return new Proxy(object, {
    get(_, property) {
      if (property === key) return replacement;
      const other = Reflect.get(object, property) as unknown;
      return typeof other === 'function' && property !== 'prototype' ? other.bind(object) : other;
    },
  });
}

function stubPostMessage(): void {
  const RealChannel = MessageChannel;
  vi.stubGlobal('MessageChannel', function createChannel() {
    const { port1, port2 } = new RealChannel();
    return { port1, port2: Object.assign(port2, { postMessage: unsupported }) };
  });
}

/** A service whose responses have only `text()`, because the runtime may lack a working `TextDecoder`. */
function createService() {
  const personas: Persona[] = [];
  let mustLoseResponse = false;
  const fetch = async (url: string, { method, body }: { method: string; body?: string }) => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const [, id] = /personas\/(\d+)/.exec(url) ?? [];
    if (method === 'POST' && url.endsWith('/personas')) {
      const now = new Date().toISOString();
      const id = personas.length + 1;
      const persona = { ...JSON.parse(String(body)), id, created_at: now, updated_at: now };
      personas.unshift(persona);
      if (!mustLoseResponse) return respond(persona);
      mustLoseResponse = false;
      throw new TypeError('terminated');
    }
    if (method === 'POST') return respond({ access_token: 'a.b.c', refresh_token: 'd.e.f' });
    if (id !== undefined) return respond(personas.find((persona) => persona.id === Number(id)));
    return respond({ personas, total: personas.length, page: 1, per_page: 100, pages: 1 });
  };
  const loseNextResponse = () => {
    mustLoseResponse = true;
  };
  return { fetch: fetch as never, personas, loseNextResponse };
}

const respond = (body: unknown) => ({ status: 200, headers: {}, text: async () => JSON.stringify(body) });

type Loaded = Pick<typeof import('persona-client'), 'PersonaClient'> &
  Pick<typeof import('persona-client/collections'), 'createMany'>;

/** Loads the package in a runtime with these functions. */
async function loadWithout(functions: readonly string[]): Promise<Loaded> {
  for (const path of functions) stubFunction(path);
  vi.resetModules();
  const [{ PersonaClient }, { createMany }] = await Promise.all([
    import('../../../src/index.js'),
    import('../../../src/collections/index.js'),
  ]);
  return { PersonaClient, createMany } as Loaded;
}

const CONCURRENCY = 2;
let service: ReturnType<typeof createService>;

beforeEach(() => {
  service = createService();
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

describe.each([
  ...FUNCTIONS.map((path) => [path, [path]] as const),
  ['every one of them', FUNCTIONS] as const,
])('with a function that throws: %s', (_, functions) => {
  const countStored = () => service.personas.length;
  /** More calls, after each other and at once, than the limiter lets through. */
  const createSome = async (client: Pick<PersonaClient, 'personas'>) => {
    for (let index = 0; index < 5; index++) await client.personas.create({ name: 'One' });
    await Promise.all(Array.from({ length: 5 }, () => client.personas.create({ name: 'Another' })));
  };

  it('logs in, creates exactly once, reads, runs in bulk and closes', async () => {
    const { PersonaClient, createMany } = await loadWithout(functions);
    const client = new PersonaClient({ fetch: service.fetch, concurrency: CONCURRENCY });
    client.on('request', unsupported); // the client reports that to the console
    await client.auth.login({ username: 'ada', password: 'secret' });
    await createSome(client);
    expect(countStored()).toBe(10);
    expect((await client.personas.list()).total).toBe(10);
    expect(await client.personas.get(1)).toMatchObject({ name: 'One' });
    const result = await createMany(client, [{ name: 'Many' }, { name: 'More' }, { name: 'Most' }]).finish();
    expect(result).toMatchObject({ complete: true });
    expect(countStored()).toBe(13);
    client.close();
    await expect(client.personas.get(2)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('finds a create whose response is lost', async () => {
    const { PersonaClient } = await loadWithout(functions);
    const client = new PersonaClient({
      fetch: service.fetch,
      onUnknownOutcome: 'reconcile',
      concurrency: CONCURRENCY,
      retry: { backoffMs: 1 },
    });
    service.loseNextResponse();
    expect(await client.personas.create({ name: 'Lost' })).toMatchObject({ id: 1, name: 'Lost' });
    await createSome(client);
    expect(countStored()).toBe(11);
    client.close();
  });

  it('reads with a shared cache', async () => {
    const { PersonaClient } = await loadWithout(functions);
    const stored = new Map<string, unknown>();
    const store: CacheStore = {
      get: async (key) => stored.get(key) as string,
      set: async (key, value) => void stored.set(key, value),
      delete: async (key) => stored.delete(key),
    };
    const client = new PersonaClient({ fetch: service.fetch, cache: { store, keySecret: 'x'.repeat(32) } });
    await client.personas.create({ name: 'Ada' });
    for (let index = 0; index < 3; index++)
      expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
    client.close();
  });
});

describe('where the application has replaced Promise, as zone.js does', () => {
  beforeEach(() => vi.stubGlobal('Promise', class extends Promise<unknown> {}));

  it('calls return their results and errors, and a password client logs in', async () => {
    const { PersonaClient } = await loadWithout([]);
    const auth = { username: 'ada', password: 'secret' };
    const client = new PersonaClient({ fetch: service.fetch, auth });
    expect(await client.personas.create({ name: 'Ada' })).toMatchObject({ id: 1, name: 'Ada' });
    expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
    expect((await client.personas.list()).total).toBe(1);
    client.close();
    await expect(client.personas.get(2)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('a listener that rejects is reported', async () => {
    const { PersonaClient } = await loadWithout([]);
    const client = new PersonaClient({ fetch: service.fetch });
    client.on('request', async () => unsupported());
    await client.personas.list();
    await vi.waitFor(() => expect(console.error).toHaveBeenCalled());
    client.close();
  });

  it('a bulk run ends with the error of its progress function', async () => {
    const { PersonaClient, createMany } = await loadWithout([]);
    const client = new PersonaClient({ fetch: service.fetch });
    const run = createMany(client, [{ name: 'One' }, { name: 'Two' }], {
      onProgress: async () => unsupported(),
    });
    await expect(run.finish()).rejects.toThrow('not supported in this runtime');
    client.close();
  });
});

it('in Deno, which sends requests again, the body of each write is a Blob that converts to its text', async () => {
  vi.stubGlobal('Deno', {});
  const { PersonaClient } = await loadWithout([]);
  const bodies: unknown[] = [];
  const fetch = (async (_: string, { method, body }: RequestInit) => {
    bodies.push(body instanceof Blob ? [method, await body.text(), String(body)] : [method, typeof body]);
    throw new TypeError('the connection closed');
  }) as typeof globalThis.fetch;
  const auth = { accessToken: 'a.b.c', refreshToken: 'd.e.f' };
  const client = new PersonaClient({ fetch, auth, dialect: 'attributes', retry: false, breaker: false });
  await Promise.allSettled([
    client.personas.create({ name: 'Ada' }),
    client.personas.update(1, { name: 'Ada' }),
    client.personas.delete(1),
    client.personas.get(1),
  ]);
  await client.auth.refresh().catch(() => {});
  expect(bodies.sort()).toEqual([
    ['DELETE', '', ''],
    ['GET', 'undefined'],
    ['POST', '', ''],
    ...['POST', 'PUT'].map((method) => [method, '{"name":"Ada"}', '{"name":"Ada"}']),
  ]);
  client.close();
});

it('a response with a stream is read as text if TextDecoder throws', async () => {
  const { PersonaClient } = await loadWithout(['TextDecoder']);
  const time = '2026-01-01T00:00:00';
  const text = JSON.stringify({ id: 1, name: 'Ada', created_at: time, updated_at: time });
  const client = new PersonaClient({ fetch: async () => new Response(text), dialect: 'subresource' });
  expect(await client.personas.get(1)).toMatchObject({ name: 'Ada' });
  client.close();
});

it.each(['MessageChannel', POST_MESSAGE, 'performance.now'])(
  'a body of many chunks is read if %s throws',
  async (path) => {
    const { PersonaClient } = await loadWithout([path]);
    const time = '2026-01-01T00:00:00';
    const text = JSON.stringify({ id: 1, name: 'x'.repeat(3_000), created_at: time, updated_at: time });
    const chunks = [...text].map((character) => new TextEncoder().encode(character)).values();
    const fetch = async () => ({
      status: 200,
      headers: {},
      body: { getReader: () => ({ read: async () => chunks.next(), cancel: async () => {} }) },
    });
    const client = new PersonaClient({ fetch: fetch as never, dialect: 'subresource' });
    expect(await client.personas.get(1)).toMatchObject({ id: 1 });
    client.close();
  },
);
