/**
 * The objects that applications hold, and a use of each of their members. Two suites wrap them in proxies: with proxies of their own,
 * and in the packed package with the proxies of frameworks. Uses no code of vitest, because the second suite bundles this file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as library from 'persona-client';
import { defineAttributes, PersonaClient, type PersonaError } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { createMany, createPrivacy, type Journal } from 'persona-client/collections';
import { createPersonaMcpServer, listenMcpSocket, TcpClientTransport } from 'persona-client/mcp';
import { createPooledTransport, fileJournal, fileTokenStore, publishDiagnostics } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries } from 'persona-client/query';
import { createPersonaService, createVirtualClock, fail } from 'persona-client/testing';

/** Runs a function when the use is over. */
type Defer = (cleanUp: () => unknown) => void;

type Uses<T> = Readonly<Record<string, (object: T) => unknown>>;

/** An object, and a use of each member, by its path. */
export interface HeldObject {
  readonly create: (defer: Defer) => unknown;
  readonly uses: Uses<never>;
}

const held = <T>(create: (defer: Defer) => T | Promise<T>, uses: Uses<T>): HeldObject => ({ create, uses });

function createClient(defer: Defer): PersonaClient {
  const service = createPersonaService({ auth: { users: { admin: 'secret' } } });
  const auth = { username: 'admin', password: 'secret' };
  const client = new PersonaClient({ fetch: service.fetch, auth });
  defer(() => client.close());
  defer(() => service.close());
  return client;
}

async function readFirst<T>(iterable: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of iterable) return value;
  return undefined;
}

type Methods = Pick<
  PersonaClient['withMeta'],
  | 'personas'
  | 'demographic'
  | 'psychographic'
  | 'behavioral'
  | 'contextual'
  | 'fieldConfig'
  | 'schema'
  | 'health'
>;

/** The methods that `client.withMeta` has as well. */
const METHODS: Uses<Methods> = {
  'personas.list': ({ personas }) => personas.list({ perPage: 2 }),
  'personas.toArray': ({ personas }) => personas.toArray({ limit: 3 }),
  'personas.get': ({ personas }) => personas.get(1),
  'personas.create': ({ personas }) => personas.create({ name: 'Ada' }),
  'personas.update': ({ personas }) => personas.update(1, { name: 'Ada' }),
  'personas.delete': ({ personas }) => personas.delete(1),
  ...Object.fromEntries(
    (['demographic', 'psychographic', 'behavioral', 'contextual'] as const).flatMap((category) => [
      [`${category}.get`, (client: Methods) => client[category].get(1)],
      [`${category}.update`, (client: Methods) => client[category].update(1, {})],
    ]),
  ),
  'fieldConfig.get': ({ fieldConfig }) => fieldConfig.get(),
  'schema.get': ({ schema }) => schema.get(),
  'health.check': ({ health }) => health.check(),
};

const CLIENT_USES: Uses<PersonaClient> = {
  ...(METHODS as unknown as Uses<PersonaClient>),
  request: (client) => client.request({ path: '/personas/1' }),
  'withMeta.request': ({ withMeta }) => withMeta.request({ path: '/personas/1' }),
  'personas.iterate': ({ personas }) => readFirst(personas.iterate()),
  ...Object.fromEntries(
    Object.entries(METHODS).map(([name, use]) => [
      `withMeta.${name}`,
      ({ withMeta }: PersonaClient) => use(withMeta),
    ]),
  ),
  'auth.login': ({ auth }) => auth.login({ username: 'admin', password: 'secret' }),
  'auth.refresh': ({ auth }) => auth.refresh(),
  'auth.logout': ({ auth }) => auth.logout(),
  'auth.session': ({ auth }) => auth.session(),
  'cache.stats': ({ cache }) => cache.stats(),
  'cache.clear': ({ cache }) => cache.clear(),
  circuit: (client) => client.circuit,
  as: (client) => client.as({ username: 'admin', password: 'secret' }).personas.get(1),
  allows: (client) => client.allows('personas.delete'),
  redacts: (client) => client.redacts('demographic', 'city'),
  on: async (client) => {
    let events = 0;
    const unsubscribe = client.on('callStart', () => events++);
    await client.personas.get(1);
    unsubscribe();
    await client.personas.get(1);
    return events === 1;
  },
  onClose: (client) => {
    let isClosed = false;
    client.onClose(() => {
      isClosed = true;
    });
    client.close();
    return isClosed;
  },
  close: (client) => {
    client.close();
    return client.personas.get(1);
  },
  'Symbol(Symbol.dispose)': (client) => {
    client[Symbol.dispose]();
    return client.personas.get(1);
  },
};

const createRun = (defer: Defer) => createMany(createClient(defer), [{ name: 'Ada' }, { name: '' }], {});
const createIterator = (defer: Defer) => createClient(defer).personas.iterate({ perPage: 2 });
type Generator = Pick<AsyncGenerator<unknown, void, void>, 'next' | 'return' | 'throw'> &
  AsyncIterable<unknown>;

const GENERATOR_USES: Uses<Generator> = {
  next: (generator) => generator.next(),
  return: (generator) => generator.return(),
  throw: (generator) => generator.throw(new Error('stop')),
  'Symbol(Symbol.asyncIterator)': (generator) => readFirst(generator),
};

function createFolder(defer: Defer): string {
  const folder = mkdtempSync(join(tmpdir(), 'persona-held-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const openJournal = async (journal: Journal) => {
  const entries = await journal.open();
  await journal.append([{ type: 'failed', index: 1 }]);
  await journal.close();
  return entries !== undefined;
};

const TOKENS = { accessToken: 'a' };
const STORE_USES: Uses<library.TokenStore> = {
  get: async (store) => {
    await store.set('key', TOKENS);
    return store.get('key');
  },
  set: (store) => store.set('key', TOKENS),
  delete: (store) => store.delete('key'),
};

const createStorage = (): Storage => {
  const entries = new Map<string, string>();
  const storage: Pick<Storage, 'getItem' | 'setItem'> = {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
  };
  return storage as Storage;
};

async function createListener(defer: Defer) {
  const server = createPersonaMcpServer({ client: createClient(defer) });
  const listener = await listenMcpSocket(server, { port: 0 });
  defer(() => listener.close());
  return listener;
}

async function createTcpTransport(defer: Defer) {
  const { address } = await createListener(defer);
  const transport = new TcpClientTransport('127.0.0.1', Number(/\d+$/.exec(address)?.[0]));
  defer(() => transport.close());
  return transport;
}

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;

const ERRORS = Object.fromEntries(
  Object.entries(library).flatMap(([name, value]) => {
    if (typeof value !== 'function' || !('kind' in value)) return [];
    const Class = value as new (message: string, details: object) => PersonaError;
    const details = {
      code: 'timeout',
      scope: 'attempt',
      issues: [],
      cause: new Error('cause'),
      stored: {},
      data: {},
    };
    return [
      [
        name,
        held(() => new Class('failed', details), {
          name: (error) => [error.name, error.message, String(error)],
          toJSON: (error) => error.toJSON(),
          'Symbol(Symbol.hasInstance)': (error) => [
            error instanceof Class,
            error instanceof library.PersonaError,
          ],
          'Symbol(nodejs.util.inspect.custom)': (error) => inspect(error).includes('timeout'),
          personas: (error) => Object(error).personas,
          stored: (error) => Object(error).stored,
          data: (error) => Object(error).data,
        }),
      ],
    ];
  }),
);

/** Every object that applications hold. `test/integration/client/proxies.test.ts` checks that no member is missing. */
export const HELD_OBJECTS: Readonly<Record<string, HeldObject>> = {
  client: held(createClient, CLIENT_USES),
  view: held((defer) => createClient(defer).as({ username: 'admin', password: 'secret' }), CLIENT_USES),
  page: held((defer) => createClient(defer).personas.list({ perPage: 2 }), {
    nextPage: (page) => page.nextPage(),
  }),
  iterator: held(createIterator, {
    ...GENERATOR_USES,
    checkpoint: (iterator) => iterator.checkpoint(),
    'Symbol(Symbol.asyncDispose)': (iterator) => iterator[Symbol.asyncDispose](),
    report: async (iterator) => {
      await iterator.next();
      return iterator.report;
    },
  }),
  run: held(createRun, {
    ...(GENERATOR_USES as Uses<ReturnType<typeof createRun>>),
    finish: (run) => run.finish(),
    'Symbol(Symbol.asyncDispose)': (run) => run[Symbol.asyncDispose](),
    summary: async (run) => {
      await run.finish();
      return Object.keys(run.summary); // a snapshot keeps the first values
    },
  }),
  privacy: held((defer) => createPrivacy(createClient(defer)), {
    export: (privacy) => privacy.export(1),
    erase: (privacy) => privacy.erase(1),
    purge: (privacy) => privacy.purge({ olderThan: new Date(0) }),
  }),
  attributes: held(() => defineAttributes({ psychographic: createSchema() }), {
    findIssues: (attributes) =>
      attributes.findIssues({ category: 'psychographic', values: { mood: 1 }, path: [] }, true),
    findKnownFields: (attributes) =>
      attributes.findKnownFields({ category: 'psychographic', values: { mood: 1 }, path: [] }),
    hasDefaultFields: (attributes) => attributes.hasDefaultFields('psychographic'),
  }),
  queries: held((defer) => personaQueries(createClient(defer)), {
    ...Object.fromEntries(
      ['all', 'lists'].map((name) => [
        `keys.${name}`,
        ({ keys }: ReturnType<typeof personaQueries>) => keys[name as 'all'],
      ]),
    ),
    'keys.list': ({ keys }) => keys.list(),
    'keys.infiniteList': ({ keys }) => keys.infiniteList(),
    'keys.persona': ({ keys }) => keys.persona(1),
    'keys.category': ({ keys }) => keys.category(1, 'contextual'),
    'keys.fieldConfig': ({ keys }) => keys.fieldConfig(),
    'personas.get': ({ personas }) => personas.get(1).queryFn({ signal: new AbortController().signal }),
    'personas.list': ({ personas }) => personas.list().queryFn({ signal: new AbortController().signal }),
    'personas.infiniteList': ({ personas }) =>
      personas.infiniteList().queryFn({ signal: new AbortController().signal, pageParam: 1 }),
    'personas.create': ({ personas }) => personas.create(),
    'personas.update': ({ personas }) => personas.update(),
    'personas.delete': ({ personas }) => personas.delete(),
    ...Object.fromEntries(
      (['demographic', 'psychographic', 'behavioral', 'contextual'] as const).flatMap((category) => [
        [
          `${category}.get`,
          (queries: ReturnType<typeof personaQueries>) =>
            queries[category].get(1).queryFn({ signal: new AbortController().signal }),
        ],
        [`${category}.update`, (queries: ReturnType<typeof personaQueries>) => queries[category].update()],
      ]),
    ),
    'fieldConfig.get': ({ fieldConfig }) =>
      fieldConfig.get().queryFn({ signal: new AbortController().signal }),
  }),
  telemetry: held(() => personaTelemetry({ fetch: async () => new Response('{}') }), {
    fetch: (telemetry) => telemetry.fetch('http://localhost/').then(({ status }) => status),
    observe: (telemetry) => {
      const client = new PersonaClient();
      telemetry.observe(client)();
      client.close();
    },
  }),
  service: held(
    (defer) => {
      const service = createPersonaService();
      defer(() => service.close());
      return service;
    },
    {
      fetch: async (service) => (await service.fetch('http://localhost/api/v1/personas')).status,
      requests: async (service) => {
        const before = service.requests.length;
        await service.fetch('http://localhost/api/v1/personas');
        return service.requests.length - before;
      },
      clearRequests: async (service) => {
        await service.fetch('http://localhost/api/v1/personas');
        service.clearRequests();
        return service.requests.length;
      },
      'faults.add': async (service) => {
        const remove = service.faults.add(fail({ status: 418 }));
        const { status } = await service.fetch('http://localhost/api/v1/personas');
        remove();
        return [status, (await service.fetch('http://localhost/api/v1/personas')).status];
      },
      'faults.clear': async (service) => {
        service.faults.add(fail());
        service.faults.clear();
        return (await service.fetch('http://localhost/api/v1/personas')).status;
      },
      listen: async (service) => (await service.listen({ port: 0 })).close(),
      close: (service) => service.close(),
      'Symbol(Symbol.asyncDispose)': (service) => service[Symbol.asyncDispose](),
    },
  ),
  'a listener of the service': held(
    async (defer) => {
      const service = createPersonaService();
      defer(() => service.close());
      return service.listen({ port: 0 });
    },
    {
      close: (listener) => listener.close(),
      'Symbol(Symbol.asyncDispose)': (listener) => listener[Symbol.asyncDispose](),
    },
  ),
  clock: held(() => createVirtualClock(), {
    now: (clock) => clock.now(),
    advance: (clock) => {
      clock.advance(5);
      return clock.now();
    },
  }),
  'a pooled transport': held(
    async (defer) => {
      const transport = await createPooledTransport();
      defer(() => transport.close());
      return transport;
    },
    {
      fetch: async (transport) => {
        await using service = createPersonaService();
        const { url } = await service.listen({ port: 0 });
        const client = new PersonaClient({ baseUrl: url, fetch: transport.fetch });
        const { name } = await client.personas.get(1);
        client.close();
        return [name, (await transport.fetch(`${url}/api/v1/personas`)).status];
      },
      close: (transport) => transport.close(),
      'Symbol(Symbol.asyncDispose)': (transport) => transport[Symbol.asyncDispose](),
    },
  ),
  'a journal': held((defer) => fileJournal(join(createFolder(defer), 'journal')), {
    open: openJournal,
    append: openJournal,
    close: openJournal,
  }),
  'a token store in a file': held((defer) => fileTokenStore(join(createFolder(defer), 'tokens.json')), {
    ...STORE_USES,
    lock: (store) =>
      store.lock?.('key', async (tokens) => [await tokens.get(), await tokens.replace(TOKENS)]),
  }),
  'a token store of a page': held(() => webStorageTokenStore({ storage: createStorage() }), STORE_USES),
  'diagnostics channels': held((defer) => ({ publish: () => publishDiagnostics(createClient(defer)) }), {
    publish: (holder) => holder.publish()(),
  }),
  'a listener of the MCP server': held(createListener, { close: (listener) => listener.close() }),
  'an MCP server': held((defer) => ({ server: createPersonaMcpServer({ client: createClient(defer) }) }), {
    server: async ({ server }) => {
      const listener = await listenMcpSocket(server, { port: 0 });
      await listener.close();
    },
    'server.onChange': ({ server }) => server.onChange(() => {})(),
  }),
  'a TCP transport': held(createTcpTransport, {
    start: (transport) => transport.start(),
    send: async (transport) => {
      await transport.start();
      await transport.send(ping);
    },
    close: async (transport) => {
      await transport.start();
      await transport.close();
    },
  }),
  ...ERRORS,
};

function createSchema() {
  const validate = () => ({ issues: [{ message: 'wrong' }] });
  return { '~standard': { version: 1, vendor: 'test', validate } } as const;
}

/** Wraps an object as a framework does. */
export type Wrap = <T>(object: T) => T;

/** Uses a fresh object, and describes the outcome: the shape of the result, or the error. */
async function describeOutcome(
  { create }: HeldObject,
  use: (object: never) => unknown,
  wrap: Wrap,
): Promise<string> {
  const cleanUps: (() => unknown)[] = [];
  try {
    const object = wrap(await create((cleanUp) => cleanUps.push(cleanUp)));
    return JSON.stringify(describeShape(await use(object as never)));
  } catch (error) {
    return `${Object(error).name}: ${Object(error).code ?? Object(error).message}`;
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

/** Replaces texts and numbers with their types, because they differ between two runs. */
function describeShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(describeShape);
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, describeShape(item)]));
}

/** Returns the uses whose outcome differs from the outcome without a Proxy. */
export async function findDifferences(wrap: Wrap): Promise<string[]> {
  const differences: string[] = [];
  for (const [name, object] of Object.entries(HELD_OBJECTS))
    for (const [member, use] of Object.entries(object.uses)) {
      const expected = await describeOutcome(object, use, (value) => value);
      const actual = await describeOutcome(object, use, wrap);
      if (actual !== expected) differences.push(`${name}: ${member}: ${actual} instead of ${expected}`);
    }
  return differences;
}
