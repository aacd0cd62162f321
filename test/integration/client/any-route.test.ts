import { inspect } from 'node:util';
import {
  type AnyRequest,
  type Operation,
  PersonaNotFoundError,
  PersonaPermissionError,
  PersonaResponseError,
  PersonaServerError,
  PersonaTimeoutError,
  PersonaValidationError,
  type StandardSchema,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CALLS, OPERATIONS } from '../../support/calls.js';
import { catchError, expectRejection } from '../../support/failures.js';
import { createRandom } from '../../support/random.js';
import { createTestClient, DIALECTS, jsonBody, NO_BACKOFF, startService } from '../../support/service.js';

/** A `fetch` that responds to every request with a body, and keeps the requests. */
function createBackend(body: string, init: ResponseInit = {}) {
  const requests: { url: string; method: string; body: unknown; headers: Headers }[] = [];
  const fetch = async (url: unknown, request: RequestInit = {}) => {
    const { method = 'GET', headers } = request;
    requests.push({ url: String(url), method, body: request.body, headers: new Headers(headers) });
    const isEmpty = body === '' || method === 'HEAD';
    return new Response(isEmpty ? null : body, { headers: { 'content-type': 'application/json' }, ...init });
  };
  return { requests, fetch: fetch as typeof globalThis.fetch };
}

const SCORES = z.object({ scores: z.array(z.number().transform((score) => score * 2)) });
const toSchema = (validate: (value: unknown) => unknown) =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as StandardSchema<unknown, unknown>;

describe('a request', () => {
  it('goes to the API with encoded query, JSON body and token', async () => {
    const { fetch, requests } = createBackend('{"scores":[1,2]}');
    const client = createTestClient({
      fetch,
      baseUrl: 'https://p.example/gateway',
      auth: { token: 'secret-token' },
    });
    const result = await client.request({
      method: 'POST',
      path: '/personas/7/größe x',
      query: { 'a&b': 'c=d', list: [1, 'é'], on: true, none: undefined },
      body: { text: 'ß' },
      schema: SCORES,
    });
    expect(result.scores satisfies number[]).toEqual([2, 4]);
    const [request] = requests;
    expect(request).toMatchObject({
      method: 'POST',
      body: '{"text":"ß"}',
      url: 'https://p.example/gateway/api/v1/personas/7/gr%C3%B6%C3%9Fe%20x?a%26b=c%3Dd&list=1&list=%C3%A9&on=true',
    });
    expect(request?.headers.get('authorization')).toBe('Bearer secret-token');
  });

  it.each(DIALECTS)('reaches a route of the service, %s', async (dialect) => {
    const { connect } = await startService({ dialect });
    const client = connect();
    const persona = await client.request({
      path: '/personas/1',
      schema: z.looseObject({ name: z.string() }),
    });
    expect(persona.name).toBe((await client.personas.get(1)).name);
    const error = await expectRejection(PersonaNotFoundError, client.request({ path: '/personas/999' }));
    expect(error).toMatchObject({ personaId: 999, status: 404 });
    expect(error.message).toMatch(
      /^request \(GET http:.*\/api\/v1\/personas\/999\): persona 999 does not exist/,
    );
    await expect(client.request({ path: '/nothing' })).rejects.toMatchObject({ code: 'route_not_found' });
  });

  it('sends what the caller passed, even if the caller changes it afterward', async () => {
    const { fetch, requests } = createBackend('{}');
    const body = { mood: 'calm' };
    const request = { method: 'PUT' as const, path: '/moods/1', body };
    const promise = createTestClient({ fetch }).request(request);
    body.mood = 'changed';
    request.path = '/other';
    await promise;
    expect(requests).toMatchObject([{ url: expect.stringContaining('/moods/1'), body: '{"mood":"calm"}' }]);
  });

  it('works behind a proxy, in a view, and with metadata', async () => {
    const { fetch } = createBackend('[1]');
    const client = createTestClient({ fetch });
    const view = new Proxy(client, {}).as({ token: 'alice-token' });
    const { data, meta } = await new Proxy(view, {}).withMeta.request({
      path: '/x',
      schema: z.array(z.number()),
    });
    expect(data satisfies number[]).toEqual([1]);
    expect(meta).toMatchObject({ status: 200, attempts: 1, source: 'network' });
  });

  it('names the call in events', async () => {
    const { fetch } = createBackend('[]');
    const client = createTestClient({ fetch });
    const calls: string[] = [];
    client.on('callStart', ({ call }) => calls.push(call));
    client.on('request', ({ call, method, url }) => calls.push(`${call} ${method} ${new URL(url).pathname}`));
    client.on('callEnd', ({ call, source }) => calls.push(`${call} ${source}`));
    await client.request({ path: '/x' });
    expect(calls).toEqual(['request', 'request GET /api/v1/x', 'request network']);
  });

  it.each(['', ' \n'])('returns null for the empty body %j, also from the cache', async (body) => {
    const { fetch } = createBackend(body, { status: body === '' ? 204 : 200 });
    const client = createTestClient({ fetch });
    const request = { path: '/x', schema: z.null(), cacheTags: ['x'] };
    expect([await client.request(request), await client.request(request)]).toEqual([null, null]);
    expect(client.cache.stats()).toMatchObject({ hits: 1 });
  });

  it('fails if the body is not JSON', async () => {
    const { fetch } = createBackend('<p>hi</p>');
    const error = await expectRejection(
      PersonaResponseError,
      createTestClient({ fetch }).request({ path: '/x' }),
    );
    expect(error).toMatchObject({ code: 'invalid_response', status: 200 });
    expect(error.message).toContain('HTML instead of JSON');
  });
});

describe('invalid input sends nothing', () => {
  const cases: readonly [string, unknown, string][] = [
    ['no request', undefined, 'must be an object, not undefined'],
    ['no path', {}, 'path: must be a path'],
    ['a path in place of a request', '/personas', 'must be an object, not a string'],
    ['an unknown property', { path: '/x', querry: {} }, 'Did you mean query?'],
    ['another method', { path: '/x', method: 'TRACE' }, 'method: must be one of GET'],
    ['a body of a read', { path: '/x', body: {} }, 'body: cannot be sent with GET'],
    [
      'a body that is not JSON',
      { path: '/x', method: 'PUT', body: { at: new Date(0) } },
      'body.at: cannot be sent',
    ],
    ['a query that is no object', { path: '/x', query: 'a=b' }, 'query: must be an object'],
    ['a query value', { path: '/x', query: { a: null } }, 'query.a: must be a string'],
    ['a schema', { path: '/x', schema: {} }, 'schema: must be a Standard Schema'],
    ['tags of a write', { path: '/x', method: 'PUT', cacheTags: ['x'] }, 'cacheTags: needs the method GET'],
    ['tags of a read', { path: '/x', invalidates: ['x'] }, 'invalidates: needs a method that writes'],
    ['an empty tag', { path: '/x', cacheTags: [''] }, 'cacheTags: must be a list'],
  ];
  it.each(cases)('%s', async (_, request, message) => {
    const { fetch, requests } = createBackend('{}');
    const error = await expectRejection(
      PersonaValidationError,
      createTestClient({ fetch }).request(request as AnyRequest),
    );
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expect(error.message).toContain(message);
    expect(requests).toEqual([]);
  });

  it('an unknown option', async () => {
    const { fetch, requests } = createBackend('{}');
    const options = { timeout: 5 } as object;
    await expectRejection(
      PersonaValidationError,
      createTestClient({ fetch }).request({ path: '/x' }, options),
    );
    expect(requests).toEqual([]);
  });

  it.each([
    ...[
      'x',
      '//evil.example/x',
      'https://evil.example',
      '/\\evil.example',
      '/%5cevil.example',
      '/a//b',
      '/%2Fevil',
    ],
    ...[
      '/..',
      '/../x',
      '/a/../../x',
      '/a/..',
      '/.',
      '/%2e%2e/x',
      '/%2E./x',
      '/%252e%252e/x',
      '/%25252e%25252e%25252fx',
    ],
    ...[
      '/a%2f..%2f..%2fx',
      '/%2e%2e/%25zz',
      '/%252e%252e/%25zz',
      '/..;/x',
      '/..%3b/x',
      '/．．/x',
      '/%EF%BC%8E./x',
    ],
    ...[
      '/%c0%ae%c0%ae/x',
      '/%ff',
      '/%',
      '/%zz',
      '/%u002e',
      '/a\0',
      '/%00',
      '/a\n',
      '/%0d%0aHost:%20evil',
      '/\u2028',
      '/\x7f',
    ],
    ...['/x?a=b', '/x#a', '', ' /x', '/\ud800'],
  ])('the path %j', async (path) => {
    const { fetch, requests } = createBackend('{}');
    const error = await expectRejection(
      PersonaValidationError,
      createTestClient({ fetch }).request({ path }),
    );
    expect(error.message).toMatch(/^request: invalid input, nothing was sent: path/);
    expect(requests).toEqual([]);
  });

  it('a path of any characters stays in the API, or sends nothing', async () => {
    const { fetch, requests } = createBackend('{}');
    const client = createTestClient({ fetch, baseUrl: 'https://p.example' });
    const random = createRandom(7);
    const parts = [
      '/',
      '.',
      '..',
      '%2e',
      '%252e',
      '%2f',
      '%5c',
      '\\',
      '@',
      ':',
      'a',
      '%',
      '\t',
      '?',
      '#',
      'é',
      ';',
      '．',
      '%c0',
    ];
    for (let run = 0; run < 500; run++) {
      const path = `/${Array.from({ length: random.nextInteger(7) }, () => random.pick(parts)).join('')}`;
      await client.request({ path }).catch((error) => expect(error).toBeInstanceOf(PersonaValidationError));
    }
    expect(requests.length).toBeGreaterThan(20);
    for (const { url } of requests) {
      expect(url).toMatch(/^https:\/\/p\.example\/api\/v1\//);
      expect(new URL(url).href).toBe(url); // a URL parser changes nothing
      expect(decodeURIComponent(url)).not.toMatch(/\/\.{1,2}(?:\/|$)|\\/);
    }
  });
});

describe('a schema', () => {
  it('may be asynchronous, and gives the result its type', async () => {
    const { fetch } = createBackend('{"scores":[3]}');
    const schema = z.object({ scores: z.array(z.number()) }).transform(async ({ scores }) => scores.length);
    const length: number = await createTestClient({ fetch }).request({ path: '/x', schema });
    expect(length).toBe(1);
  });

  it.each<[string, unknown, string]>([
    ['rejects', z.object({ scores: z.string() }), 'scores: Invalid input'],
    [
      'throws',
      toSchema(() => {
        throw new Error('mine');
      }),
      'the schema threw an error',
    ],
    ['rejects its promise', toSchema(() => Promise.reject(new Error('mine'))), 'the schema threw an error'],
    ['returns nothing', toSchema(() => undefined), 'its schema did not return a Standard Schema result'],
    ['returns text', toSchema(() => 'x'), 'its schema did not return a Standard Schema result'],
    ['returns broken issues', toSchema(() => ({ issues: [null, { path: 5, message: 5 }] })), 'is invalid'],
    [
      'returns issues that are no list',
      toSchema(() => ({ issues: 'x', value: 1 })),
      'its schema did not return a Standard Schema result',
    ],
    ['returns no issue', toSchema(() => ({ issues: [] })), 'is rejected by its schema, without a reason'],
    [
      'has a getter that throws',
      toSchema(() => ({
        get issues() {
          throw new Error('mine');
        },
      })),
      'the schema threw an error',
    ],
  ])('that %s fails the call', async (_, schema, message) => {
    const { fetch, requests } = createBackend('{"scores":[3]}');
    const request = { path: '/x', schema: schema as StandardSchema };
    const error = await expectRejection(PersonaResponseError, createTestClient({ fetch }).request(request));
    expect(error).toMatchObject({ code: 'invalid_response', status: 200, attempts: 1, maybeApplied: false });
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^request \(GET http.*\/api\/v1\/x\) returned 200 with an unexpected body/);
    expect(requests.length).toBe(1);
  });

  it('may return an instance of a class', async () => {
    class Result {
      get value() {
        return 7;
      }
    }
    const { fetch } = createBackend('{}');
    const request = { path: '/x', schema: toSchema(() => new Result()) };
    expect(await createTestClient({ fetch }).request(request)).toBe(7);
  });

  it('that returns a million issues makes a small error', async () => {
    const { fetch } = createBackend('{}');
    const issues = Array.from({ length: 1e5 }, () => ({ message: 'x'.repeat(1e4), path: ['a'] }));
    const request = { path: '/x', schema: toSchema(() => ({ issues })) };
    const error = await expectRejection(PersonaResponseError, createTestClient({ fetch }).request(request));
    expect(error.issues.length).toBe(20);
    expect(JSON.stringify(error).length).toBeLessThan(20_000);
  });

  it('that hangs ends at the deadline', async () => {
    const { fetch } = createBackend('{}');
    const request = { path: '/x', schema: toSchema(() => new Promise(() => {})) };
    const client = createTestClient({ fetch });
    const error = await expectRejection(PersonaTimeoutError, client.request(request, { deadlineMs: 20 }));
    expect(error).toMatchObject({ scope: 'deadline' });
    await expect(client.request(request, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('that rejects the response to a write says that the write may have taken effect', async () => {
    const { fetch } = createBackend('{}');
    const request = { method: 'POST', path: '/x', schema: z.string() } as const;
    const error = await expectRejection(PersonaResponseError, createTestClient({ fetch }).request(request));
    expect(error.maybeApplied).toBe(true);
  });

  it('cannot change what other callers get', async () => {
    const { fetch } = createBackend('{"scores":[3]}');
    const client = createTestClient({ fetch });
    const schema = toSchema((value) => {
      (value as { scores: number[] }).scores.push(99);
      return { value };
    });
    const request = { path: '/x', cacheTags: ['x'] };
    const results = await Promise.all([client.request({ ...request, schema }), client.request(request)]);
    expect([...results, await client.request(request)]).toEqual([
      { scores: [3, 99] },
      { scores: [3] },
      { scores: [3] },
    ]);
  });
});

describe('the cache', () => {
  it('stores and deduplicates reads with tags, and separates GET and HEAD', async () => {
    const { fetch, requests } = createBackend('{"n":1}');
    const client = createTestClient({ fetch });
    const request = { path: '/x', cacheTags: ['mine'] };
    const joined = await Promise.all([client.request(request), client.request(request)]);
    expect(joined).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await client.request({ ...request, method: 'HEAD' })).toBeNull();
    expect(await client.request({ ...request, method: 'HEAD' })).toBeNull();
    expect(await client.request(request)).toEqual({ n: 1 });
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    await client.request({ path: '/x' });
    expect(requests.length).toBe(3); // without tags
  });

  it('invalidates the tags that a write names, and nothing else', async () => {
    const { fetch, requests } = createBackend('{}');
    const client = createTestClient({ fetch });
    const read = (tag: string) => client.request({ path: `/${tag}`, cacheTags: [tag] });
    const readAll = () => Promise.all([read('one'), read('two')]);
    await readAll();
    await client.request({ method: 'POST', path: '/x', invalidates: ['one'] });
    await readAll();
    expect(requests.map(({ url }) => url.slice(-4))).toEqual(['/one', '/two', 'v1/x', '/one']);
  });

  it('invalidates responses about a persona after any write to it', async () => {
    const { connect, service } = await startService();
    const client = connect();
    const read = () =>
      client.request({ path: '/personas/1', cacheTags: [], schema: z.object({ name: z.string() }) });
    await read();
    await client.personas.update(1, { name: 'Renamed' });
    expect(await read()).toEqual({ name: 'Renamed' });
    await client.request({ method: 'PUT', path: '/personas/1', body: { name: 'Again' } });
    expect((await client.personas.get(1)).name).toBe('Again');
    service.clearRequests();
    await read();
    await read();
    expect(service.requests.length).toBe(1);
  });

  it.each(['3', '003', '%33', '\u0663', '\u0969', '\uff13', '\u{1d7db}'])(
    'invalidates the persona whose id a write spells as %j, because services read digits of all scripts',
    async (id) => {
      const createdAt = '2026-01-02T03:04:05';
      const persona = { id: 3, name: 'Ada', attributes: {}, created_at: createdAt, updated_at: createdAt };
      const { fetch, requests } = createBackend(JSON.stringify(persona));
      const client = createTestClient({ fetch });
      await client.personas.get(3);
      await client.request({ method: 'PUT', path: `/personas/${id}`, body: { name: 'Ada' } });
      await client.personas.get(3);
      expect(requests.length).toBe(3);
    },
  );

  it('never serves the response of one user to another', async () => {
    let requestCount = 0;
    const fetch = async (_: unknown, init?: RequestInit) => {
      requestCount++;
      return Response.json({ token: new Headers(init?.headers).get('authorization') });
    };
    const client = createTestClient({ fetch: fetch as typeof globalThis.fetch });
    const read = (token: string) => client.as({ token }).request({ path: '/me', cacheTags: ['me'] });
    expect(await read('alice')).toEqual({ token: 'Bearer alice' });
    expect(await read('bob')).toEqual({ token: 'Bearer bob' });
    expect(await read('alice')).toEqual({ token: 'Bearer alice' });
    expect(requestCount).toBe(2);
  });
});

describe('retries', () => {
  it.each([
    ['GET', 4],
    ['HEAD', 4],
    ['PUT', 4],
    ['DELETE', 4],
    ['POST', 1],
    ['PATCH', 1],
  ] as const)('repeat a %s after a 503 as a built-in call does', async (method, attempts) => {
    const { fetch, requests } = createBackend('{}', { status: 503 });
    const client = createTestClient({ fetch, retry: NO_BACKOFF, breaker: false });
    const error = await expectRejection(PersonaServerError, client.request({ method, path: '/x' }));
    expect(error).toMatchObject({ attempts, maybeApplied: method !== 'GET' && method !== 'HEAD' });
    expect(requests.length).toBe(attempts);
  });

  it('repeat a POST and a PATCH that were not sent', async () => {
    for (const method of ['POST', 'PATCH'] as const) {
      let count = 0;
      const fetch = async () => {
        if (++count === 1)
          throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
        return Response.json({ count });
      };
      const client = createTestClient({ fetch, retry: NO_BACKOFF });
      expect(await client.request({ method, path: '/x' })).toEqual({ count: 2 });
    }
  });

  it('stop at an open circuit', async () => {
    const { fetch, requests } = createBackend('{}', { status: 503 });
    const client = createTestClient({ fetch, retry: false, breaker: { failMax: 1 } });
    await client.request({ path: '/x' }).catch(() => {});
    await client.request({ path: '/y' }).catch(() => {});
    await expect(client.request({ path: '/z' })).rejects.toMatchObject({ code: 'circuit_open' });
    expect(requests.length).toBeLessThan(3);
  });
});

describe('the access policy', () => {
  it.each([
    [{ readOnly: true }, { method: 'POST', path: '/x' }],
    [{ deny: ['request'] }, { path: '/x' }],
    [{ allow: ['personas.get'] }, { path: '/personas/1' }],
    [{ deny: ['personas.delete'] }, { method: 'DELETE', path: '/personas/1' }],
    [{ deny: ['personas.delete'] }, { method: 'DELETE', path: '/%70ersonas/%31' }],
    [{ deny: ['personas.delete'] }, { method: 'DELETE', path: '/personas;v=1/1%3Bx' }],
    [{ deny: ['personas.delete'] }, { method: 'DELETE', path: '/ｐersonas/1' }],
    [{ deny: ['personas.delete'] }, { method: 'DELETE', path: '/%20personas/1' }],
    [{ deny: ['personas.update'] }, { method: 'PATCH', path: '/personas/1', body: {} }],
    [{ deny: ['contextual.*'] }, { path: '/personas/1/attributes/contextual' }],
    [{ categories: { behavioral: 'none' } }, { path: '/x' }],
    [{ categories: { behavioral: 'read' } }, { method: 'PUT', path: '/x', body: {} }],
  ] as const)('%j denies %j', async (access, request) => {
    const { fetch, requests } = createBackend('{}');
    const client = createTestClient({ fetch, access });
    const error = await expectRejection(PersonaPermissionError, client.request(request));
    expect(error.message).toMatch(
      /^request was denied by this client's access policy: .*Nothing was sent\.$/,
    );
    expect(requests).toEqual([]);
  });

  it.each(DIALECTS)('denies the routes of every operation that it denies, %s', async (dialect) => {
    const { fetch } = createPersonaService({ dialect });
    const client = createTestClient({ fetch, dialect, cache: false });
    const operationByRoute = new Map<string, Operation>();
    const sent = new Set<string>();
    client.on('request', ({ call, method, url }) => {
      sent.add(call);
      const [, path] = /\/api\/v1(\/.*)$/.exec(new URL(url).pathname) ?? [];
      const route = `${method} ${path}`;
      // In `attributes`, `demographic` has the routes of the persona. They belong to the operation that comes first.
      if (path && !operationByRoute.has(route)) operationByRoute.set(route, call as Operation);
    });
    for (const operation of OPERATIONS) await catchError(CALLS[operation].run(client, 1));
    const builtIn = dialect === 'subresource' ? ['fieldConfig.get'] : [];
    expect([...sent, ...builtIn].toSorted()).toEqual(OPERATIONS.toSorted());
    for (const [route, operation] of operationByRoute) {
      const [method = '', path] = route.split(' ');
      const { requests, fetch: deniedFetch } = createBackend('{}');
      const restricted = createTestClient({ fetch: deniedFetch, access: { deny: [operation] } });
      for (const sentMethod of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
        const request = { method: sentMethod, path } as AnyRequest;
        const error = await expectRejection(PersonaPermissionError, restricted.request(request));
        expect(error.message).toContain(`the path belongs to ${operation},`);
      }
      expect(requests).toEqual([]);
    }
  });

  it('applies in views, and allows all other operations', async () => {
    const { fetch } = createBackend('{}');
    const client = createTestClient({ fetch, access: { deny: ['personas.delete'] } });
    const view = client.as({ token: 'alice' }, { access: { readOnly: true } });
    await expectRejection(PersonaPermissionError, view.request({ method: 'PUT', path: '/x', body: {} }));
    expect(await client.request({ method: 'PUT', path: '/x', body: {} })).toEqual({});
    expect(await view.request({ path: '/x' })).toEqual({});
    expect([client.allows('request'), view.allows('request')]).toEqual([true, true]);
  });

  it('redacts every field with a redacted name, before the schema and the cache', async () => {
    const body = {
      list: [
        {
          name: 'Ada',
          demographic: { age: 5, city: 'Paris' },
          age: 6,
          deep: { age: 7 },
          behavioral: { x: 1 },
        },
      ],
    };
    const { fetch } = createBackend(JSON.stringify(body));
    const client = createTestClient({ fetch, redact: ['demographic.age', 'behavioral', 'name'] });
    const seen: unknown[] = [];
    const schema = toSchema((value) => {
      seen.push(structuredClone(value));
      return { value };
    });
    for (let read = 0; read < 2; read++) await client.request({ path: '/x', cacheTags: ['x'], schema });
    const redacted = { list: [{ demographic: { city: 'Paris' }, deep: {} }] };
    expect(seen).toEqual([redacted, redacted]);
    expect(client.cache.stats().hits).toBe(1);
    const onlyCategory = createTestClient({ fetch: createBackend(`{"x":1}`).fetch, redact: ['behavioral'] });
    expect(await onlyCategory.request({ path: '/personas/1/behavioral' })).toEqual({});
  });
});

it('restores the lists of the published service like a built-in read', async () => {
  const { fetch } = createPersonaService({ published: true });
  const client = createTestClient({ fetch });
  const persona = await client.request({ path: '/personas/1' });
  const { created_at: _, updated_at: __, ...expected } = await client.personas.get(1);
  expect(persona).toMatchObject(expected);
});

it('has no secret in its errors', async () => {
  const { service, connect } = await startService();
  service.faults.add({
    status: 400,
    ...jsonBody({ message: 'bad canary-body', errors: { 'canary-body': ['canary'] } }),
  });
  const client = connect({ auth: { token: 'canary-token' }, allowInsecureAuth: true });
  const error = await expectRejection(
    PersonaValidationError,
    client.request({ method: 'POST', path: '/x', body: { text: 'canary-body' } }),
  );
  expect(JSON.stringify(error) + error.message + error.stack).not.toContain('canary');
});

it('has no value of the query in errors and events', async () => {
  const { service, connect } = await startService();
  service.faults.add({ status: 500, times: 9 });
  const client = connect({ retry: NO_BACKOFF });
  const events: unknown[] = [];
  for (const name of ['callStart', 'request', 'response', 'retry', 'callEnd'] as const)
    client.on(name, (event) => events.push(event));
  const query = { key: 'canary-1', q: ['canary-2', 'canary&=3'] };
  const error = await expectRejection(PersonaServerError, client.request({ path: '/x', query }));
  expect(error.message).toContain('/x?key=…&q=…&q=…)');
  const texts = [
    error.message,
    JSON.stringify(error),
    inspect(error, { depth: 9 }),
    inspect(events, { depth: 9 }),
  ];
  expect(texts.join()).not.toContain('canary');
  expect(service.requests[0]?.path).toContain('/x?key=canary-1&q=canary-2&q=canary%26%3D3');
});
