import { type ClientOptions, PersonaClient, PersonaError, type TokenPair } from 'persona-client';

interface Env {
  readonly SERVICE: string;
}

interface WorkerKind {
  readonly options: ClientOptions;
  /** Runs before the visitors come. */
  readonly prepare?: (client: PersonaClient) => Promise<unknown>;
  /** What a visitor does who comes first, and stays. */
  readonly other?: (client: PersonaClient) => Promise<unknown>;
  /** What the visitor does who leaves. */
  readonly owner: (client: PersonaClient) => Promise<unknown>;
  /** What the next visitor does. Default: the same. */
  readonly next?: (client: PersonaClient) => Promise<unknown>;
}

const USER = { username: 'admin', password: 'correct horse' };
const TIMEOUT_MS = 600;
const NO_CACHE = { cache: false } as const;
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ignore = () => {};
const { random } = Math;
Math.random = () => 0.5 + random() / 2; // backoffs last at least half of their maximum
const get = (id: number) => (client: PersonaClient) => client.personas.get(id);

/** A token store whose functions are requests to the service, so that they belong to the visitor. */
function createTokenStore(env: Env, held: string) {
  const entries = new Map<string, TokenPair>();
  const wait = async (name: string) => {
    if (name === held) await fetch(`${env.SERVICE}/store/${name}`);
  };
  return {
    get: async (key: string) => {
      await wait('get');
      return entries.get(key);
    },
    set: async (key: string, tokens: TokenPair) => {
      entries.set(key, tokens);
      await wait('set');
    },
    delete: async (key: string) => void entries.delete(key),
  };
}

/** A cache store whose reads are requests to the service. */
function createCacheStore(env: Env) {
  const entries = new Map<string, string>();
  return {
    get: (key: string) => entries.get(key),
    getMany: async (keys: string[]) => {
      await fetch(`${env.SERVICE}/store/getMany`);
      return keys.map((key) => entries.get(key));
    },
    set: (key: string, value: string) => void entries.set(key, value),
    delete: (key: string) => void entries.delete(key),
  };
}

/** A read that a stale entry serves, so that it starts a revalidation. */
const STALE_READ = {
  options: { cache: { ttlMs: 200, staleWhileRevalidateMs: 60_000 } },
  prepare: async (client: PersonaClient) => {
    await client.personas.get(1);
    await pass(250);
  },
  owner: get(1),
};

const untilNotStale = async (client: PersonaClient) => {
  for (;;) {
    const { data, meta } = await client.withMeta.personas.get(1);
    if (meta.source !== 'stale') return data;
    await pass(50);
  }
};

const untilCircuitClosed = async (client: PersonaClient): Promise<unknown> => {
  for (;;) {
    try {
      return await client.personas.get(2);
    } catch (error) {
      if (!(error instanceof PersonaError) || error.code !== 'circuit_open') throw error;
      await pass(50);
    }
  }
};

const createKinds = (env: Env): Readonly<Record<string, WorkerKind>> => ({
  'in-flight personas.get, waiting for the response': { options: {}, owner: get(1) },
  'in-flight personas.list, waiting for the response': {
    options: {},
    owner: (client) => client.personas.list(),
  },
  'in-flight demographic.get, waiting for the response': {
    options: {},
    owner: (client) => client.demographic.get(1),
  },
  'in-flight fieldConfig.get, waiting for the response': {
    options: { dialect: 'attributes' },
    owner: (client) => client.fieldConfig.get(),
  },
  'in-flight read, in the body': { options: {}, owner: get(1) },
  'in-flight read, in backoff': {
    options: { retry: { limit: 1, backoffMs: 500, maxBackoffMs: 500 } },
    owner: get(1),
  },
  'background revalidation': {
    ...STALE_READ,
    next: untilNotStale,
  },
  'background revalidation, one read per request': {
    ...STALE_READ,
    next: async (client) => {
      await pass(TIMEOUT_MS);
      const { data, meta } = await client.withMeta.personas.get(1);
      if (meta.source !== 'network') throw new Error(`The response is ${meta.source}.`);
      return data;
    },
  },
  'slot of the limiter': { options: { concurrency: 1 }, owner: get(1), next: get(2) },
  'queue of the limiter': { options: { concurrency: 1 }, other: get(1), owner: get(2), next: get(3) },
  'dialect detection': {
    options: { dialect: 'auto' },
    owner: (client) => client.demographic.get(1),
    next: (client) => client.demographic.get(2),
  },
  'list verification': { options: NO_CACHE, owner: (client) => client.personas.list() },
  'queue of equal creates': {
    options: { onUnknownOutcome: 'reconcile', retry: { limit: 1 }, lateWriteWindowMs: 100 },
    owner: (client) => client.personas.create({ name: 'same' }),
  },
  login: { options: { auth: USER }, owner: get(1), next: get(2) },
  refresh: { options: { auth: USER, cache: false }, prepare: get(1), owner: get(1), next: get(2) },
  getToken: {
    options: { auth: { getToken: async () => (await fetch(`${env.SERVICE}/store/token`)).text() } },
    owner: get(1),
    next: get(2),
  },
  'token store, loading the tokens': {
    options: { auth: USER, tokenStore: createTokenStore(env, 'get') },
    owner: get(1),
    next: get(2),
  },
  'token store, writing the tokens': {
    options: { tokenStore: createTokenStore(env, 'set') },
    owner: (client) => client.auth.login(USER),
    next: async (client) => {
      await client.auth.login(USER);
      return client.personas.get(1);
    },
  },
  'shared cache store, reading': {
    options: {
      cache: { store: createCacheStore(env), keySecret: 'a secret of sixteen or more', storeTimeoutMs: 400 },
    },
    owner: get(1),
  },
  'Retry-After, waiting in the queue': {
    options: NO_CACHE,
    prepare: (client) => client.personas.get(1).catch(ignore),
    owner: get(1),
    next: get(2),
  },
  'Retry-After, probe': {
    options: NO_CACHE,
    prepare: async (client) => {
      await client.personas.get(1).catch(ignore);
      await pass(1_100);
    },
    owner: get(1),
    next: get(2),
  },
  'probe of the circuit': {
    options: { ...NO_CACHE, breaker: { failMax: 1, resetTimeoutMs: 600 } },
    prepare: async (client) => {
      await client.personas.get(1).catch(ignore);
      await pass(650);
    },
    owner: get(1),
    next: untilCircuitClosed,
  },
});

let kinds: Readonly<Record<string, WorkerKind>> | undefined;
const clients = new Map<string, PersonaClient>();

/** The clients live as long as the isolate. Each path is `/<kind>/<step>`. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    kinds ??= createKinds(env);
    const [name = '', step] = new URL(request.url).pathname.slice(1).split('/').map(decodeURIComponent);
    const kind = kinds[name];
    if (!kind) return Response.json(Object.keys(kinds));
    const client =
      clients.get(name) ??
      new PersonaClient({
        baseUrl: env.SERVICE,
        dialect: 'subresource',
        timeoutMs: TIMEOUT_MS,
        deadlineMs: 10_000,
        retry: false,
        allowInsecureAuth: true,
        ...kind.options,
      });
    clients.set(name, client);
    try {
      const { prepare, other, owner, next = owner } = kind;
      const run = { prepare, other, owner, next }[step as 'next'];
      const result = (await run?.(client)) ?? null;
      return new Response(`ok ${JSON.stringify(result).slice(0, 60)}`);
    } catch (error) {
      if (error instanceof PersonaError) return new Response(`${error.code}: ${error.message}`);
      return new Response(`RAW ${error}`);
    }
  },
};
