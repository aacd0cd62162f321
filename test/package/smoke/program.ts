/**
 * What every runtime, bundler and module format must manage with the packed package: the same program for all.
 * It uses nothing but the web platform. The service and the control of its faults are elsewhere, on sockets.
 */
type Library = typeof import('persona-client');
type Client = InstanceType<Library['PersonaClient']>;

export interface Setting {
  /** The package as this runtime loads it. */
  readonly library: Library;
  /** Another copy of it, in the other format where the runtime has two. */
  readonly other: Library;
  /** Where the Persona Service answers. */
  readonly service: string;
  /** Where its faults and its log are, see `support/host.ts`. */
  readonly control: string;
}

export const CASES = [
  'list',
  'create',
  'get',
  'update',
  'delete',
  'refresh on 401',
  'retry',
  'breaker opens',
  'breaker recovers',
  'abort',
  'instanceof',
] as const;
export type CaseName = (typeof CASES)[number];

/** A case without an error has passed. */
export interface Result {
  readonly name: CaseName;
  readonly error?: string;
}

const FRESH = { cache: 'no-store' } as const;

/** Makes the clients, without a request: a worker does it before any request is there. */
export function smoke(setting: Setting): (name: CaseName) => Promise<Result> {
  const { library, other, service, control } = setting;
  const options = { baseUrl: service, auth: { username: 'admin', password: 'secret' } };
  const client = new library.PersonaClient({ ...options, retry: { backoffMs: 1 } });
  const breaker = { failMax: 2, resetTimeoutMs: 200 };
  const fragile = new library.PersonaClient({ ...options, retry: false, cache: false, breaker });
  let id = 0;

  const remote = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await fetch(`${control}${path}`, init)).json();
  const fault = (what: object) => remote('/faults', { method: 'POST', body: JSON.stringify(what) });

  const cases: Record<CaseName, () => Promise<void>> = {
    list: async () => {
      const page = await client.personas.list({ page: 1, perPage: 2 });
      same(page.items.length, 2);
      same((await page.nextPage())?.page, 2);
    },
    create: async () => {
      const created = await client.personas.create({ name: 'Packed', contextual: { season: 'winter' } });
      same(created.contextual?.season, 'winter');
      id = created.id;
    },
    get: async () => {
      same((await client.personas.get(id)).name, 'Packed');
      same((await client.withMeta.personas.get(id)).meta.source, 'cache');
    },
    update: async () => {
      await client.personas.update(id, { name: 'Renamed' });
      same((await client.personas.get(id)).name, 'Renamed');
      await client.demographic.update(id, { city: 'Toronto' });
      same((await client.demographic.get(id)).city, 'Toronto');
    },
    delete: async () => {
      await client.personas.delete(id);
      const gone = await failureOf(client.personas.get(id));
      ofKind(gone, library.PersonaNotFoundError);
      same(gone.personaId, id);
    },
    'refresh on 401': async () => {
      await remote('/requests', { method: 'DELETE' });
      await fault({ status: 401, times: 1, match: { method: 'GET', path: '/api/v1/personas/1' } });
      same((await client.personas.get(1, FRESH)).id, 1);
      const asked = (await remote('/requests')) as readonly Record<'method' | 'path', string>[];
      same(asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/refresh')).length, 1);
      same(asked.filter(({ method, path }) => method === 'GET' && path.endsWith('/personas/1')).length, 2);
    },
    retry: async () => {
      await fault({ status: 503, times: 2 });
      same((await client.withMeta.personas.get(2, FRESH)).meta.attempts, 3);
    },
    'breaker opens': async () => {
      await fragile.personas.list();
      await fault({ status: 503 });
      for (const _ of [1, 2]) ofKind(await failureOf(fragile.personas.list()), library.PersonaServerError);
      ofKind(await failureOf(fragile.personas.list()), library.PersonaCircuitOpenError);
      same(fragile.circuit, 'open');
    },
    'breaker recovers': async () => {
      await remote('/faults', { method: 'DELETE' });
      same((await whenLetThrough(fragile, library)).page, 1);
      same(fragile.circuit, 'closed');
    },
    abort: async () => {
      await fault({ stall: true, times: 1, match: { path: '/api/v1/personas/3' } });
      const retrySkipped = new AbortController();
      const reason = new Error('the user left');
      const call = failureOf(client.personas.get(3, { ...FRESH, signal: retrySkipped.signal }));
      await remote('/arrived?request=GET /api/v1/personas/3');
      retrySkipped.abort(reason);
      const aborted = await call;
      ofKind(aborted, library.PersonaAbortError);
      same(aborted.cause, reason);
      same(aborted.name, 'AbortError');
    },
    instanceof: async () => {
      const foreign = new other.PersonaClient({ ...options, retry: false });
      const gone = await failureOf(foreign.personas.get(999_999));
      foreign.close();
      ofKind(gone, library.PersonaNotFoundError);
      ofKind(gone, library.PersonaError);
      same(gone instanceof library.PersonaServerError, false);
      const own = await failureOf(client.personas.get(999_999));
      ofKind(own, other.PersonaNotFoundError);
      same(own instanceof other.PersonaServerError, false);
      client.close();
      fragile.close();
    },
  };

  return async (name) => {
    try {
      await cases[name]();
      return { name };
    } catch (error) {
      return { name, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
    }
  };
}

/** All cases in their order; each goes on from what the ones before it left. */
export async function runAll(setting: Setting): Promise<Result[]> {
  const run = smoke(setting);
  const results: Result[] = [];
  for (const name of CASES) results.push(await run(name));
  return results;
}

/** The open circuit says how long it stays so. */
async function whenLetThrough(client: Client, { PersonaCircuitOpenError }: Library) {
  for (let turn = 0; turn < 20; turn++) {
    try {
      return await client.personas.list();
    } catch (error) {
      if (!(error instanceof PersonaCircuitOpenError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
    }
  }
  throw new Error('the circuit stayed open');
}

function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, but it is ${String(actual)}`);
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const value = await work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ('error' in value) return value.error;
  throw new Error('expected a failure, but it succeeded');
}

function ofKind<Failure>(
  error: unknown,
  kind: abstract new (...args: never) => Failure,
): asserts error is Failure {
  if (!(error instanceof kind)) throw new Error(`expected ${kind.name}, but it is ${String(error)}`);
}
