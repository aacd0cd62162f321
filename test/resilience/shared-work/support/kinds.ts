import type { ClientOptions, PersonaClient, TokenPair, TokenStore } from 'persona-client';
import { fail, type PersonaServiceOptions } from 'persona-client/testing';
import { KEY_SECRET, MemoryStore } from '../../../support/cache.js';
import { TIMEOUT_MS, USER, type World } from './world.js';

/** One kind of shared work, at one point at which its owner can be lost. */
export interface Kind {
  readonly name: string;
  readonly service?: PersonaServiceOptions;
  /** The next caller must end within this time, in milliseconds: the maximum age of the work. */
  readonly limitMs: number;
  /** The limit after the work failed because of garbage. Default: the next caller need not wait. */
  readonly limitAfterGarbageMs?: number;
  /** The limit after sleep, if the owner's request must fail first. Default: `limitMs`. */
  readonly limitAfterSleepMs?: number;
  /** What the shared work returns or throws in the column `garbage`. Default: an HTML page, and odd rejections of `fetch`. */
  readonly garbage?: readonly (() => unknown)[];
  readonly setup: (world: World) => Promise<Callers> | Callers;
}

export interface Callers {
  readonly client: PersonaClient;
  /** Starts the shared work, and waits for it. */
  readonly owner: () => Promise<unknown>;
  /** Needs the same work. */
  readonly next: () => Promise<unknown>;
  /** Whether the work has reached the point at which the owner can be lost. Default: the service holds a response. */
  readonly hasReached?: () => boolean;
}

const isHeld = (world: World) => () => world.heldCount > 0;
const get = (client: PersonaClient, id: number) => () => client.personas.get(id);
const NO_CACHE = { cache: false } satisfies ClientOptions;
const PUBLIC = { auth: false } satisfies PersonaServiceOptions;

/** Reads that identical callers share. */
const reads: readonly Kind[] = (
  [
    ['personas.get', (client) => client.personas.get(1), /personas\/1$/],
    ['personas.list', (client) => client.personas.list(), /personas\?/],
    ['demographic.get', (client) => client.demographic.get(1), /demographic/],
    ['fieldConfig.get', (client) => client.fieldConfig.get(), /config/],
  ] as const satisfies readonly (readonly [string, (client: PersonaClient) => Promise<unknown>, RegExp])[]
).map(([name, read, request]) => {
  const dialect = name === 'fieldConfig.get' ? 'attributes' : 'subresource';
  return {
    name: `in-flight ${name}, waiting for the response`,
    service: { ...PUBLIC, dialect },
    limitMs: TIMEOUT_MS,
    setup: (world) => {
      const client = world.createClient({ dialect });
      world.hold(request);
      return { client, owner: () => read(client), next: () => read(client) };
    },
  };
});

const points: readonly Kind[] = [
  {
    name: 'in-flight read, in the body',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    garbage: [],
    setup: (world) => {
      const client = world.createClient();
      world.hold(/personas\/1$/, 'body');
      return { client, owner: get(client, 1), next: get(client, 1) };
    },
  },
  {
    name: 'in-flight read, in backoff',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    garbage: [],
    setup: (world) => {
      const client = world.createClient({ retry: { limit: 1, backoffMs: 600, maxBackoffMs: 600 } });
      world.addFault(fail({ status: 503, times: 1 }));
      let isInBackoff = false;
      client.on('retry', () => {
        isInBackoff = true;
      });
      return { client, owner: get(client, 1), next: get(client, 1), hasReached: () => isInBackoff };
    },
  },
  {
    name: 'background revalidation',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    setup: async (world) => {
      const client = world.createClient({ cache: { ttlMs: 100, staleWhileRevalidateMs: 600_000 } });
      await client.personas.get(1);
      await world.clock.advance(200);
      world.hold(/personas\/1$/);
      // The response to a stale read ends the request, and the revalidation is still in progress.
      const next = async () => {
        for (;;) {
          const requests = world.requests.length;
          const { data, meta } = await client.withMeta.personas.get(1);
          if (meta.source !== 'stale') return data;
          await new Promise((resolve) => setTimeout(resolve, 50));
          if (world.requests.length > requests) await client.withMeta.personas.get(1);
        }
      };
      return { client, owner: get(client, 1), next };
    },
  },
];

const afterWindow: Kind = {
  name: 'background revalidation, after the stale window',
  service: PUBLIC,
  limitMs: TIMEOUT_MS,
  garbage: [],
  setup: async (world) => {
    const cache = { ttlMs: 100, staleWhileRevalidateMs: 400, staleIfErrorMs: 0 };
    const client = world.createClient({ cache });
    await client.personas.get(1);
    await world.clock.advance(200);
    world.hold(/personas\/1$/);
    const next = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return client.personas.get(1);
    };
    return { client, owner: get(client, 1), next };
  },
};

const limiter: readonly Kind[] = [
  {
    name: 'slot of the limiter',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    setup: (world) => {
      const client = world.createClient({ concurrency: 1 });
      world.hold(/personas\/1$/);
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'queue of the limiter',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    garbage: [],
    setup: (world) => {
      const client = world.createClient({ concurrency: 1 });
      world.hold(/personas\/1$/);
      world.start(get(client, 1)); // a visitor who stays
      let waiting = 0;
      const waitInQueue = (id: number) => () => {
        waiting++;
        return client.personas.get(id);
      };
      return {
        client,
        owner: waitInQueue(2),
        next: waitInQueue(3),
        hasReached: () => waiting > 0 && world.heldCount > 0,
      };
    },
  },
];

const detection: readonly Kind[] = [
  {
    name: 'dialect detection',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    setup: (world) => {
      const client = world.createClient({ dialect: 'auto' });
      world.hold(/personas\?/);
      return { client, owner: () => client.demographic.get(1), next: () => client.demographic.get(2) };
    },
  },
  {
    name: 'list verification',
    service: { ...PUBLIC, published: true, seed: false },
    limitMs: TIMEOUT_MS,
    setup: async (world) => {
      await world.createClient().personas.create({ name: 'A', psychographic: { interests: ['ab'] } });
      const client = world.createClient(NO_CACHE);
      world.hold(/personas\/1$/);
      const list = () => client.personas.list();
      return { client, owner: list, next: list };
    },
  },
  {
    name: 'queue of equal creates',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    setup: (world) => {
      const client = world.createClient({
        onUnknownOutcome: 'reconcile',
        retry: { limit: 1 },
        lateWriteWindowMs: 100,
      });
      world.hold(/^POST/);
      const create = () => client.personas.create({ name: 'same' });
      return { client, owner: create, next: create };
    },
  },
];

/** Keeps the tokens in a map. `holdOnce` names the function whose first call the world holds. */
function createTokenStore(
  world: World,
  holdOnce: 'get' | 'set' | 'lock' | 'none',
): TokenStore & { isHolding: boolean } {
  const entries = new Map<string, TokenPair>();
  const hold = async <T>(name: typeof holdOnce, value: T): Promise<T> =>
    name === holdOnce && store.isHolding ? world.holdWork(value) : value;
  const store: TokenStore & { isHolding: boolean } = {
    isHolding: true,
    get: async (key) => hold('get', entries.get(key)),
    set: async (key, tokens) => {
      entries.set(key, tokens);
      await hold('set', undefined);
    },
    delete: async (key) => void entries.delete(key),
    lock: async (key, work) => {
      await hold('lock', undefined);
      return work({
        get: () => entries.get(key),
        replace: async (tokens) => {
          if (tokens) entries.set(key, tokens);
          else entries.delete(key);
          return true;
        },
      });
    },
  };
  return store;
}

/** After a failed login or refresh, the client waits before it asks again. */
const PAUSE_MS = 5_000;
const ODD_RESULTS = [
  () => 42,
  () => ({}),
  () => 'two words',
  () => {
    throw undefined;
  },
  () => {
    throw 'odd';
  },
];

const auth: readonly Kind[] = [
  {
    name: 'login',
    limitMs: TIMEOUT_MS,
    limitAfterGarbageMs: PAUSE_MS,
    setup: (world) => {
      const client = world.createClient({ auth: USER });
      world.hold(/auth\/login/);
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'login of another view',
    limitMs: TIMEOUT_MS,
    garbage: [], // the second failure starts a pause that is longer than callers wait
    setup: async (world) => {
      const root = world.createClient();
      world.addFault(fail({ status: 503, times: 1, match: { path: /login/ } }));
      await root
        .as(USER)
        .personas.get(1)
        .catch(() => {}); // starts a pause, which all views share
      await world.clock.advance(PAUSE_MS + 100);
      world.hold(/auth\/login/);
      const viewGet = (id: number) => {
        const view = root.as(USER);
        return () => view.personas.get(id);
      };
      return { client: root, owner: viewGet(1), next: viewGet(2) };
    },
  },
  {
    name: 'refresh',
    limitMs: TIMEOUT_MS,
    limitAfterSleepMs: TIMEOUT_MS + PAUSE_MS, // a refresh token can be spent once
    limitAfterGarbageMs: PAUSE_MS,
    setup: async (world) => {
      const client = world.createClient({ auth: USER, cache: false });
      await client.personas.get(1);
      world.expireTokens();
      world.hold(/auth\/refresh/);
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'getToken',
    service: PUBLIC,
    limitMs: PAUSE_MS, // it is never called twice within 5 s
    limitAfterSleepMs: TIMEOUT_MS + PAUSE_MS, // a clock jump looks like sleep, so the first call must end before
    limitAfterGarbageMs: PAUSE_MS,
    garbage: ODD_RESULTS,
    setup: (world) => {
      const client = world.createClient({ auth: { getToken: () => world.holdWork('token') } });
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'token store, loading the tokens',
    limitMs: 2_000,
    garbage: ODD_RESULTS,
    setup: (world) => {
      const client = world.createClient({ auth: USER, tokenStore: createTokenStore(world, 'get') });
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'token store, acquiring the lock',
    limitMs: TIMEOUT_MS,
    garbage: [
      () => {
        throw undefined;
      },
      () => {
        throw 'odd';
      },
    ],
    setup: (world) => {
      const client = world.createClient({ auth: USER, tokenStore: createTokenStore(world, 'lock') });
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'token store, writing the tokens',
    limitMs: TIMEOUT_MS,
    garbage: [
      () => {
        throw undefined;
      },
      () => {
        throw 'odd';
      },
    ],
    setup: (world) => {
      const store = createTokenStore(world, 'set');
      const client = world.createClient({ tokenStore: store });
      const login = () => client.auth.login(USER);
      const next = async () => {
        await login();
        return client.personas.get(1);
      };
      return { client, owner: login, next };
    },
  },
];

const STORE_TIMEOUT_MS = 500;

const sharedStore: readonly Kind[] = [
  {
    name: 'shared cache store, reading',
    service: PUBLIC,
    limitMs: STORE_TIMEOUT_MS,
    garbage: [
      () => undefined,
      () => [],
      () => ({}),
      () => 'odd',
      () => {
        throw undefined;
      },
    ],
    setup: (world) => {
      const store = new MemoryStore();
      const getMany = store.getMany.bind(store);
      store.getMany = async (keys) => world.holdWork(await getMany(keys));
      const client = createStoreClient(world, store);
      return { client, owner: get(client, 1), next: get(client, 1) };
    },
  },
  ...(['importKey', 'sign'] as const).map(
    (name): Kind => ({
      name: `shared cache store, crypto.subtle.${name}`,
      service: PUBLIC,
      limitMs: 2_000,
      garbage: [
        () => {
          throw new DOMException('odd', 'OperationError');
        },
      ],
      setup: (world) => {
        world.holdCrypto(name);
        const client = createStoreClient(world, new MemoryStore());
        return { client, owner: get(client, 1), next: get(client, 1) };
      },
    }),
  ),
];

const createStoreClient = (world: World, store: MemoryStore) =>
  world.createClient({ cache: { store, keySecret: KEY_SECRET, storeTimeoutMs: STORE_TIMEOUT_MS } });

const RETRY_AFTER_MS = 2_000;

const availability: readonly Kind[] = [
  {
    name: 'Retry-After, waiting in the queue',
    service: PUBLIC,
    limitMs: RETRY_AFTER_MS + TIMEOUT_MS,
    garbage: [],
    setup: async (world) => {
      const client = world.createClient(NO_CACHE);
      world.addFault(fail({ status: 503, times: 1, headers: { 'retry-after': '2' } }));
      await client.personas.get(1).catch(() => {});
      let hasStarted = false;
      const owner = () => {
        hasStarted = true;
        return client.personas.get(1);
      };
      return { client, owner, next: get(client, 2), hasReached: () => hasStarted };
    },
  },
  {
    name: 'Retry-After, probe',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    setup: async (world) => {
      const client = world.createClient(NO_CACHE);
      world.addFault(fail({ status: 503, times: 1, headers: { 'retry-after': '2' } }));
      await client.personas.get(1).catch(() => {});
      await world.clock.advance(RETRY_AFTER_MS + 100);
      world.hold(/personas\/1$/);
      return { client, owner: get(client, 1), next: get(client, 2) };
    },
  },
  {
    name: 'probe of the circuit',
    service: PUBLIC,
    limitMs: TIMEOUT_MS,
    limitAfterGarbageMs: TIMEOUT_MS,
    setup: async (world) => {
      const client = world.createClient({ ...NO_CACHE, breaker: { failMax: 1, resetTimeoutMs: TIMEOUT_MS } });
      world.addFault(fail({ status: 503, times: 1 }));
      await client.personas.get(1).catch(() => {});
      await world.clock.advance(TIMEOUT_MS + 100);
      world.hold(/personas\/1$/);
      const next = async (): Promise<unknown> => {
        for (;;) {
          const result = await client.personas.get(2).catch((error: { code?: string }) => error);
          if (!(result instanceof Error) || (result as { code?: string }).code !== 'circuit_open')
            return result;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      return { client, owner: get(client, 1), next };
    },
  },
  {
    name: 'client created by a visitor, with a logger',
    service: PUBLIC,
    limitMs: 0,
    garbage: [],
    setup: (world) => {
      const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
      let client: PersonaClient | undefined;
      const getClient = () => {
        client ??= world.createClient({ logger: silent, logLevel: 'debug', cache: { ttlMs: 1 } });
        return client;
      };
      world.hold(/personas\/1$/);
      return {
        get client() {
          return getClient();
        },
        owner: () => getClient().personas.get(1),
        next: () => getClient().personas.get(2),
      };
    },
  },
];

/** Every kind of shared work in `src`. */
export const KINDS: readonly Kind[] = [
  ...reads,
  ...points,
  afterWindow,
  ...limiter,
  ...detection,
  ...auth,
  ...sharedStore,
  ...availability,
];

/** Whether the owner has reached the point at which it can be lost. */
export const hasReachedPoint = (world: World, { hasReached }: Callers): boolean =>
  (hasReached ?? isHeld(world))();
