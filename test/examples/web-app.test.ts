import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { PersonaClient } from 'persona-client';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../examples/web-app/app.js';

const ORIGIN = 'http://localhost';
const USERS = { admin: 'personas', bob: 'bobs' };
const FORM = { origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' };

let service: PersonaService;
let client: PersonaClient;
let app: ReturnType<typeof createApp>;

beforeEach(() => {
  service = createPersonaService({ auth: { users: USERS } });
  client = new PersonaClient({
    fetch: service.fetch,
    retry: false,
    timeoutMs: 4_000, // a busy machine is not a failure
    breaker: { failMax: 2 },
    cache: { ttlMs: 1 },
  });
  app = createApp(client);
});
afterEach(async () => {
  client.close();
  await service.close();
});

const post = (path: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
  app.request(path, {
    method: 'POST',
    headers: { ...FORM, ...headers },
    body: new URLSearchParams(body).toString(),
  });

/** The Set-Cookie of a new session. */
async function signIn(username: keyof typeof USERS = 'admin', next = '/personas') {
  const answer = await post('/sign-in', { username, password: USERS[username], next });
  expect(answer.status).toBe(303);
  const cookie = answer.headers.get('set-cookie') ?? '';
  return { cookie: cookie.split(';')[0] ?? '', attributes: cookie, location: answer.headers.get('location') };
}

describe('sessions', () => {
  test('a page asks to sign in first and leads back; the JSON says 401', async () => {
    const page = await app.request('/personas?page=2');
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      '/sign-in?next=%2Fpersonas%3Fpage%3D2',
    ]);
    const json = await app.request('/api/personas');
    expect([json.status, await json.json()]).toEqual([
      401,
      { error: 'Sign in first', code: 'unauthenticated' },
    ]);
    expect(service.requests).toEqual([]);
  });

  test('the cookie is out of reach for scripts and for other sites, and new at every sign-in', async () => {
    const [first, second] = [await signIn(), await signIn()];
    expect(first.attributes).toMatch(/^session=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(second.cookie).not.toBe(first.cookie);
    const secure = await app.request('https://app.example/sign-in', {
      method: 'POST',
      headers: { ...FORM, origin: 'https://app.example' },
      body: 'username=admin&password=personas',
    });
    expect(secure.headers.get('set-cookie')).toContain('; Secure');
  });

  test.each([
    ['/personas?page=2', '/personas?page=2'],
    ['//evil.example/', '/personas'],
    ['/\\evil.example/', '/personas'],
    ['https://evil.example/', '/personas'],
    ['javascript:alert(1)', '/personas'],
    ['', '/personas'],
  ])('after signing in, %s leads to %s', async (next, location) => {
    expect((await signIn('admin', next)).location).toBe(location);
  });

  test.each([
    [{ username: 'admin', password: 'wrong' }, 401],
    [{ username: '', password: '' }, 400],
  ])('%o is refused with %i', async (credentials, status) => {
    const answer = await post('/sign-in', credentials);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([status, null]);
    expect(await answer.text()).not.toContain('wrong');
  });

  test('each session calls as its own user, and ends alone', async () => {
    const [admin, bob] = [await signIn('admin'), await signIn('bob')];
    const seen = async ({ cookie }: { cookie: string }) => {
      const { status } = await app.request('/api/personas/1', { headers: { cookie } });
      const sent = service.requests.findLast(({ path }) => path.endsWith('/personas/1'))?.headers
        .authorization;
      const payload = sent?.split('.')[1] ?? '';
      return [status, JSON.parse(Buffer.from(payload, 'base64url').toString()).sub];
    };
    expect(await seen(admin)).toEqual([200, 'admin']);
    expect(await seen(bob)).toEqual([200, 'bob']);

    await post('/sign-out', {}, { cookie: admin.cookie });
    expect((await app.request('/api/personas', { headers: { cookie: admin.cookie } })).status).toBe(401);
    expect(await seen(bob)).toEqual([200, 'bob']);
    await expect.poll(() => service.requests.some(({ path }) => path.endsWith('/auth/logout'))).toBe(true);
  });

  test('tokens that the service accepts no more end the session', async () => {
    const { cookie } = await signIn();
    service.faults.add({
      status: 401,
      body: '{"msg":"Token has been revoked"}',
      contentType: 'application/json',
    });
    const answer = await app.request('/personas', { headers: { cookie } });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?next=%2Fpersonas']);
    expect(answer.headers.get('set-cookie')).toContain('session=; Max-Age=0');
  });
});

describe('what other sites may not do', () => {
  test.each(['/sign-in', '/sign-out', '/personas/new', '/personas/1/edit', '/personas/1/delete'])(
    'send a form to %s',
    async (path) => {
      const { cookie } = await signIn();
      const before = service.requests.length;
      const foreign = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expect((await post(path, { name: 'Mallory' }, foreign)).status).toBe(403);
      expect(service.requests.length).toBe(before);
    },
  );

  test('write through the JSON door without saying that it is JSON', async () => {
    const { cookie } = await signIn();
    const answer = await post('/api/personas', { name: 'Mallory' }, { cookie });
    expect(answer.status).toBe(415);
  });

  test('frame a page, run a script in it, or read it from a cache', async () => {
    const { cookie } = await signIn();
    const { headers } = await app.request('/personas', { headers: { cookie } });
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('send more than a form can hold', async () => {
    const { cookie } = await signIn();
    expect((await post('/personas/new', { name: 'x'.repeat(70_000) }, { cookie })).status).toBe(413);
  });
});

describe('/api/personas', () => {
  const get = async (path: string, cookie: string) =>
    app.request(`/api/personas${path}`, { headers: { cookie } });

  test('answers in the shape of the service, and says where the data comes from', async () => {
    const { cookie } = await signIn();
    const answer = await get('?page=2&per_page=2', cookie);
    expect(await answer.json()).toMatchObject({
      total: 5,
      page: 2,
      per_page: 2,
      pages: 3,
      personas: [{}, {}],
    });
    expect([answer.headers.get('x-data-source'), answer.headers.get('age')]).toEqual(['network', '0']);

    service.faults.add({ status: 503 });
    const stale = await get('?page=2&per_page=2', cookie);
    expect([stale.status, stale.headers.get('x-data-source')]).toEqual([200, 'stale']);
  });

  test('creates, and names each field that is wrong', async () => {
    const { cookie } = await signIn();
    const create = (body: unknown) =>
      app.request('/api/personas', {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const created = await create({ name: 'Ada' });
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/personas/6']);
    const refused = await create({ name: 'Ada', demographic: { age: 250 } });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      {
        error: 'That is not possible',
        code: 'invalid_input',
        issues: [{ path: ['demographic', 'age'], message: 'must be a whole number from 0 to 120' }],
      },
    ]);
    expect((await create('{')).status).toBe(400);
  });

  const answering = (status: number, headers = {}): Fault => ({ status, headers });
  const FAILURES: readonly [string, Fault | undefined, number, string][] = [
    ['/99', undefined, 404, 'not_found'],
    ['?page=none', undefined, 400, 'invalid_input'],
    ['/1', answering(400), 400, 'rejected_input'],
    ['/1', answering(403), 403, 'forbidden'],
    ['/1', answering(409), 409, 'conflict'],
    ['/1', answering(429, { 'retry-after': '7' }), 429, 'rate_limited'],
    ['/1', answering(500), 502, 'server_error'],
    ['/1', answering(302), 502, 'unexpected_status'],
    ['/1', { status: 200, body: 'nothing' }, 502, 'invalid_response'],
    ['/1', { reset: true }, 502, 'connection_failed'],
    ['/1', { stall: true }, 504, 'timeout'],
  ];
  test.each(FAILURES)('%s with %o: %i %s', async (path, fault, status, code) => {
    const { cookie } = await signIn();
    if (fault) service.faults.add(fault);
    const answer = await get(path, cookie);
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    if (status === 429) expect(answer.headers.get('retry-after')).toBe('7');
  });

  test('an open circuit is a 503 that says when to come back', async () => {
    const { cookie } = await signIn();
    service.faults.add({ status: 500 });
    for (const id of [1, 2]) await get(`/${id}`, cookie);
    const answer = await get('/3', cookie);
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'circuit_open' }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
  });
});

test('a form whose answer was lost says that it may have been saved', async () => {
  const { cookie } = await signIn();
  service.faults.add({ reset: true, afterWrite: true, match: { method: 'POST' } });
  const answer = await post('/personas/new', { name: 'Ada' }, { cookie });
  expect(answer.status).toBe(502);
  expect(await answer.text()).toMatch(/It may have been saved all the same[\s\S]*value="Ada"/);
});

test('npm run web-app brings service and application, and ends on SIGTERM', { timeout: 30_000 }, async () => {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const env = { ...process.env, PORT: '0', PERSONA_PASSWORD: 'personas' };
  const child: ChildProcess = spawn(process.execPath, [tsx, 'examples/web-app/main.ts'], { env });
  try {
    let url = '';
    for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
      url = /^Web application at (\S+), sign in as admin with personas$/.exec(line)?.[1] ?? '';
      if (url) break;
    }
    const answer = await fetch(`${url}/personas`);
    expect(await answer.text()).toContain('<h1>Sign in</h1>');
  } finally {
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  }
});
