import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { PersonaClient } from 'persona-client';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../examples/web-app/app.js';
import { parsePublicOrigins } from '../../examples/web-app/origin.js';

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
    timeoutMs: 4_000, // allows for a slow machine
    breaker: { failMax: 2 },
    cache: { ttlMs: 0 }, // every cached response is stale
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

/** Signs in, and returns the session cookie. */
async function logIn(username: keyof typeof USERS = 'admin', next = '/personas') {
  const response = await post('/sign-in', { username, password: USERS[username], next });
  expect(response.status).toBe(303);
  const cookie = response.headers.get('set-cookie') ?? '';
  return {
    cookie: cookie.split(';')[0] ?? '',
    attributes: cookie,
    location: response.headers.get('location'),
  };
}

describe('sessions', () => {
  test('pages redirect to the sign-in page and back, and JSON routes fail with 401', async () => {
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

  test('the cookie is HttpOnly and SameSite, and new after every sign-in', async () => {
    const [first, second] = [await logIn(), await logIn()];
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
    ['/.//evil.example/', '/personas'],
    ['/a/..//evil.example/', '/personas'],
    ['/%2e//evil.example/', '/personas'],
    ['/a/%2E%2e//evil.example/', '/personas'],
    ['/.\\/evil.example/', '/personas'],
    ['/./\\evil.example/', '/personas'],
    ['/\t/evil.example/', '/personas'],
    ['/\r\n/evil.example/', '/personas'],
    ['/.//admin@evil.example/', '/personas'],
    ['///evil.example/', '/personas'],
    ['/@evil.example/', '/@evil.example/'],
    ['/personas//1', '/personas//1'],
    ['/%2f/evil.example/', '/%2f/evil.example/'],
    ['/\u0000/evil.example/', '/%00/evil.example/'],
    ['/a/../personas?page=2', '/personas?page=2'],
    ['', '/personas'],
  ])('after signing in, next=%s redirects to %s', async (next, location) => {
    const received = (await logIn('admin', next)).location ?? '';
    expect(received).toBe(location);
    expect(new URL(received, ORIGIN).origin).toBe(ORIGIN);
  });

  test.each([
    [{ username: 'admin', password: 'wrong' }, 401],
    [{ username: '', password: '' }, 400],
  ])('credentials %o are rejected with %i', async (credentials, status) => {
    const response = await post('/sign-in', credentials);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([status, null]);
    expect(await response.text()).not.toContain('wrong');
  });

  test('each session has its own user, and ends independently', async () => {
    const [admin, bob] = [await logIn('admin'), await logIn('bob')];
    const readAsUser = async ({ cookie }: { cookie: string }) => {
      const { status } = await app.request('/api/personas/1', { headers: { cookie } });
      const authorization = service.requests.findLast(({ path }) => path.endsWith('/personas/1'))?.headers
        .authorization;
      const payload = authorization?.split('.')[1] ?? '';
      return [status, JSON.parse(Buffer.from(payload, 'base64url').toString()).sub];
    };
    expect(await readAsUser(admin)).toEqual([200, 'admin']);
    expect(await readAsUser(bob)).toEqual([200, 'bob']);

    await post('/sign-out', {}, { cookie: admin.cookie });
    expect((await app.request('/api/personas', { headers: { cookie: admin.cookie } })).status).toBe(401);
    expect(await readAsUser(bob)).toEqual([200, 'bob']);
    await expect.poll(() => service.requests.some(({ path }) => path.endsWith('/auth/logout'))).toBe(true);
  });

  test('rejected tokens end the session', async () => {
    const { cookie } = await logIn();
    service.faults.add({
      status: 401,
      body: '{"msg":"Token has been revoked"}',
      contentType: 'application/json',
    });
    const response = await app.request('/personas', { headers: { cookie } });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in?next=%2Fpersonas']);
    expect(response.headers.get('set-cookie')).toContain('session=; Max-Age=0');
  });
});

const unescapeHtml = (html: string): string =>
  html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Returns the hidden inputs of a page by name. */
async function readHiddenInputs(response: Response): Promise<Record<string, string>> {
  const inputs = (await response.text()).matchAll(/<input type="hidden" name="([\w.]+)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name, value = '']) => [name, unescapeHtml(value)]));
}

/** Returns the texts of a page's form by input name. */
async function readFormValues(response: Response): Promise<Record<string, string>> {
  const html = await response.text();
  const controls = html.matchAll(
    /<input (?![^>]*type="radio")[^>]*?name="([^"]*)"[^>]*? value="([^"]*)"|<textarea [^>]*?name="([^"]*)"[^>]*>\n?([^<]*)/g,
  );
  return Object.fromEntries(
    [...controls].map(([, input, value, area, text]) => [input ?? area, unescapeHtml(value ?? text ?? '')]),
  );
}

describe('what the user typed', () => {
  const endSession = { cookie: 'session=ended' };

  test.each([
    ['/personas/new', { name: 'Ada', 'psychographic.lifestyle': 'calm\r\n"quiet" & <slow>' }],
    ['/personas/1/edit', { name: 'Ada', updatedAt: 'then', 'psychographic.interests': 'art\r\nmusic' }],
  ])('is kept if the session has ended: %s', async (path, typed) => {
    const redirect = await post(path, typed, endSession);
    const signInUrl = `/sign-in?next=${encodeURIComponent(path)}`;
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, signInUrl]);
    const kept = await readHiddenInputs(await post(signInUrl, typed));
    expect(kept).toMatchObject({ next: path, 'kept.name': 'Ada' });
    const rejected = await post('/sign-in', { ...kept, username: 'admin', password: 'wrong' });
    expect(rejected.status).toBe(401);
    const again = { ...(await readHiddenInputs(rejected)), username: 'admin', password: USERS.admin };
    const before = service.requests.length;
    const restored = await post('/sign-in', again);
    expect([restored.status, restored.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringContaining('session='),
    ]);
    const html = await restored.text();
    expect(html).toContain(`action="${path}"`);
    expect(html).toContain('value="Ada"');
    expect(html).toMatch(/calm\n&quot;quiet&quot; &amp; &lt;slow&gt;|art\nmusic/);
    expect(service.requests.slice(before).filter(({ method }) => method !== 'GET')).toMatchObject([
      { path: expect.stringContaining('/login') },
    ]);
  });

  test('is kept if the service rejects the tokens of the save', async () => {
    const { cookie } = await logIn();
    const body = '{"msg":"Token has been revoked"}';
    service.faults.add({ status: 401, body, contentType: 'application/json', match: { method: 'POST' } });
    const response = await post('/personas/new', { name: 'Ada' }, { cookie });
    expect([response.status, response.headers.get('location')]).toEqual([
      307,
      '/sign-in?next=%2Fpersonas%2Fnew',
    ]);
  });

  test('may be nothing: the page of the form opens again', async () => {
    const kept = await readHiddenInputs(await post('/sign-in?next=/personas/1/delete', {}));
    const response = await post('/sign-in', { ...kept, username: 'admin', password: USERS.admin });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/personas/1/delete']);
  });

  test.each(['kept.', 'kept.__proto__', 'kept.updatedAt', 'kept.kept.name', 'kept.demographic'])(
    'a forged form is harmless: %s',
    async (name) => {
      const forged = { [name]: 'x', username: 'admin', password: USERS.admin };
      for (const next of ['/personas/new', '/personas/1/edit'])
        expect((await post('/sign-in', { ...forged, next })).status).toBe(200);
      const elsewhere = await post('/sign-in', { ...forged, next: '//evil.example/' });
      expect(elsewhere.headers.get('location')).toBe('/personas');
      expect(service.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    },
  );

  test.each([
    ['"', 3_500_000],
    ['\n', 2_000_000],
    ['ä', 1_900_000],
  ])('is kept if the session has ended and the form is large: %j × %i', async (text, count) => {
    const typed = { name: 'Ada', 'psychographic.lifestyle': `x${text.repeat(count)}x` };
    const submitted = {
      ...typed,
      'psychographic.lifestyle': typed['psychographic.lifestyle'].replaceAll('\n', '\r\n'),
    };
    expect((await post('/personas/new', submitted, endSession)).status).toBe(307);
    const kept = await readHiddenInputs(await post('/sign-in?next=/personas/new', submitted));
    const keptInputs = Object.entries(kept).map(([name, value]) => [name, value.replaceAll('\n', '\r\n')]);
    const credentials = { username: 'admin', password: USERS.admin };
    const restored = await post('/sign-in', { ...Object.fromEntries(keptInputs), ...credentials });
    expect(restored.status).toBe(200);
    expect(
      (await readFormValues(restored))['psychographic.lifestyle'] === typed['psychographic.lifestyle'],
    ).toBe(true);
  });

  test.each(['/personas/new', '/personas/1/edit', '/api/personas'])(
    'is read to its end before the response if the session has ended, because browsers need that: %s',
    async (path) => {
      let isRead = false;
      const chunks = Array.from({ length: 50 }, () => new TextEncoder().encode('x'.repeat(1_000)));
      const body = new ReadableStream({
        pull(controller) {
          const chunk = chunks.pop();
          if (chunk) return controller.enqueue(chunk);
          isRead = true;
          controller.close();
        },
      });
      const headers = { ...FORM, ...endSession, 'content-length': '50000' };
      const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
      const response = await app.request(path, init);
      expect([response.status, isRead]).toEqual([path.startsWith('/api') ? 401 : 307, true]);
    },
  );

  test('is kept with a message if it is larger than the limit', async () => {
    const { cookie } = await logIn();
    const name = 'x'.repeat(4 * 1024 ** 2 + 1);
    const response = await post('/personas/new', { name }, { cookie });
    const html = await response.text();
    expect(response.status).toBe(413);
    expect(html).toContain('At most 4 MB of text can be saved');
    expect(html).toContain(name);
  });
});

describe('an edit conflict', () => {
  let admin: PersonaClient;
  let cookie: string;
  beforeEach(async () => {
    admin = client.as({ username: 'admin', password: USERS.admin });
    ({ cookie } = await logIn('bob'));
  });
  const createAda = () =>
    admin.personas.create({
      name: 'Ada',
      demographic: { age: 36, city: 'London', occupation: 'Poet' },
      psychographic: { interests: ['art', 'music'], lifestyle: 'calm' },
    });
  const open = async (id: number) =>
    readFormValues(await app.request(`/personas/${id}/edit`, { headers: { cookie } }));
  const send = (id: number, values: Record<string, string>) =>
    post(`/personas/${id}/edit`, values, { cookie });
  const theirs = {
    name: 'Ada Lovelace',
    demographic: { age: 37, city: 'Paris' },
    psychographic: { interests: ['art', 'music', 'chess'] },
  };

  test('shows the changes of both, and saving again sends only those of this user', async () => {
    const { id } = await createAda();
    const opened = await open(id);
    await admin.personas.update(id, theirs);
    const mine = { ...opened, 'demographic.occupation': 'Painter', 'demographic.city': 'Oslo' };
    const conflict = await send(id, mine);
    expect(conflict.status).toBe(409);
    const shown = await readFormValues(conflict);
    expect(shown).toMatchObject({
      name: 'Ada Lovelace',
      'demographic.age': '37',
      'demographic.city': 'Oslo',
      'demographic.occupation': 'Painter',
      'psychographic.interests': 'art\nmusic\nchess',
    });
    const undecided = await send(id, shown); // both have changed the city
    expect(undecided.status).toBe(400);
    expect(await undecided.text()).toContain('Somebody else has changed this, too');
    expect((await admin.personas.get(id, { cache: 'reload' })).demographic?.city).toBe('Paris');
    expect((await send(id, { ...shown, 'choice.demographic.city': 'mine' })).status).toBe(303);
    expect(await admin.personas.get(id, { cache: 'reload' })).toMatchObject({
      name: 'Ada Lovelace',
      demographic: { age: 37, city: 'Oslo', occupation: 'Painter' },
      psychographic: theirs.psychographic,
    });
  });

  test.each(['stored', 'mine'])(
    'of a list never overwrites the other list without a choice: %s',
    async (choice) => {
      const { id } = await createAda();
      const mine = { ...(await open(id)), 'psychographic.interests': 'art\nsailing' };
      await admin.personas.update(id, theirs);
      const shown = await readFormValues(await send(id, mine));
      expect(shown).toMatchObject({
        'psychographic.interests': 'art\nsailing',
        'stored.psychographic.interests': 'art\nmusic\nchess',
      });
      const readInterests = async () =>
        (await admin.personas.get(id, { cache: 'reload' })).psychographic?.interests;
      expect((await send(id, shown)).status).toBe(400);
      expect(await readInterests()).toEqual(['art', 'music', 'chess']);
      const decided = { ...shown, 'choice.psychographic.interests': choice };
      expect((await send(id, decided)).status).toBe(303);
      expect(await readInterests()).toEqual(
        choice === 'mine' ? ['art', 'sailing'] : ['art', 'music', 'chess'],
      );
    },
  );

  test('overwrites nothing else if the same form is sent again with the new time', async () => {
    const { id } = await createAda();
    const mine = { ...(await open(id)), 'demographic.occupation': 'Painter' };
    const { updated_at: updatedAt } = await admin.personas.update(id, theirs);
    expect((await send(id, { ...mine, updatedAt })).status).toBe(303);
    expect(await admin.personas.get(id, { cache: 'reload' })).toMatchObject({
      ...theirs,
      demographic: { ...theirs.demographic, occupation: 'Painter' },
    });
  });

  test('after a second conflict, keeps the changes of all three', async () => {
    const { id } = await createAda();
    const mine = { ...(await open(id)), 'psychographic.lifestyle': 'busy' };
    await admin.personas.update(id, { demographic: { city: 'Paris' } });
    const first = await readFormValues(await send(id, mine));
    await admin.personas.update(id, { demographic: { occupation: 'Painter' } });
    const second = await send(id, first);
    expect(second.status).toBe(409);
    expect((await send(id, await readFormValues(second))).status).toBe(303);
    expect(await admin.personas.get(id, { cache: 'reload' })).toMatchObject({
      demographic: { city: 'Paris', occupation: 'Painter' },
      psychographic: { lifestyle: 'busy' },
    });
  });

  test('is no failure if both users have made the same change', async () => {
    const { id } = await createAda();
    const mine = { ...(await open(id)), 'demographic.city': 'Paris' };
    await admin.personas.update(id, { demographic: { city: 'Paris' } });
    const saved = await send(id, mine);
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `/personas/${id}?saved#main`]);
  });

  test('is detected even if the user has signed in again since the form was opened', async () => {
    const { id } = await createAda();
    const mine = { ...(await open(id)), 'demographic.occupation': 'Painter' };
    await admin.personas.update(id, theirs);
    const kept = await readFormValues(await post(`/sign-in?next=/personas/${id}/edit`, mine));
    const restored = await post('/sign-in', { ...kept, username: 'bob', password: USERS.bob });
    const conflict = await send(id, await readFormValues(restored));
    expect(conflict.status).toBe(409);
    expect((await send(id, await readFormValues(conflict))).status).toBe(303);
    expect(await admin.personas.get(id, { cache: 'reload' })).toMatchObject({
      ...theirs,
      demographic: { ...theirs.demographic, occupation: 'Painter' },
    });
  });
});

test('a field that is configured after the form was opened stays as it is, also if the form is shown again', async () => {
  const describeField = (name: string) => ({ name, type: 'string' as const, label: name, description: '' });
  const describeFields = (...names: string[]) => ({
    psychographic: { label: 'Psychographic', description: '', fields: names.map(describeField) },
  });
  const fieldConfig = describeFields('lifestyle', 'motto');
  await using configured = createPersonaService({
    dialect: 'attributes',
    auth: { users: USERS },
    fieldConfig,
  });
  let hasMotto = false;
  client.close();
  client = new PersonaClient({
    fetch: async (input, init) =>
      !hasMotto && String(input).endsWith('/field-config')
        ? Response.json(describeFields('lifestyle'))
        : configured.fetch(input, init),
    cache: false,
    retry: false,
  });
  app = createApp(client);
  const { cookie } = await logIn();
  const opened = await readFormValues(await app.request('/personas/1/edit', { headers: { cookie } }));
  expect(opened).not.toHaveProperty(['psychographic.motto']);
  hasMotto = true;
  const admin = client.as({ username: 'admin', password: USERS.admin });
  const { updated_at: updatedAt } = await admin.personas.update(1, {
    psychographic: { motto: 'onwards' } as object,
  });
  const values = { ...opened, updatedAt, 'psychographic.lifestyle': 'busy' };
  configured.faults.add({ status: 500, times: 1, match: { method: 'PUT' } });
  const failed = await post('/personas/1/edit', values, { cookie });
  expect(failed.status).toBe(502);
  const again = await readFormValues(failed);
  expect((await post('/personas/1/edit', again, { cookie })).status).toBe(303);
  expect((await admin.personas.get(1)).psychographic).toMatchObject({ motto: 'onwards', lifestyle: 'busy' });
});

describe('behind a proxy that terminates TLS', () => {
  const logInFrom = async (headers: Record<string, string>, publicUrl?: string) => {
    const proxied = createApp(client, { publicOrigins: parsePublicOrigins(publicUrl) });
    const response = await proxied.request(`http://${headers.host}/sign-in`, {
      method: 'POST',
      headers: { ...FORM, ...headers },
      body: 'username=admin&password=personas',
    });
    const cookie = response.headers.get('set-cookie');
    return [response.status, cookie === null ? null : /; Secure/.test(cookie)];
  };
  const FORGED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };

  test.each([
    // host, origin, PUBLIC_URL, status, Secure
    ['app.example', 'https://app.example', undefined, 303, true],
    ['app.example', 'http://app.example', undefined, 303, false],
    ['app.example:443', 'https://app.example', undefined, 303, true],
    ['app.example:8443', 'https://app.example:8443', undefined, 303, true],
    ['[::1]:5000', 'http://[::1]:5000', undefined, 303, false],
    ['app.example', 'https://app.example:8443', undefined, 403, null],
    ['app.example', 'https://evil.example', undefined, 403, null],
    ['internal:5000', 'https://evil.example', undefined, 403, null],
    ['app.example', 'null', undefined, 403, null],
    ['app.example', 'chrome-extension://app.example', undefined, 403, null],
    ['internal:5000', 'https://app.example', undefined, 403, null],
    ['internal:5000', 'https://app.example', 'https://app.example/', 303, true],
    ['internal:5000', 'https://b.example:8443', 'https://app.example, https://b.example:8443', 303, true],
    ['internal:5000', 'https://b.example', 'https://app.example, https://b.example:8443', 403, null],
    ['app.example', 'http://app.example', 'https://app.example', 403, null],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000', 'https://app.example', 303, false],
    ['127.0.0.1:5000', 'http://127.0.0.1:6000', 'https://app.example', 403, null],
  ] as const)('host %s, origin %s, PUBLIC_URL %s: %i, Secure %s', async (host, origin, url, ...expected) => {
    expect(await logInFrom({ host, origin }, url)).toEqual(expected);
    expect(await logInFrom({ host, origin, ...FORGED }, url), 'X-Forwarded-*').toEqual(expected);
  });

  test.each([
    // Origin, PUBLIC_URL, Secure
    ['null', 'https://app.example', true],
    [undefined, 'https://app.example', true],
    ['null', 'http://intranet.example, https://app.example', true],
    ['null', 'http://intranet.example', false],
    ['null', undefined, false],
    [undefined, undefined, false],
  ])('a browser that hides the origin as %s, PUBLIC_URL %s: Secure %s', async (origin, url, isSecure) => {
    const proxied = createApp(client, { publicOrigins: parsePublicOrigins(url) });
    for (const host of ['internal:5000', '127.0.0.1:5000']) {
      const { origin: _, ...form } = FORM;
      const response = await proxied.request(`http://${host}/sign-in`, {
        method: 'POST',
        headers: { ...form, ...(origin && { origin }), 'sec-fetch-site': 'same-origin' },
        body: 'username=admin&password=personas',
      });
      expect(response.status).toBe(303);
      expect(/; Secure/.test(response.headers.get('set-cookie') ?? '')).toBe(isSecure);
    }
  });

  test('a rejected form says why', async () => {
    const response = await post('/sign-in', {}, { origin: 'https://evil.example' });
    expect(await response.text()).toContain('This form came from another site');
  });

  test.each(['app.example', 'ftp://app.example', 'https://'])('PUBLIC_URL %s is refused', (url) => {
    expect(() => parsePublicOrigins(url)).toThrow(`PUBLIC_URL: '${url}' is not an http: or https: URL`);
  });
});

describe('other sites', () => {
  test.each(['/sign-in', '/sign-out', '/personas/new', '/personas/1/edit', '/personas/1/delete'])(
    'cannot send a form to %s',
    async (path) => {
      const { cookie } = await logIn();
      const before = service.requests.length;
      const foreignHeaders = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expect((await post(path, { name: 'Mallory' }, foreignHeaders)).status).toBe(403);
      expect(service.requests.length).toBe(before);
    },
  );

  test('cannot write JSON without a JSON content type', async () => {
    const { cookie } = await logIn();
    const response = await post('/api/personas', { name: 'Mallory' }, { cookie });
    expect(response.status).toBe(415);
  });

  test('cannot frame a page, run a script in it, or read it from a cache', async () => {
    const { cookie } = await logIn();
    const { headers } = await app.request('/personas', { headers: { cookie } });
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('cannot send a body that is too large', async () => {
    const { cookie } = await logIn();
    const response = await post('/personas/new', { name: 'x'.repeat(17_000_000) }, { cookie });
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('At most 4 MB')]);
    const json = await app.request('/api/personas', {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x'.repeat(17_000_000) }),
    });
    expect([json.status, await json.json()]).toMatchObject([413, { code: 'body_too_large' }]);
  });
});

describe('/api/personas', () => {
  const get = async (path: string, cookie: string) =>
    app.request(`/api/personas${path}`, { headers: { cookie } });

  test('uses the format of the service, and names the source of the data', async () => {
    const { cookie } = await logIn();
    const response = await get('?page=2&per_page=2', cookie);
    expect(await response.json()).toMatchObject({
      total: 5,
      page: 2,
      per_page: 2,
      pages: 3,
      personas: [{}, {}],
    });
    expect([response.headers.get('x-data-source'), response.headers.get('age')]).toEqual(['network', '0']);

    service.faults.add({ status: 503 });
    const staleResponse = await get('?page=2&per_page=2', cookie);
    expect([staleResponse.status, staleResponse.headers.get('x-data-source')]).toEqual([200, 'stale']);
  });

  test('creates a persona, and names each invalid field', async () => {
    const { cookie } = await logIn();
    const create = (body: unknown) =>
      app.request('/api/personas', {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const created = await create({ name: 'Ada' });
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/personas/6']);
    const rejected = await create({ name: 'Ada', demographic: { age: 250 } });
    expect([rejected.status, await rejected.json()]).toEqual([
      400,
      {
        error: 'That is not possible',
        code: 'invalid_input',
        issues: [{ path: ['demographic', 'age'], message: 'must be a whole number from 0 to 120' }],
      },
    ]);
    expect((await create('{')).status).toBe(400);
  });

  const failWith = (status: number, headers = {}): Fault => ({ status, headers });
  const FAILURES: readonly [string, Fault | undefined, number, string][] = [
    ['/99', undefined, 404, 'not_found'],
    ['?page=none', undefined, 400, 'invalid_input'],
    ['/1', failWith(400), 400, 'rejected_input'],
    ['/1', failWith(403), 403, 'forbidden'],
    ['/1', failWith(409), 409, 'conflict'],
    ['/1', failWith(429, { 'retry-after': '7' }), 429, 'rate_limited'],
    ['/1', failWith(500), 502, 'server_error'],
    ['/1', failWith(302), 502, 'unexpected_status'],
    ['/1', { status: 200, body: 'nothing' }, 502, 'invalid_response'],
    ['/1', { reset: true }, 502, 'connection_failed'],
    ['/1', { stall: true }, 504, 'timeout'],
  ];
  test.each(FAILURES)('%s with the fault %o fails with %i %s', async (path, fault, status, code) => {
    const { cookie } = await logIn();
    if (fault) service.faults.add(fault);
    const response = await get(path, cookie);
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    if (status === 429) expect(response.headers.get('retry-after')).toBe('7');
  });

  test('an open circuit fails with 503 and Retry-After', async () => {
    const { cookie } = await logIn();
    service.faults.add({ status: 500 });
    for (const id of [1, 2]) await get(`/${id}`, cookie);
    const response = await get('/3', cookie);
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'circuit_open' }]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
  });
});

test('a form says that it may have been saved if the response is lost', async () => {
  const { cookie } = await logIn();
  service.faults.add({ reset: true, afterWrite: true, match: { method: 'POST' } });
  const response = await post('/personas/new', { name: 'Ada' }, { cookie });
  expect(response.status).toBe(502);
  expect(await response.text()).toMatch(/It may have been saved\.[\s\S]*value="Ada"/);
});

test('npm run web-app starts service and application, and ends on SIGTERM', { timeout: 30_000 }, async () => {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const env = { ...process.env, PORT: '0', PERSONA_PASSWORD: 'personas' };
  const child: ChildProcess = spawn(process.execPath, [tsx, 'examples/web-app/main.ts'], { env });
  try {
    let url = '';
    for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
      url = /^Web application at (\S+), sign in as admin with personas$/.exec(line)?.[1] ?? '';
      if (url) break;
    }
    const response = await fetch(`${url}/personas`);
    expect(await response.text()).toContain('<h1>Sign in</h1>');
  } finally {
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  }
});
