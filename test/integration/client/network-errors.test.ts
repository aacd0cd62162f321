import { inspect } from 'node:util';
import { PersonaClient, PersonaConnectionError, PersonaError } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CALLS } from '../../support/calls.js';
import { expectRejection } from '../../support/failures.js';

const createExpiredToken = () => `e30.${btoa(JSON.stringify({ sub: 'ada', iat: 1, exp: 60 }))}.x`;

type CreateError = () => unknown;

/** Creates an error with further properties. */
const platformError =
  (ErrorClass: new (message: string) => Error, message: string, properties: object = {}): CreateError =>
  () =>
    Object.assign(new ErrorClass(message), properties);

const unreadable = {
  get: () => {
    throw new Error('a bug of the application');
  },
};
const createRevoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable(new Error('SECRET'), {});
  revoke();
  return proxy;
};

/** How platforms describe a broken connection. A client that knows all of these still knows only some. */
const ERRORS: Readonly<Record<string, CreateError>> = {
  'Node, reset': () =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
  'workerd, refused or reset': platformError(Error, 'Network connection lost.', { retryable: true }),
  'workerd, DNS or TLS': platformError(Error, 'internal error; reference = abc'),
  'workerd, broken gzip': platformError(TypeError, 'Gzip decompression failed.'),
  'Firefox, cut body': platformError(TypeError, 'Error in input stream'),
  'Bun, broken gzip': platformError(TypeError, 'ZlibError fetching "http://x"', { code: 'ZlibError' }),
  'Bun, not HTTP': platformError(Error, 'Malformed_HTTP_Response', { code: 'Malformed_HTTP_Response' }),
  'Deno, broken gzip': platformError(TypeError, 'Invalid gzip header'),
  'React Native': platformError(TypeError, 'Network request failed'),
  'Electron net.fetch': platformError(Error, 'net::ERR_INTERNET_DISCONNECTED'),
  'Safari 16': platformError(TypeError, 'Could not connect to the server.'),
  'an AbortError that nobody caused': () => new DOMException('The operation was aborted.', 'AbortError'),
  'a class of the application': platformError(class TunnelError extends Error {}, 'the tunnel is down'),
  'a programming error': platformError(ReferenceError, 'fetsh is not defined'),
  'a text': () => 'disconnected',
  nothing: () => undefined,
  'a revoked proxy': createRevoked,
  'a cause that is a revoked proxy': () => new Error('x', { cause: createRevoked() }),
  ...Object.fromEntries(
    ['name', 'message', 'stack', 'code', 'cause', 'errors', 'digest', 'status', 'constructor'].map((key) => [
      `a getter of ${key} that throws`,
      () => Object.defineProperty(new TypeError('x'), key, unreadable),
    ]),
  ),
  'a cause with a getter that throws': () =>
    new TypeError('x', { cause: Object.defineProperty(new Error('x'), 'message', unreadable) }),
};

const PERSONA = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
const brokenBody = (error: unknown) =>
  new Response(new ReadableStream({ pull: (controller) => controller.error(error) }));

/** The ways in which a `fetch` reports an error. */
const FAILURES: Readonly<Record<string, (error: unknown) => Promise<Response>>> = {
  rejection: (error) => Promise.reject(error),
  body: async (error) => brokenBody(error),
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(['global fetch', 'fetch option'] as const)('%s', (kind) => {
  function createClient(fetch: typeof globalThis.fetch, options: object = {}) {
    if (kind === 'global fetch') vi.stubGlobal('fetch', fetch);
    const client = new PersonaClient({
      baseUrl: 'http://localhost:1',
      dialect: 'subresource',
      cache: false,
      retry: { limit: 2, backoffMs: 1 },
      ...(kind === 'fetch option' && { fetch }),
      ...options,
    });
    onTestFinished(() => client.close());
    return client;
  }

  describe.each(Object.keys(FAILURES))('%s', (failure) => {
    const failWith = (createError: CreateError) => vi.fn(() => FAILURES[failure]?.(createError()) as never);

    it.each(Object.entries(ERRORS))('%s: retries a read', async (_name, createError) => {
      const fetch = failWith(createError);
      const client = createClient(fetch, { breaker: false });
      const error = await expectRejection(PersonaConnectionError, client.personas.get(1));
      expect(error).toMatchObject({ code: 'connection_failed', attempts: 3, maybeApplied: false });
      expect(fetch).toHaveBeenCalledTimes(3);
    });

    it.each(Object.entries(ERRORS))('%s: a create may have been applied', async (_name, createError) => {
      const fetch = failWith(createError);
      const client = createClient(fetch, { breaker: false });
      const error = await expectRejection(PersonaConnectionError, client.personas.create({ name: 'x' }));
      expect(error).toMatchObject({ attempts: 1, maybeApplied: true });
      expect(fetch).toHaveBeenCalledTimes(1);
    });

    it.each(Object.entries(ERRORS))(
      '%s: opens the circuit, and the fallback applies',
      async (_name, createError) => {
        const client = createClient(failWith(createError), { retry: false, breaker: { failMax: 2 } });
        for (let i = 0; i < 2; i++)
          expect(await client.personas.get(1, { fallback: () => 'fallback' as never })).toBe('fallback');
        expect(client.circuit).toBe('open');
      },
    );

    it.each(Object.entries(ERRORS))('%s: a login fails', async (_name, createError) => {
      const client = createClient(failWith(createError));
      const login = client.auth.login({ username: 'ada', password: 'secret' });
      await expectRejection(PersonaConnectionError, login);
    });

    it.each(Object.entries(ERRORS))('%s: serves a stale response', async (_name, createError) => {
      let isBroken = false;
      const fetch = async () =>
        isBroken ? (FAILURES[failure]?.(createError()) as never) : Response.json(PERSONA);
      const client = createClient(fetch, { cache: { ttlMs: 0, staleIfErrorMs: 60_000 } });
      await client.personas.get(1);
      isBroken = true;
      expect(await client.withMeta.personas.get(1)).toMatchObject({
        data: { name: 'Ada' },
        meta: { source: 'stale' },
      });
    });
  });

  it('passes the control-flow error of a framework through, and counts nothing', async () => {
    const thrown = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
    const fetch = vi.fn(() => Promise.reject(thrown));
    const client = createClient(fetch, { breaker: { failMax: 1 } });
    expect(await expectRejection(Error, client.personas.get(1, { fallback: () => 'x' as never }))).toBe(
      thrown,
    );
    expect(await expectRejection(Error, client.auth.login({ username: 'a', password: 'b' }))).toBe(thrown);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(client.circuit).toBe('closed');
  });
});

it('names the fetch option before CORS, if it rejects in a page', async () => {
  vi.stubGlobal('location', { origin: 'https://app.example.com' });
  onTestFinished(() => void vi.unstubAllGlobals());
  const thrown = new Error('of the application');
  const fetch = () => Promise.reject(thrown);
  const client = new PersonaClient({ fetch, retry: false });
  onTestFinished(() => client.close());
  const error = await expectRejection(PersonaConnectionError, client.personas.get(1));
  expect(error.message).toMatch(
    /the `fetch` option rejected, see the cause\. .*check CORS: the service must allow/,
  );
  expect(error.cause).toBe(thrown);
});

it('hands on the control-flow error of getToken', async () => {
  const thrown = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
  const client = new PersonaClient({ auth: { getToken: () => Promise.reject(thrown) } });
  onTestFinished(() => client.close());
  expect(await expectRejection(Error, client.personas.get(1))).toBe(thrown);
});

/** What Next.js throws to control rendering. */
const CONTROL_FLOW = {
  'redirect()': { digest: 'NEXT_REDIRECT;replace;/sign-in;307;' },
  'notFound()': { digest: 'NEXT_HTTP_ERROR_FALLBACK;404' },
  'a page with dynamic = "error"': { code: 'NEXT_STATIC_GEN_BAILOUT' },
};

it.each(Object.entries(CONTROL_FLOW))(
  'rejects with the unchanged error of Next.js for %s, in all methods',
  async (_, properties) => {
    const thrown = Object.assign(new Error('x'), properties);
    const fetch = vi.fn(() => Promise.reject(thrown));
    const client = new PersonaClient({ fetch, dialect: 'subresource' });
    onTestFinished(() => client.close());
    expect(await expectRejection(Error, client.personas.get(1))).toBe(thrown);
    expect(await expectRejection(Error, client.personas.create({ name: 'Ada' }))).toBe(thrown);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(await expectRejection(Error, createMany(client, [{ name: 'Ada' }]).finish())).toBe(thrown);
  },
);

describe.each(Object.entries(CALLS))('%s', (_name, { run }) => {
  const thrown = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });

  it.each([
    ['a dialect', { dialect: 'attributes' }],
    ['dialect detection', {}],
    ['a login before it', { auth: { username: 'ada', password: 'secret' } }],
    ['a refresh before it', { auth: { accessToken: createExpiredToken(), refreshToken: 'b.c.d' } }],
    ['reconciliation', { onUnknownOutcome: 'reconcile' }],
    ['a stale cache', { cache: { ttlMs: 0, staleIfErrorMs: 60_000 } }],
  ] as const)('hands on the control-flow error of a framework, with %s', async (_options, options) => {
    const client = new PersonaClient({ fetch: () => Promise.reject(thrown), ...options });
    onTestFinished(() => client.close());
    expect(await expectRejection(Error, run(client, 1))).toBe(thrown);
    expect(client.circuit).toBe('closed');
  });
});

describe('a fetch that returns an odd response', () => {
  const streamOf = (...chunks: unknown[]) =>
    new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
  const run = (response: object) => {
    const fetch = async () => response as Response;
    const client = new PersonaClient({
      fetch,
      dialect: 'subresource',
      retry: false,
      baseUrl: 'http://localhost',
    });
    onTestFinished(() => client.close());
    return client.withMeta.personas.create({ name: 'Ada' });
  };
  const headers = new Headers();

  it.each<[string, () => object]>([
    ['text', () => ({ status: 200, headers, body: streamOf('SECRET') })],
    ['bytes and text', () => ({ status: 200, headers, body: streamOf(new Uint8Array([32]), 'SECRET') })],
    ['nothing', () => ({ status: 200, headers, body: streamOf(undefined) })],
    ['an object with a length', () => ({ status: 200, headers, body: streamOf({ byteLength: 9 }) })],
    ['no stream', () => ({ status: 200, headers, body: 'SECRET' })],
    ['a status that throws', () => Object.defineProperty({ headers }, 'status', unreadable)],
    ['a body that throws', () => Object.defineProperty({ status: 200, headers }, 'body', unreadable)],
  ])('%s: the create may have been applied', async (_name, createResponse) => {
    const error = await expectRejection(PersonaError, run(createResponse()));
    expect(error.maybeApplied).toBe(true);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });

  it.each<[string, () => unknown]>([
    ['throws', unreadable.get],
    ['returns an object', () => ({ SECRET: 1 })],
    ['returns a number', () => 5],
    ['returns undefined', () => undefined],
  ])('has no headers if `get` %s', async (_name, get) => {
    const body = () => new Response(JSON.stringify(PERSONA)).body;
    const { data } = await run({ status: 201, headers: { get }, body: body() });
    expect(data).toMatchObject({ name: 'Ada' });
    const error = await expectRejection(PersonaError, run({ status: 503, headers: { get }, body: body() }));
    expect(error).toMatchObject({ code: 'server_error', maybeApplied: true });
    expect(Object(error).retryAfterMs).toBeUndefined();
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND'])(
    'with %s in its body: the create was sent, and is sent once',
    async (code) => {
      let requests = 0;
      const body = () =>
        new ReadableStream({
          pull: (controller) => controller.error(Object.assign(new Error(), { code, syscall: 'connect' })),
        });
      const fetch = async () => {
        requests++;
        return new Response(body(), { status: 201 });
      };
      const client = new PersonaClient({ fetch, dialect: 'subresource', retry: { backoffMs: 0 } });
      onTestFinished(() => client.close());
      const error = await expectRejection(PersonaError, client.personas.create({ name: 'Ada' }));
      expect(error).toMatchObject({ code: 'connection_failed', maybeApplied: true });
      expect(error.message).not.toContain('nothing was sent');
      expect(requests).toBe(1);
    },
  );

  it.each([
    [400, false],
    [404, false],
    [500, true],
    [201, true],
  ])('whose body fails after status %i: maybeApplied is %s', async (status, maybeApplied) => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) });
    const error = await expectRejection(PersonaError, run(new Response(body, { status })));
    expect(error).toMatchObject({ code: 'connection_failed', maybeApplied });
  });
});
