import { type ClientOptions, defineAttributes, PersonaClient, type RequestOptions } from 'persona-client';
import { createMany, createPrivacy, type Journal } from 'persona-client/collections';
import { createPersonaService } from 'persona-client/testing';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, USERS } from '../../support/auth.js';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { withOpenTypes } from '../../support/service.js';

type UserFunction = (...args: never[]) => unknown;

/** What a function of the application can do wrong. */
const BEHAVIORS: Readonly<Record<string, UserFunction>> = {
  throws: () => {
    throw new Error('bug');
  },
  rejects: () => Promise.reject(new Error('bug')),
  'rejects with an error that cannot be read': () => {
    const get = () => {
      throw new Error('bug in a getter');
    };
    const properties = { code: { get }, cause: { get }, digest: { get } };
    return Promise.reject(Object.defineProperties(new Error('bug'), properties));
  },
  hangs: () => new Promise(() => {}),
  'returns undefined': () => undefined,
  'returns null': () => null,
  'returns a number': () => 42,
  'returns a string': () => 'garbage',
  'returns an object': () => ({ issues: 'garbage', status: 'garbage', done: 'garbage' }),
  'returns a promise of an array': async () => [null, 42, {}],
};

const DEADLINE_MS = 300;
/** A call ends by its deadline, and a fallback has a second of its own. The rest is for a busy machine: a call that hangs never ends. */
const MAX_MS = DEADLINE_MS + 1_000 + 10_000;

interface Use {
  readonly client: PersonaClient;
  readonly run: (options: RequestOptions<never>) => Promise<unknown>;
}

/** The tests run concurrently, so they cannot close their clients with `onTestFinished`. */
const opened: { close(): unknown }[] = [];
afterAll(async () => {
  for (const closeable of opened) await closeable.close();
});

function connect(options: ClientOptions = {}, { broken = false, auth = false } = {}): PersonaClient {
  const service = createPersonaService({ seed: 20, ...(auth && { auth: { users: USERS } }) });
  opened.push(service);
  if (broken) service.faults.add({ status: 503 });
  const client = new PersonaClient({
    fetch: (url, init) => service.fetch(url, init) as Promise<Response>,
    dialect: 'subresource',
    retry: false,
    timeoutMs: 200,
    ...options,
  });
  opened.push(client);
  return client;
}

const useClient = (client: PersonaClient): Use => ({
  client,
  run: (options) => client.personas.get(1, options),
});

const withTokenStore = (method: string, behavior: UserFunction): Use => {
  const tokens = new Map<string, unknown>();
  const tokenStore = {
    get: (key: string) => tokens.get(key),
    set: (key: string, value: unknown) => tokens.set(key, value),
    delete: (key: string) => tokens.delete(key),
    ...(method === 'unwatch' ? { watch: () => behavior } : { [method]: behavior }),
  };
  const client = connect({ auth: ADMIN, tokenStore: tokenStore as never }, { auth: true });
  return {
    client,
    run: async (options) => {
      const persona = await client.personas.get(1, options);
      if (method === 'delete') await client.auth.logout();
      return persona;
    },
  };
};

const withCacheStore = (method: string, behavior: UserFunction): Use => {
  const store = Object.assign(new MemoryStore(), { [method]: behavior });
  return useClient(connect({ cache: { store, keySecret: KEY_SECRET } }));
};

const withJournal = (method: string, behavior: UserFunction): Use => {
  const client = connect();
  const journal = { open: async () => [], append: async () => {}, close: async () => {}, [method]: behavior };
  return {
    client,
    run: ({ signal }) =>
      createMany(client, [{ name: 'Ada' }], {
        journal: journal as Journal,
        ...(signal && { signal }),
      }).finish(),
  };
};

const withItems = (method: 'next' | 'return', behavior: UserFunction): Use => {
  const client = connect();
  let count = 0;
  const items = {
    [Symbol.asyncIterator]: () => ({
      next: () => (method === 'next' && count++ > 0 ? behavior() : { done: false, value: { name: '' } }),
      return: () => (method === 'return' ? behavior() : { done: true }),
    }),
  };
  return {
    client,
    run: ({ signal }) =>
      createMany(client, items as never, { stopOnError: true, ...(signal && { signal }) }).finish(),
  };
};

/** Every function that an application can pass. `harmless`: whatever it does, the call succeeds. */
const FUNCTIONS: Readonly<
  Record<string, { use: (behavior: UserFunction) => Use; harmless?: true; hasNoDeadline?: true }>
> = {
  fetch: { use: (behavior) => useClient(connect({ fetch: behavior as never })) },
  'auth.getToken': {
    use: (behavior) => useClient(connect({ auth: { getToken: behavior as never } }, { auth: true })),
  },
  'tokenStore.get': { use: (behavior) => withTokenStore('get', behavior) },
  'tokenStore.set': { use: (behavior) => withTokenStore('set', behavior) },
  'tokenStore.delete': { use: (behavior) => withTokenStore('delete', behavior) },
  'tokenStore.lock': { use: (behavior) => withTokenStore('lock', behavior) },
  'tokenStore.watch': { use: (behavior) => withTokenStore('watch', behavior), harmless: true },
  'the function that tokenStore.watch returns': {
    use: (behavior) => withTokenStore('unwatch', behavior),
    harmless: true,
  },
  'cache.store.get': { use: (behavior) => withCacheStore('get', behavior), harmless: true },
  'cache.store.getMany': { use: (behavior) => withCacheStore('getMany', behavior), harmless: true },
  'cache.store.set': { use: (behavior) => withCacheStore('set', behavior), harmless: true },
  'cache.store.delete': { use: (behavior) => withCacheStore('delete', behavior), harmless: true },
  'breaker.isFailure': {
    use: (behavior) => useClient(connect({ breaker: { isFailure: behavior as never, failMax: 1 } })),
    harmless: true,
  },
  'logger methods': {
    use: (behavior) => {
      const logger = { debug: behavior, info: behavior, warn: behavior, error: behavior };
      return useClient(connect({ logger: logger as never, logLevel: 'debug' }));
    },
    harmless: true,
  },
  'an event listener': {
    use: (behavior) => {
      const client = connect();
      for (const name of ['callStart', 'request', 'response', 'callEnd', 'cache'] as const)
        client.on(name, behavior as never);
      return useClient(client);
    },
    harmless: true,
  },
  onInvalidFields: {
    use: (behavior) => {
      const client = connect({
        fetch: async () =>
          Response.json({
            id: 1,
            name: 'Ada',
            demographic: { age: 'old' },
            created_at: '2026-01-01T00:00:00',
            updated_at: '2026-01-01T00:00:00',
          }),
      });
      const run: Use['run'] = (options) =>
        client.personas.get(1, { ...options, onInvalidFields: behavior as never });
      return { client, run };
    },
    harmless: true,
  },
  fallback: {
    use: (behavior) => {
      const client = connect({}, { broken: true });
      return {
        client,
        run: (options) => client.personas.get(1, { ...options, fallback: behavior as never }),
      };
    },
  },
  'fallback after the deadline': {
    use: (behavior) => {
      const client = connect({ fetch: () => new Promise(() => {}), timeoutMs: 60_000 });
      return {
        client,
        run: (options) => client.personas.get(1, { ...options, fallback: behavior as never }),
      };
    },
  },
  'validate of a schema': {
    use: (behavior) => {
      const schema = { '~standard': { version: 1, vendor: 'x', validate: behavior } };
      const attributes = defineAttributes({ psychographic: schema as never });
      const client = connect({ attributes });
      return {
        client,
        run: (options) =>
          withOpenTypes(client).personas.create({ name: 'Ada', psychographic: { mood: 'calm' } }, options),
      };
    },
  },
  'journal.open': { use: (behavior) => withJournal('open', behavior), hasNoDeadline: true },
  'journal.append': { use: (behavior) => withJournal('append', behavior), hasNoDeadline: true },
  'journal.close': { use: (behavior) => withJournal('close', behavior), hasNoDeadline: true },
  'next of the items': { use: (behavior) => withItems('next', behavior), hasNoDeadline: true },
  'return of the items': { use: (behavior) => withItems('return', behavior), hasNoDeadline: true },
  onProgress: {
    use: (behavior) => {
      const client = connect();
      return {
        client,
        run: ({ signal }) =>
          createMany(client, [{ name: 'Ada' }], {
            onProgress: behavior as never,
            ...(signal && { signal }),
          }).finish(),
      };
    },
    hasNoDeadline: true,
  },
  onPersona: {
    use: (behavior) => {
      const client = connect();
      return {
        client,
        run: () =>
          createPrivacy(client).purge({ olderThan: new Date('2099-01-01'), onPersona: behavior as never }),
      };
    },
    hasNoDeadline: true,
  },
};

const STILL_RUNNING = 'still running';

async function settle(work: Promise<unknown>, maxMs: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, maxMs, STILL_RUNNING);
  });
  const outcome = await Promise.race([
    work.then(() => 'succeeded').catch((error: unknown) => error),
    timeout,
  ]);
  clearTimeout(timer);
  return outcome;
}

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));

describe.each(Object.entries(FUNCTIONS))('%s', (_name, { use, harmless, hasNoDeadline }) => {
  it.concurrent.each(Object.entries(BEHAVIORS))('%s', async (_behavior, behavior) => {
    const { client, run } = use(behavior);
    const controller = new AbortController();
    if (hasNoDeadline) setTimeout(() => controller.abort(), DEADLINE_MS);
    const deadlineMs = harmless ? MAX_MS : DEADLINE_MS; // a busy machine needs time to succeed
    const outcome = await settle(run({ deadlineMs, signal: controller.signal }), MAX_MS);
    if (harmless) expect(outcome).toBe('succeeded');
    else expect(outcome === 'succeeded' || outcome instanceof Error, String(outcome)).toBe(true);
    expect(() => client.close()).not.toThrow();
  });
});

describe.each(Object.entries(FUNCTIONS).filter(([, { hasNoDeadline }]) => !hasNoDeadline))(
  '%s that hangs does not outlive',
  (_name, { use }) => {
    it.concurrent.each(['signal', 'close()'])('%s', async (kind) => {
      const { client, run } = use(() => new Promise(() => {}));
      const controller = new AbortController();
      const work = run({ deadlineMs: 60_000, signal: controller.signal });
      const settled = settle(work, 30_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const endedAt = performance.now();
      if (kind === 'signal') controller.abort();
      else client.close();
      expect(await settled).not.toBe(STILL_RUNNING);
      expect(performance.now() - endedAt).toBeLessThan(1_000);
    });
  },
);
