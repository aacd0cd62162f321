import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import {
  type ClientOptions,
  PersonaClient,
  PersonaConnectionError,
  PersonaError,
  PersonaNotFoundError,
  PersonaResponseError,
  PersonaServerError,
  PersonaTimeoutError,
  PersonaValidationError,
} from 'persona-client';
import { createPersonaService, fail } from 'persona-client/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { reshape, SHAPE_NAMES } from '../../support/response-shapes.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

function createClient(fetch: typeof globalThis.fetch, options: ClientOptions = {}) {
  const client = new PersonaClient({ fetch, retry: false, cache: false, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A service whose responses have the shape. */
function setup(shape: string, options: ClientOptions = {}) {
  const service = createPersonaService({ auth: { users: { ada: 'secret' } } });
  const auth = { username: 'ada', password: 'secret' };
  return { service, client: createClient(reshape(service.fetch, shape), { auth, ...options }) };
}

describe.each(SHAPE_NAMES)('%s', (shape) => {
  it('works for logins, reads, writes and responses without a body', async () => {
    const { client } = setup(shape);
    expect((await client.personas.list({ perPage: 2 })).items).toHaveLength(2);
    const { id } = await client.personas.create({ name: 'Zoë 🌍' });
    expect(await client.personas.get(id)).toMatchObject({ name: 'Zoë 🌍' });
    expect(await client.personas.update(id, { name: 'Ada' })).toMatchObject({ name: 'Ada' });
    await client.personas.delete(id);
    expect(await client.health.check()).toMatchObject({ status: 'healthy' });
    await client.auth.logout();
  });

  it('reads the bodies and headers of errors', async () => {
    const { service, client } = setup(shape);
    await expectRejection(PersonaNotFoundError, client.personas.get(99_999));
    service.faults.add(fail({ status: 422, body: '{"error":"name: is taken"}', times: 1 }));
    await expectRejection(PersonaValidationError, client.personas.create({ name: 'Ada' }));
    service.faults.add(fail({ status: 503, body: '{}', headers: { 'retry-after': '7' }, times: 1 }));
    const error = await expectRejection(PersonaServerError, client.personas.get(1));
    expect(error).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  });

  it('limits the size of a response', async () => {
    const name = 'é'.repeat(100); // 200 bytes
    const persona = { id: 1, name, created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
    const bytes = new TextEncoder().encode(JSON.stringify(persona)).length;
    const respond = reshape(async () => Response.json(persona), shape);
    const read = (maxResponseBytes: number) =>
      createClient(respond, { maxResponseBytes, dialect: 'subresource' }).personas.get(1);
    const extra = shape.includes('byte order mark') ? 3 : 0;
    expect(await read(bytes + extra)).toMatchObject({ name });
    for (const maxBytes of [bytes + extra - 1, 150, 1]) {
      const error = await expectRejection(PersonaResponseError, read(maxBytes));
      expect(error.message).toContain(`the response is larger than ${maxBytes} bytes`);
    }
  });

  it('accepts 204 without reading a body', async () => {
    const respond = reshape(async () => new Response(null, { status: 204 }), shape);
    await createClient(respond, { dialect: 'subresource' }).personas.delete(1);
  });
});

const headers = new Headers();
const lockedStream = () => {
  const stream = new ReadableStream();
  stream.getReader();
  return stream;
};
const readResponse = async () => {
  const response = Response.json({ id: 1 });
  await response.text();
  return response;
};

/** What a broken `fetch` returns, and the code of the error. */
const GARBAGE: Readonly<Record<string, readonly [create: () => unknown, code: string]>> = {
  nothing: [() => undefined, 'invalid_response'],
  null: [() => null, 'invalid_response'],
  'a text': [() => '{"id":1}', 'invalid_response'],
  'a number': [() => 200, 'invalid_response'],
  'parsed JSON': [() => ({ id: 1, name: 'Ada' }), 'invalid_response'],
  'only ok and json': [() => ({ ok: true, json: async () => ({}) }), 'invalid_response'],
  'a status that is a text': [() => ({ status: '200', headers, text: async () => '{}' }), 'invalid_response'],
  'status 0': [() => ({ status: 0, headers, text: async () => '' }), 'connection_failed'],
  'status NaN': [() => ({ status: Number.NaN, headers, text: async () => '{}' }), 'connection_failed'],
  'no headers and no body': [() => ({ status: 200 }), 'invalid_response'],
  'a text as body': [() => ({ status: 200, headers, body: '{"id":1}' }), 'invalid_response'],
  'an object as body': [() => ({ status: 200, headers, body: { id: 1 } }), 'invalid_response'],
  'a body that was read': [readResponse, 'invalid_response'],
  'a body without a stream that was read': [
    () => ({ status: 200, headers, bodyUsed: true, text: async () => '' }),
    'invalid_response',
  ],
  'a body that others read': [() => ({ status: 200, headers, body: lockedStream() }), 'invalid_response'],
  'text that returns an object': [
    () => ({ status: 200, headers, text: async () => ({ id: 1 }) }),
    'invalid_response',
  ],
  'arrayBuffer that returns a number': [
    () => ({ status: 200, headers, arrayBuffer: async () => 5 }),
    'invalid_response',
  ],
  'json that returns nothing': [
    () => ({ status: 200, headers, json: async () => undefined }),
    'invalid_response',
  ],
  'json that throws': [
    () => ({
      status: 200,
      json: () => {
        throw new Error('SECRET');
      },
    }),
    'connection_failed',
  ],
  'json that rejects': [
    () => ({ status: 200, headers, json: () => Promise.reject(new SyntaxError('SECRET')) }),
    'connection_failed',
  ],
  'json that returns a cycle': [
    () => {
      const cycle: Record<string, unknown> = {};
      cycle.self = cycle;
      return { status: 200, headers, json: async () => cycle };
    },
    'connection_failed',
  ],
  'a stream that fails': [() => ({ status: 200, headers, body: failingStream() }), 'connection_failed'],
  'json that never settles': [() => ({ status: 200, headers, json: () => new Promise(() => {}) }), 'timeout'],
  'a stream that never ends': [() => new Response(new ReadableStream()), 'timeout'],
};

async function* failingStream() {
  yield new Uint8Array([123]);
  throw new Error('SECRET');
}

describe.each(Object.entries(GARBAGE))('a fetch that returns %s', (_name, [create, code]) => {
  const options = { dialect: 'subresource', timeoutMs: 50 } as const;
  const fetch = (async () => create()) as typeof globalThis.fetch;

  it.each<[string, (client: PersonaClient) => Promise<unknown>, boolean]>([
    ['a read', (client) => client.personas.get(1), false],
    ['a create', (client) => client.personas.create({ name: 'Ada' }), true],
    ['a login', (client) => client.auth.login({ username: 'ada', password: 'secret' }), false],
  ])('fails %s with a typed error', async (_call, run, maybeApplied) => {
    const error = await expectRejection(PersonaError, run(createClient(fetch, options)));
    expect(error).toMatchObject({ code, maybeApplied, attempts: 1 });
    if (code === 'timeout') expect(error).toBeInstanceOf(PersonaTimeoutError);
    if (code === 'connection_failed') expect(error).toBeInstanceOf(PersonaConnectionError);
  });

  it('is retried by the usual rules', async () => {
    const spy = vi.fn(fetch);
    const client = createClient(spy, { ...options, retry: { limit: 1, backoffMs: 1 } });
    await expectRejection(PersonaError, client.personas.get(1));
    expect(spy).toHaveBeenCalledTimes(code === 'invalid_response' ? 1 : 2);
  });
});

it.each<[string, typeof globalThis.fetch]>([
  ['with a stream', readResponse],
  ['without', async () => ({ status: 200, bodyUsed: true, text: async () => '' }) as unknown as Response],
])('says that a wrapper of fetch has read the body, %s', async (_name, fetch) => {
  const client = createClient(fetch, { dialect: 'subresource' });
  const { message } = await expectRejection(PersonaResponseError, client.personas.get(1));
  expect(message).toContain('the `fetch` option returned a response whose body was already read');
});

it('ends a stream that is too large', async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(100);
    } finally {
      ended = true;
    }
  }
  const fetch = async () => ({ status: 200, headers, body: endless() }) as unknown as Response;
  const client = createClient(fetch, { maxResponseBytes: 1_000, dialect: 'subresource' });
  await expectRejection(PersonaResponseError, client.personas.get(1));
  expect(ended).toBe(true);
});

it('does not repeat the message of a SyntaxError, which quotes the body', async () => {
  const json = async () => JSON.parse('SECRET');
  const fetch = async () => ({ status: 200, headers, json }) as unknown as Response;
  const error = await expectRejection(PersonaError, createClient(fetch).personas.get(1));
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
});

describe.each(['json', 'text'])('a mock whose %s rejects', (method) => {
  it.each([
    [400, 'rejected_input'],
    [403, 'forbidden'],
    [409, 'conflict'],
    [422, 'rejected_input'],
    [429, 'rate_limited'],
    [500, 'server_error'],
    [503, 'server_error'],
    [200, 'connection_failed'],
  ])('keeps the class of the status %i', async (status, code) => {
    const body = { [method]: () => Promise.reject(new SyntaxError('not JSON')) };
    const client = createClient(async () => ({ status, headers, ...body }) as unknown as Response, {
      dialect: 'subresource',
    });
    const error = await expectRejection(PersonaError, client.personas.create({ name: 'Ada' }));
    expect(error).toMatchObject({ code, maybeApplied: status === 200 || status >= 500 });
    await expect(client.personas.list()).rejects.toMatchObject({ code });
  });
});

describe('a body that arrives after the wrapper of fetch has dropped the signal', () => {
  /** Opens a body that never ends. `cancelled` resolves when it is cancelled. */
  function openBody() {
    let onCancel = () => {};
    const cancelled = new Promise<void>((resolve) => {
      onCancel = resolve;
    });
    return { body: new ReadableStream<Uint8Array>({ cancel: () => onCancel() }), cancelled };
  }

  it('is cancelled when the attempt times out', async () => {
    const { body, cancelled } = openBody();
    const client = createClient(async () => new Response(body), { timeoutMs: 20 });
    await expectRejection(PersonaTimeoutError, client.health.check());
    await cancelled;
  });

  it('is cancelled if the attempt has timed out before', async () => {
    const { body, cancelled } = openBody();
    let respond = (_: Response) => {};
    const response = new Promise<Response>((resolve) => {
      respond = resolve;
    });
    const client = createClient(() => response, { timeoutMs: 20 });
    await expectRejection(PersonaTimeoutError, client.health.check());
    respond(new Response(body));
    await cancelled;
  });

  it('is destroyed if it is a stream of Node.js', async () => {
    const body = new PassThrough();
    const closed = once(body, 'close');
    const fetch = async () => ({ status: 200, headers, body }) as unknown as Response;
    await expectRejection(PersonaTimeoutError, createClient(fetch, { timeoutMs: 20 }).health.check());
    await closed;
  });
});
