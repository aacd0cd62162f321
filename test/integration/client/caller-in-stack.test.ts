import { EventEmitter, once } from 'node:events';
import { QueryClient } from '@tanstack/query-core';
import { type ClientOptions, type Operation, PersonaClient } from 'persona-client';
import { createMany, createPrivacy, deleteMany, updateMany } from 'persona-client/collections';
import { personaQueries } from 'persona-client/query';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { CALLS } from '../../support/calls.js';

const unavailable = async () =>
  new Response('{"message":"Service Unavailable","status_code":503}', {
    status: 503,
    headers: { 'content-type': 'application/json' },
  });
const createClient = (options: ClientOptions = {}) =>
  new PersonaClient({ fetch: unavailable, dialect: 'attributes', retry: false, breaker: false, ...options });

const CALL_SITE = Symbol.for('persona-client.callSite');

function createRevoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** The function that the stack must show. */
async function callFromApplication(call: () => Promise<unknown>): Promise<unknown> {
  return await call();
}

/** Returns the error and the first ten frames of its stack. */
async function fail(call: () => Promise<unknown>): Promise<{ error: Error; frames: string[] }> {
  const error = await callFromApplication(call).then(
    () => expect.unreachable('the call succeeded'),
    (reason: Error) => reason,
  );
  return { error, frames: String(error.stack).split('\n').slice(1, 11) };
}

async function expectCaller(call: () => Promise<unknown>): Promise<void> {
  const { frames } = await fail(call);
  expect(frames.join('\n')).toContain('callFromApplication');
}

const OPERATIONS = Object.keys(CALLS) as Operation[];

/** Ways to use a promise whose call fails before the application awaits it. */
const LATE: Readonly<Record<string, (call: () => Promise<unknown>) => Promise<unknown>>> = {
  'is awaited later': async (call) => {
    const promise = call();
    await new Promise<void>((resolve) => {
      promise.then(
        () => resolve(),
        () => resolve(),
      );
    });
    return promise;
  },
  'is never awaited': async (call) => {
    const events = new EventEmitter(); // V8 would find a function that awaits a promise of this call
    const rejected = once(events, 'rejected');
    call().catch((error: unknown) => events.emit('rejected', error));
    const [error] = await rejected;
    throw error;
  },
};

describe.each(Object.entries(LATE))('the stack of a call that %s shows the caller', (_, use) => {
  async function expectStart(call: () => Promise<unknown>) {
    const startFromApplication = () => call();
    const error = await use(startFromApplication).then(
      () => expect.unreachable('the call succeeded'),
      (reason: Error) => reason,
    );
    expect(String(error.stack).split('\n').slice(1, 11).join('\n')).toContain('startFromApplication');
  }

  it.each<[string, (client: PersonaClient) => Promise<unknown>]>([
    ['personas.list', (client) => client.personas.list()],
    ['personas.create', (client) => client.personas.create({ name: 'Ada' })],
    ['personas.delete', (client) => client.personas.delete(1)],
    ['contextual.update', (client) => client.contextual.update(1, { season: 'fall' })],
    ['fieldConfig.get', (client) => client.fieldConfig.get()],
    ['schema.get', (client) => client.schema.get()],
    ['health.check', (client) => client.health.check()],
  ])('%s', async (_name, call) => {
    const client = createClient();
    await expectStart(() => call(client));
  });

  it.each<[string, ClientOptions]>([
    ['while the dialect is unknown', { dialect: 'auto' }],
    ['after retries', { retry: { limit: 1, backoffMs: 1 } }],
    ['after a timeout', { timeoutMs: 5, fetch: () => new Promise<Response>(() => {}) }],
  ])('%s', async (_title, options) => {
    const client = createClient(options);
    await expectStart(() => client.personas.get(1));
    await expectStart(() => client.withMeta.personas.get(1));
    await expectStart(() => client.personas.toArray());
    await expectStart(() => client.auth.login({ username: 'user', password: 'password' }));
  });
});

describe('the stack of an error shows the caller', () => {
  it.each(OPERATIONS)('if the service fails: %s', async (operation) => {
    const client = createClient();
    await expectCaller(() => CALLS[operation].run(client, 1));
  });

  it.each(OPERATIONS)('if the circuit is open: %s', async (operation) => {
    const client = createClient({ breaker: { failMax: 1 } });
    await client.health.check({ retry: false }).catch(() => {});
    await client.personas.list().catch(() => {});
    await expectCaller(() => CALLS[operation].run(client, 1));
  });

  it.each(OPERATIONS)('after retries, and while the dialect is unknown: %s', async (operation) => {
    const client = createClient({ dialect: 'auto', retry: { limit: 1, backoffMs: 1 } });
    await expectCaller(() => CALLS[operation].run(client, 1));
  });

  it.each(OPERATIONS)('if the input or an option is invalid: %s', async (operation) => {
    const client = createClient();
    if (CALLS[operation].takesId) await expectCaller(() => CALLS[operation].run(client, 0));
    await expectCaller(() => client.personas.get(1, { timeoutMs: -1 }));
  });

  it('if a timer or a signal ends the call', async () => {
    const hang = () => new Promise<Response>(() => {});
    await expectCaller(() => createClient({ fetch: hang, timeoutMs: 5 }).personas.get(1));
    await expectCaller(() => createClient({ fetch: hang, deadlineMs: 5 }).personas.get(1));
    await expectCaller(() =>
      createClient({ fetch: hang }).personas.get(1, { signal: AbortSignal.timeout(5) }),
    );
  });

  it('if nothing is cached', async () => {
    await expectCaller(() => createClient().personas.get(1, { cache: 'only-if-cached' }));
  });

  it('with metadata, for pages, iterations and arrays', async () => {
    const client = createClient();
    await expectCaller(() => client.withMeta.personas.get(1));
    await expectCaller(() => client.personas.toArray());
    await expectCaller(() => client.withMeta.personas.toArray());
    await expectCaller(() => client.as({ token: 't' }).personas.get(1));
    await expectCaller(async () => {
      for await (const _ of client.personas.iterate());
    });
  });

  it('of an iteration whose page failed before the application asked for it', async () => {
    const service = createPersonaService();
    let requests = 0;
    const client = createClient({
      fetch: (...args) => (++requests < 3 ? service.fetch(...args) : unavailable()),
      dialect: 'auto',
    });
    await expectCaller(async () => {
      for await (const _ of client.personas.iterate({ perPage: 2 }))
        await new Promise((resolve) => setImmediate(resolve));
    });
  });

  it('of each call that shares a read', async () => {
    const client = createClient();
    async function otherCaller() {
      return await client.personas.get(1);
    }
    const owner = otherCaller().catch((error: Error) => error);
    const { error, frames } = await fail(() => client.personas.get(1));
    expect(frames.join('\n')).toContain('callFromApplication');
    expect(frames.join('\n')).not.toContain('otherCaller');
    const ownerError = await owner;
    expect(ownerError).not.toBe(error);
    expect(ownerError).toMatchObject({ stack: expect.stringContaining('otherCaller') });
  });

  it.each(['login', 'refresh', 'logout'] as const)('of auth.%s', async (method) => {
    const client = createClient({ auth: { token: 'token' } });
    const credentials = { username: 'user', password: 'password' };
    await expectCaller(async () => client.auth[method](credentials));
  });

  it('of each call that shares a refresh of the tokens', async () => {
    const client = createClient({ auth: { accessToken: 'a', refreshToken: 'b' }, allowInsecureAuth: true });
    async function otherCaller() {
      return await client.auth.refresh();
    }
    const owner = otherCaller().catch((error: Error) => error);
    const { error, frames } = await fail(() => client.auth.refresh());
    expect(frames.join('\n')).toContain('callFromApplication');
    expect(frames.join('\n')).not.toContain('otherCaller');
    expect(await owner).not.toBe(error);
    expect(await owner).toMatchObject({ stack: expect.stringContaining('otherCaller') });
  });

  it.each<[string, ClientOptions]>([
    ['if the circuit is open', { breaker: { failMax: 1 } }],
    ['if the service fails', {}],
  ])('of the error that a fallback receives %s', async (_title, options) => {
    const client = createClient(options);
    await client.personas.list().catch(() => {});
    const errors: unknown[] = [];
    const fallback = (error: unknown) => {
      errors.push(Object(error).stack);
      throw error;
    };
    const { error, frames } = await fail(() => client.personas.get(1, { fallback }));
    expect(frames.join('\n')).toContain('callFromApplication');
    expect(errors).toEqual([error.stack]);
  });

  it.each<[string, unknown]>([
    ['a number', 5],
    ['an object without a stack', {}],
    ['an object whose stack is a number', { stack: 5 }],
    [
      'an object whose stack cannot be read',
      {
        get stack() {
          throw new Error('junk');
        },
      },
    ],
    ['a revoked proxy', createRevoked()],
  ])('if the request options have %s under the symbol of bulk operations', async (_title, site) => {
    const client = createClient();
    const options: object = { [CALL_SITE]: site };
    await expectCaller(() => client.personas.get(1, options));
    await expectCaller(() => client.personas.get(1, { ...options, cache: 'reload' }));
  });

  it('if the value under the symbol of bulk operations cannot be read', async () => {
    const options = Object.defineProperty({}, CALL_SITE, {
      enumerable: true,
      get: () => {
        throw new Error('junk');
      },
    });
    const { error, frames } = await fail(() => createClient().personas.get(1, options));
    expect(error).toMatchObject({ code: 'server_error' });
    expect(frames.join('\n')).toContain('callFromApplication');
  });

  it.each<[string, (client: PersonaClient) => Promise<{ readonly stopError?: unknown }>]>([
    ['createMany', (client) => createMany(client, [{ name: 'A' }], { maxStallMs: 0 }).finish()],
    [
      'updateMany',
      (client) => updateMany(client, [{ id: 1, data: { name: 'A' } }], { maxStallMs: 0 }).finish(),
    ],
    ['deleteMany', (client) => deleteMany(client, [1], { maxStallMs: 0 }).finish()],
    ['purge', (client) => createPrivacy(client).purge({ olderThan: '2099-01-01T00:00Z', maxStallMs: 0 })],
  ])('of the error that stopped %s', async (_title, run) => {
    const service = createPersonaService({ dialect: 'attributes', seed: 1 });
    const fetch = async (...args: Parameters<typeof service.fetch>) =>
      String(args[0]).endsWith('/personas') || /personas\/\d+$/.test(String(args[0]))
        ? unavailable()
        : service.fetch(...args);
    await expectCaller(async () => {
      throw (await run(createClient({ fetch: fetch as typeof globalThis.fetch }))).stopError;
    });
  });

  it('of bulk operations, and of their failed items', async () => {
    const client = createClient();
    const signal = AbortSignal.abort();
    await expectCaller(() => createMany(client, [{ name: 'Ada' }], { signal }).finish());
    await expectCaller(async () => {
      for await (const result of createMany(client, [{ name: 'Ada' }], { maxStallMs: 0 }))
        if (!result.ok) throw result.error;
    });
    const privacy = createPrivacy(client);
    await expectCaller(() => privacy.export(1));
    await expectCaller(() => privacy.erase(1));
    await expectCaller(() => privacy.purge({ olderThan: new Date(), maxStallMs: 0 }));
  });

  it('of options for TanStack Query', async () => {
    const queries = personaQueries(createClient());
    const queryClient = new QueryClient();
    await expectCaller(() => queryClient.fetchQuery(queries.personas.get(1)));
    await expectCaller(() => queryClient.fetchQuery(queries.demographic.get(1)));
    await expectCaller(() => queryClient.fetchInfiniteQuery(queries.personas.infiniteList()));
    await expectCaller(() => {
      const mutation = queryClient.getMutationCache().build(queryClient, queries.personas.create());
      return mutation.execute({ name: 'Ada' });
    });
  });

  it('and the function that created the error, once each', async () => {
    const client = createClient();
    const { frames } = await fail(() => client.personas.get(1));
    expect(frames.slice(0, 3).join()).toContain('errorFromResponse');
    expect(new Set(frames).size).toBe(frames.length);
  });

  it('unless the application formats stacks itself, or replaces the stack', async () => {
    const client = createClient();
    const error: Error = await client.personas.get(1).catch((reason) => reason);
    error.stack = 'replaced';
    expect(error.stack).toBe('replaced');
  });

  it('unless the error is of the application', async () => {
    const own = new Error('own');
    const { stack } = own;
    const { error } = await fail(() =>
      createClient().personas.get(1, {
        fallback: () => {
          throw own;
        },
      }),
    );
    expect(error).toBe(own);
    expect(error.stack).toBe(stack);
  });
});
