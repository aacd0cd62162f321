import { type ClientOptions, PersonaClient, PersonaValidationError } from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CALLS } from '../../support/calls.js';
import { catchError, expectRejection, expectThrow } from '../../support/failures.js';

const PERSONA = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
const TOKENS = { access_token: 'a.b.c', refresh_token: 'd.e.f' };

/** Records the headers of every request. */
function setup(options: ClientOptions = {}, responseHeaders: Record<string, string> = {}) {
  const requests: (readonly [path: string, headers: Headers])[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const { pathname } = new URL(String(input));
    requests.push([pathname, new Headers(init?.headers)]);
    const body = pathname.includes('/auth/') ? TOKENS : PERSONA;
    return Response.json(body, { headers: responseHeaders });
  };
  const client = new PersonaClient({ fetch, dialect: 'subresource', retry: false, ...options });
  onTestFinished(() => client.close());
  return { client, requests };
}

const CREDENTIALS = { auth: { username: 'ada', password: 'secret' } };

describe('a header that is null', () => {
  const SENT = Object.entries(CALLS).filter(([name]) => name !== 'fieldConfig.get'); // built in
  it.each(SENT)('is not sent by %s, nor by its login', async (_name, { run }) => {
    const { client, requests } = setup({ ...CREDENTIALS, headers: { 'X-Request-Id': null, Accept: null } });
    await catchError(run(client, 1)); // the response suits only some methods
    expect(requests.length).toBeGreaterThan(0);
    for (const [path, headers] of requests) {
      expect(headers.has('x-request-id'), path).toBe(false);
      expect(headers.has('accept'), path).toBe(false);
    }
  });

  it.each(['login', 'refresh', 'logout'] as const)('is not sent by auth.%s', async (action) => {
    const { client, requests } = setup({ headers: { 'x-request-id': null } });
    await client.auth.login({ username: 'ada', password: 'secret' });
    if (action !== 'login') await client.auth[action]();
    expect(requests.at(-1)?.[0]).toMatch(new RegExp(`${action}$`));
    for (const [, headers] of requests) expect(headers.has('x-request-id')).toBe(false);
    for (const [path, headers] of requests)
      if (path.endsWith('login')) expect(headers.get('content-type')).toBe('application/json');
  });

  it('can be a request option, also for a header of the client', async () => {
    const { client, requests } = setup({ headers: { 'X-Tenant': 'a', 'x-other': 'b' } });
    await client.personas.get(1, { headers: { 'x-tenant': null, 'X-Request-Id': null } });
    await client.personas.get(1);
    const [[, omitted] = [], [, sent] = []] = requests;
    expect([omitted?.get('x-tenant'), omitted?.get('x-other'), omitted?.has('x-request-id')]).toEqual([
      null,
      'b',
      false,
    ]);
    expect([sent?.get('x-tenant'), sent?.has('x-request-id')]).toEqual(['a', true]);
  });

  it('can be sent by one call', async () => {
    const { client, requests } = setup({ headers: { 'x-request-id': null } });
    await client.personas.get(1, { headers: { 'x-request-id': 'mine' } });
    expect(requests[0]?.[1].get('x-request-id')).toBe('mine');
  });

  it('leaves errors and metadata with a request id', async () => {
    const { client } = setup({ headers: { 'x-request-id': null } });
    expect((await client.withMeta.personas.get(1)).meta.requestId).toMatch(/^[\da-f-]{32,}/);
  });

  it.each([
    ['if-none-match', { etag: '"1"' }],
    [
      'if-modified-since',
      { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date: 'Fri, 02 Jan 2026 00:00:00 GMT' },
    ],
  ])('makes no request conditional: %s', async (name, responseHeaders) => {
    for (const headers of [{}, { [name]: null }]) {
      const { client, requests } = setup({ cache: { ttlMs: 0 }, headers }, responseHeaders);
      for (const _ of [1, 2]) await client.personas.get(1);
      expect(requests[1]?.[1].has(name)).toBe(!(name in headers));
    }
  });

  it.each(['Authorization', 'content-type', 'host'])('is invalid for %s', async (name) => {
    const headers = { [name]: null };
    const error = expectThrow(PersonaValidationError, () => setup({ headers }));
    expect(error.issues).toMatchObject([{ path: ['headers', name] }]);
    const { client, requests } = setup();
    await expectRejection(PersonaValidationError, client.personas.get(1, { headers }));
    expect(requests).toEqual([]);
  });

  it('is no credential: plain http accepts it', () => {
    setup({ baseUrl: 'http://personas.example.com', headers: { 'x-api-key': null } });
  });
});
