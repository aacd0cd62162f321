/**
 * The smoke program: cases that the packed package must pass in every runtime, bundler and module format.
 *
 * It uses only web platform APIs. The service and its fault control run elsewhere, on sockets.
 */
type Library = typeof import('persona-client');
type Client = InstanceType<Library['PersonaClient']>;

export interface SmokeOptions {
  /** The package as this runtime loads it. */
  readonly library: Library;
  /** A second copy of the package, in the other module format if the runtime supports both. */
  readonly otherCopy: Library;
  /** Base URL of the Persona Service. */
  readonly serviceUrl: string;
  /** URL of the server that adds faults and returns the request log. See `test/support/controlled-service.ts`. */
  readonly controlUrl: string;
  /** URLs of servers that do not speak clean HTTP. See `test/support/broken-servers.ts`. */
  readonly brokenUrls: readonly string[];
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
  'broken servers',
  'instanceof',
] as const;
export type CaseName = (typeof CASES)[number];

/** A case without an error has passed. */
export interface CaseResult {
  readonly name: CaseName;
  readonly error?: string;
}

const NO_STORE = { cache: 'no-store' } as const;

/** Creates the clients and returns a function that runs one case. Sends no request until a case runs. */
export function createRunner({ library, otherCopy, serviceUrl, controlUrl, brokenUrls }: SmokeOptions) {
  const options = { baseUrl: serviceUrl, auth: { username: 'admin', password: 'secret' } };
  const client = new library.PersonaClient({ ...options, retry: { backoffMs: 1 } });
  const breaker = { failMax: 2, resetTimeoutMs: 200 };
  const breakerClient = new library.PersonaClient({ ...options, retry: false, cache: false, breaker });
  let id = 0;

  const control = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await fetch(`${controlUrl}${path}`, init)).json();
  const addFault = (fault: object) => control('/faults', { method: 'POST', body: JSON.stringify(fault) });

  const cases: Record<CaseName, () => Promise<void>> = {
    list: async () => {
      const page = await client.personas.list({ page: 1, perPage: 2 });
      expectSame(page.items.length, 2);
      expectSame((await page.nextPage())?.page, 2);
    },
    create: async () => {
      const created = await client.personas.create({ name: 'Packed', contextual: { season: 'winter' } });
      expectSame(created.contextual?.season, 'winter');
      id = created.id;
    },
    get: async () => {
      expectSame((await client.personas.get(id)).name, 'Packed');
      expectSame((await client.withMeta.personas.get(id)).meta.source, 'cache');
    },
    update: async () => {
      await client.personas.update(id, { name: 'Renamed' });
      expectSame((await client.personas.get(id)).name, 'Renamed');
      await client.demographic.update(id, { city: 'Toronto' });
      expectSame((await client.demographic.get(id)).city, 'Toronto');
    },
    delete: async () => {
      await client.personas.delete(id);
      const error = await catchFailure(client.personas.get(id));
      expectInstance(error, library.PersonaNotFoundError);
      expectSame(error.personaId, id);
    },
    'refresh on 401': async () => {
      await control('/requests', { method: 'DELETE' });
      await addFault({ status: 401, times: 1, match: { method: 'GET', path: '/api/v1/personas/1' } });
      expectSame((await client.personas.get(1, NO_STORE)).id, 1);
      const requests = (await control('/requests')) as readonly Record<'method' | 'path', string>[];
      expectSame(
        requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/refresh')).length,
        1,
      );
      expectSame(
        requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/personas/1')).length,
        2,
      );
    },
    retry: async () => {
      await addFault({ status: 503, times: 2 });
      expectSame((await client.withMeta.personas.get(2, NO_STORE)).meta.attempts, 3);
    },
    'breaker opens': async () => {
      await breakerClient.personas.list();
      await addFault({ status: 503 });
      for (const _ of [1, 2])
        expectInstance(await catchFailure(breakerClient.personas.list()), library.PersonaServerError);
      expectInstance(await catchFailure(breakerClient.personas.list()), library.PersonaCircuitOpenError);
      expectSame(breakerClient.circuit, 'open');
    },
    'breaker recovers': async () => {
      await control('/faults', { method: 'DELETE' });
      expectSame((await listOnceAdmitted(breakerClient, library)).page, 1);
      expectSame(breakerClient.circuit, 'closed');
    },
    abort: async () => {
      await addFault({ stall: true, times: 1, match: { path: '/api/v1/personas/3' } });
      const controller = new AbortController();
      const reason = new Error('the user left');
      const call = catchFailure(client.personas.get(3, { ...NO_STORE, signal: controller.signal }));
      await control('/wait?request=GET /api/v1/personas/3');
      controller.abort(reason);
      const aborted = await call;
      expectInstance(aborted, library.PersonaAbortError);
      expectSame(aborted.cause, reason);
      expectSame(aborted.name, 'AbortError');
    },
    'broken servers': async () => {
      for (const url of brokenUrls) await expectFailures(url);
    },
    instanceof: async () => {
      const otherClient = new otherCopy.PersonaClient({ ...options, retry: false });
      const error = await catchFailure(otherClient.personas.get(999_999));
      otherClient.close();
      expectInstance(error, library.PersonaNotFoundError);
      expectInstance(error, library.PersonaError);
      expectSame(error instanceof library.PersonaServerError, false);
      const ownError = await catchFailure(client.personas.get(999_999));
      expectInstance(ownError, otherCopy.PersonaNotFoundError);
      expectSame(ownError instanceof otherCopy.PersonaServerError, false);
      client.close();
      breakerClient.close();
    },
  };

  /** A broken server never causes a raw error. A runtime may accept what others reject, such as a junk header. */
  async function expectFailures(baseUrl: string): Promise<void> {
    const retry = { limit: 1, backoffMs: 1 };
    const broken = new library.PersonaClient({ baseUrl, dialect: 'subresource', cache: false, retry });
    for (const [call, attempts] of [
      [() => broken.personas.get(1), 2],
      [() => broken.personas.create({ name: 'x' }), 1],
      [() => broken.auth.login({ username: 'ada', password: 'secret' }), 1],
    ] as const) {
      const error = await catchFailure(call());
      expectInstance(error, library.PersonaError);
      if (error.code === 'invalid_response') continue;
      expectInstance(error, library.PersonaConnectionError);
      expectSame(error.attempts, attempts);
    }
    broken.close();
  }

  return async (name: CaseName): Promise<CaseResult> => {
    try {
      await cases[name]();
      return { name };
    } catch (error) {
      return { name, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
    }
  };
}

/** Runs all cases in order. Each case depends on the state that earlier cases left. */
export async function runCases(options: SmokeOptions): Promise<CaseResult[]> {
  const run = createRunner(options);
  const results: CaseResult[] = [];
  for (const name of CASES) results.push(await run(name));
  return results;
}

/** Lists personas. While the circuit is open, waits as long as the error says and tries again. */
async function listOnceAdmitted(client: Client, { PersonaCircuitOpenError }: Library) {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await client.personas.list();
    } catch (error) {
      if (!(error instanceof PersonaCircuitOpenError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
    }
  }
  throw new Error('the circuit stayed open');
}

function expectSame(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, received ${String(actual)}`);
}

async function catchFailure(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error('expected a rejection, but the call fulfilled');
}

function expectInstance<Failure>(
  error: unknown,
  errorClass: abstract new (...args: never) => Failure,
): asserts error is Failure {
  if (!(error instanceof errorClass))
    throw new Error(`expected ${errorClass.name}, received ${String(error)}`);
}
