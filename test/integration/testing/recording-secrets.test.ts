import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { PersonaClient } from 'persona-client';
import { createPersonaService, type RecordFetchOptions, recordFetch } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const ORIGIN = 'https://personas.example.com';

type Responder = (request: Request) => Response | Promise<Response>;

/** Records requests to a function. `read` returns the file in lower case. */
async function record(respond: Responder, options: Partial<RecordFetchOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-recording-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'recording.json');
  const fetch = recordFetch({
    file,
    fetch: async (input, init) => respond(new Request(input, init)),
    ...options,
  });
  return {
    send: (path: string, init?: RequestInit) => fetch(ORIGIN + path, init),
    read: async () => (await readFile(file, 'utf8')).toLowerCase(),
  };
}

const toBase64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
const toHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** The places where a hostile or odd service could put a secret. */
const ECHOES: Readonly<Record<string, (secret: string) => Response>> = {
  'a field': (secret) => Response.json({ note: secret }),
  'a text around it': (secret) => Response.json({ message: `Hello ${secret}, and x${secret}x` }),
  'the name of a field': (secret) => Response.json({ deep: [{ [secret]: 1 }] }),
  'JSON in a text': (secret) => Response.json({ log: JSON.stringify({ seen: { it: secret } }) }),
  'JSON in JSON in a text': (secret) =>
    Response.json({ log: JSON.stringify(JSON.stringify({ seen: secret })) }),
  'a list of characters': (secret) => Response.json({ interests: [...`["${secret}"]`] }),
  'upper case': (secret) => Response.json({ note: secret.toUpperCase() }),
  'a URL': (secret) => Response.json({ next: `${ORIGIN}/x?q=${encodeURIComponent(secret)}#top` }),
  'a URL in a URL': (secret) =>
    Response.json({ next: `/login?back=${encodeURIComponent(`/x?q=${encodeURIComponent(secret)}`)}` }),
  'a form': (secret) => new Response(new URLSearchParams({ seen: secret })),
  base64: (secret) => Response.json({ note: toBase64(secret) }),
  'an error page': (secret) =>
    new Response(`<h1>502</h1><pre>${toHtml(secret)}</pre>`, {
      status: 502,
      headers: { 'content-type': 'text/html' },
    }),
  'an error of a service': (secret) =>
    Response.json({ error: `(sqlite3.Error) VALUES ('${secret}')` }, { status: 500 }),
  'truncated JSON': (secret) => new Response(`{"note": ${JSON.stringify(secret)}, "re`),
  'a redirect': (secret) =>
    new Response(null, { status: 302, headers: { location: `/next?q=${encodeURIComponent(secret)}` } }),
  'a header that is recorded': (secret) =>
    new Response('{}', {
      headers: { etag: `"${encodeURI(secret)}"`, link: `<${encodeURI(secret)}>; rel=next` },
    }),
  'another header': (secret) => new Response('{}', { headers: { 'x-debug': encodeURI(secret) } }),
  'the content type': (secret) =>
    new Response('{}', { headers: { 'content-type': `application/json; x=${encodeURI(secret)}` } }),
  'the status text': (secret) => new Response('{}', { statusText: encodeURI(secret) }),
  bytes: (secret) => new Response(new Uint8Array([0xff, ...Buffer.from(secret), 0xff])),
  'UTF-16': (secret) => new Response(new Uint8Array([0xff, 0xfe, ...Buffer.from(secret, 'utf16le')])),
};

const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The ways in which a program sends a secret. */
const SENDERS: Readonly<Record<string, (secret: string) => readonly [path: string, init?: RequestInit]>> = {
  'a bearer token': (secret) => ['/a', { headers: { authorization: `Bearer ${secret}` } }],
  'an authorization without a scheme': (secret) => ['/a', { headers: { authorization: secret } }],
  'a password of Basic': (secret) => ['/a', { headers: { authorization: `Basic ${btoa(`ada:${secret}`)}` } }],
  'a quoted parameter of an authorization': (secret) => [
    '/a',
    { headers: { authorization: `Digest username="ada", response=${quote(secret)}, nc=00000001` } },
  ],
  'the last parameter of an authorization': (secret) => [
    '/a',
    { headers: { authorization: `AWS4-HMAC-SHA256 SignedHeaders=host, Signature=${quote(secret)}` } },
  ],
  'a URL in a header': (secret) => [
    '/a',
    { headers: { referer: `${ORIGIN}/?${new URLSearchParams({ token: secret })}` } },
  ],
  'a proxy token': (secret) => ['/a', { headers: { 'proxy-authorization': `Bearer ${secret}` } }],
  'a key in a header': (secret) => ['/a', { headers: { 'x-api-key': secret } }],
  'a subscription key': (secret) => ['/a', { headers: { 'ocp-apim-subscription-key': secret } }],
  'a key in the query': (secret) => [`/a?${new URLSearchParams({ api_key: secret })}`],
  'a parameter named key': (secret) => [`/a?${new URLSearchParams({ key: secret, page: '1' })}`],
  'a signature in the query': (secret) => [`/a?${new URLSearchParams({ 'X-Amz-Signature': secret })}`],
  'a password in a body': (secret) => ['/a', { method: 'POST', body: JSON.stringify({ password: secret }) }],
  'a nested secret in a body': (secret) => [
    '/a',
    { method: 'PUT', body: JSON.stringify({ config: [{ clientSecret: { value: secret } }] }) },
  ],
  'an unknown field of a login': (secret) => [
    '/api/v1/auth/login',
    { method: 'POST', body: JSON.stringify({ username: 'ada', geheim: secret }) },
  ],
  'a field of the option redact': (secret) => [
    '/a',
    { method: 'PUT', body: JSON.stringify({ Nickname: secret }) },
  ],
  'a parameter of the option redact': (secret) => [`/a?${new URLSearchParams({ nickname: secret })}`],
  'a header of the option redact': (secret) => ['/a', { headers: { nickname: secret } }],
};

const SECRETS = [
  's3cret-canary.value',
  'a+b/c==&<"%25\\',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl',
];

/** The forms of a secret that a recording must not contain. */
const listForms = (secret: string) =>
  [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    toBase64(secret),
    toHtml(secret),
  ].map((form) => form.toLowerCase());

async function expectNoSecret(read: () => Promise<string>, ...secrets: string[]): Promise<void> {
  const text = await read();
  for (const secret of secrets)
    for (const form of listForms(secret)) expect(text, `the file contains ${form}`).not.toContain(form);
  for (const [, bytes = ''] of text.matchAll(/"bodybase64":"([^"]*)"/g)) expect(bytes).toBe(''); // it contained the secret
  expect(() => JSON.parse(text)).not.toThrow();
}

describe.each(Object.entries(SENDERS))('%s never reaches the file', (name, createRequest) => {
  it.each(Object.entries(ECHOES))('from %s', async (_, echo) => {
    for (const secret of SECRETS) {
      if (name === 'an authorization without a scheme' && /\s/.test(secret)) continue;
      const { send, read } = await record(() => echo(secret), { redact: ['nickname'] });
      const [path, init] = createRequest(secret);
      await send(path, { redirect: 'manual', ...init });
      await expectNoSecret(read, secret);
    }
  });
});

it.each([
  ['access_token', { access_token: 'opaque-canary-1' }],
  ['another name', { data: { value: 'opaque-canary-1' } }],
  ['a list', ['opaque-canary-1']],
  ['a name of a field', { tokens: { 'opaque-canary-1!': true } }],
  ['a text', 'opaque-canary-1'],
])(
  'a token of a login under %s never reaches the file, not even where a later response repeats it',
  async (_, body) => {
    const { send, read } = await record(({ method }) =>
      Response.json(method === 'POST' ? body : { note: 'Bearer opaque-canary-1!' }),
    );
    await send('/whoami'); // before the token is known
    await send('/api/v1/auth/login', { method: 'POST', body: '{"username":"ada","password":"pass-canary"}' });
    await send('/whoami');
    await expectNoSecret(read, 'opaque-canary-1', 'pass-canary');
    expect(await read()).toContain('"username":"ada"');
  },
);

it.each([
  ['text that is not JSON', new Response('opaque-canary-2')],
  ['a cookie', new Response('{}', { headers: { 'set-cookie': 'sid=opaque-canary-2; HttpOnly' } })],
  ['a token header', new Response('{}', { headers: { 'x-auth-token': 'opaque-canary-2' } })],
])('a token of a login as %s never reaches the file', async (_, response) => {
  const { send, read } = await record(({ method }) =>
    method === 'POST' ? response : Response.json({ note: 'opaque-canary-2' }),
  );
  await send('/api/v1/auth/refresh', { method: 'POST' });
  await send('/whoami');
  await expectNoSecret(read, 'opaque-canary-2');
});

it('a cookie that the program sends never reaches the file', async () => {
  const { send, read } = await record(() => Response.json({ seen: ['cookie-canary-a', 'cookie-canary-b'] }));
  // `Headers` of Node.js accepts cookies, which pages cannot set
  await send('/a', { headers: { cookie: 'sid=cookie-canary-a; other="cookie-canary-b"' } });
  await expectNoSecret(read, 'cookie-canary-a', 'cookie-canary-b');
});

it('a token of another user never reaches the file, because it looks like one', async () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.Zm9yYm9i';
  const texts = [
    `seen ${jwt}`,
    'Authorization: Bearer 0123456789abcdef',
    'https://ada:pass-canary@host/',
    'api_key=pass-canary&x',
  ];
  const { send, read } = await record(() => Response.json(texts));
  await send('/a');
  await expectNoSecret(read, jwt, '0123456789abcdef', 'pass-canary');
});

it('a secret is also removed from earlier exchanges once it is known', async () => {
  const bytes = new Uint8Array([0xff, ...Buffer.from('late-canary')]);
  const { send, read } = await record(({ url }) =>
    url.endsWith('/bytes')
      ? new Response(bytes)
      : Response.json({ note: 'late-canary', list: ['late-canary'] }),
  );
  await send('/a?note=late-canary', { headers: { 'if-none-match': '"late-canary"' } });
  await send('/b', { method: 'PUT', body: '{"note":"late-canary"}' });
  await send('/bytes');
  await send('/c', { headers: { 'x-api-key': 'late-canary' } });
  await expectNoSecret(read, 'late-canary');
});

it('any secret is replaced where a service repeats it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 }), async (text) => {
      const secret = `${text.trim()}canary`;
      const { send, read } = await record(() =>
        Response.json({ a: secret, b: [`<${secret}>`], [secret]: 1 }),
      );
      await send('/a', { method: 'POST', body: JSON.stringify({ password: secret }) });
      expect(await read()).not.toContain(JSON.stringify(secret).slice(1, -1).toLowerCase());
    }),
    { numRuns: 200 },
  );
});

it('a short secret is replaced where it is a whole word, so that ordinary words stay readable', async () => {
  const { send, read } = await record(() => Response.json({ seen: 'pin ab, about', exact: 'ab' }));
  await send('/a', { headers: { 'x-api-key': 'ab' } });
  const text = await read();
  expect(text).toContain('"seen":"pin redacted-1, about"');
  expect(text).toContain('"exact":"redacted-1"');
});

it.each(['subresource', 'attributes'] as const)(
  'a whole session with a %s service leaves no password and no token in the file',
  async (dialect) => {
    await using service = createPersonaService({ dialect, auth: { users: { ada: 'pass-canary' } } });
    const seen = new Set<string>(['pass-canary']);
    const folder = await mkdtemp(join(tmpdir(), 'persona-client-recording-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'session.json');
    const fetch = recordFetch({
      file,
      fetch: async (input, init) => {
        const response = await service.fetch(input, init);
        for (const [token] of (await response.clone().text()).matchAll(/eyJ[\w.-]+/g)) seen.add(token);
        return response;
      },
    });
    using client = new PersonaClient({ fetch, auth: { username: 'ada', password: 'pass-canary' } });
    await client.personas.create({ name: 'Ada', psychographic: { lifestyle: 'pass-canary' } });
    await client.auth.refresh();
    await client.personas.list();
    await client.auth.logout();
    expect(seen.size).toBeGreaterThan(2);
    await expectNoSecret(async () => (await readFile(file, 'utf8')).toLowerCase(), ...seen);
  },
);

/** Responses with a secret that no request contains. */
const TEXTS: Readonly<Record<string, string>> = {
  'JSON in a text': JSON.stringify({ log: JSON.stringify({ client_secret: 'alpha beta,gamma' }) }),
  'lines of JSON': '{"client_secret":"alpha beta,gamma"}\n{"id":1}\n',
  'events of a stream': 'data: {"client_secret":"alpha beta,gamma"}\n\n',
  'JSON after a prefix': ')]}\'\n{"client_secret":"alpha beta,gamma"}',
  'truncated JSON': '{"id":1,"client_secret":"alpha beta,gamma","na',
  'JSON with a number that JavaScript cannot represent': '{"client_secret":"alpha beta,gamma","n":1e400}',
  'JSON with an escaped name': '{"client_\\u0073ecret":"alpha beta,gamma","n":1e400}',
  'a form': 'id=1&client_secret=alpha+beta%2Cgamma',
  markup: '<client_secret>alpha beta,gamma</client_secret>',
  'a field of an HTML form': '<input name="csrf_token" type="hidden" value="alpha beta,gamma">',
  'a part of a multipart body':
    '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nalpha beta,gamma\r\n--x--\r\n',
};

it.each(Object.entries(TEXTS))('a secret in %s is replaced as a whole, and elsewhere', async (_, text) => {
  const { send, read } = await record(({ url }) =>
    url.endsWith('/echo') ? Response.json({ note: 'alpha beta,gamma' }) : new Response(text),
  );
  await send('/echo');
  await send('/text');
  expect(await read()).not.toMatch(/alpha|beta|gamma/);
});

describe('a secret in a request', () => {
  const SECRET = 'alpha-beta-99';
  const form = new URLSearchParams({ username: 'ada', password: SECRET });
  const multipart = new FormData();
  multipart.set('password', SECRET);

  it.each<[string, string, RequestInit?]>([
    ['a form', '/register', { method: 'POST', body: form }],
    ['the form of a login', '/auth/login', { method: 'POST', body: form }],
    ['a multipart body', '/register', { method: 'POST', body: multipart }],
    ['a parameter of a login', `/auth/callback?code=${SECRET}`],
    ['JSON in a parameter', `/a?filter=${encodeURIComponent(JSON.stringify({ password: SECRET }))}`],
  ])('in %s is replaced wherever a service repeats it', async (_, path, init) => {
    const { send, read } = await record(() => Response.json({ message: `Hello ${SECRET}` }, { status: 400 }));
    await send(path, init);
    expect(await read()).not.toContain(SECRET);
  });
});

it.each([
  ['HTML with numbers', 'quo&#34;alpha99'],
  ['a form', new URLSearchParams({ x: 'quo"alpha99' }).toString()],
  ['JSON that escapes more than it must', 'quo\\u0022alpha99'],
  ['JSON in JSON in a text', JSON.stringify(JSON.stringify(JSON.stringify('quo"alpha99')))],
  ['a part of a text in base64', toBase64('{"a":"quo"alpha99"}')],
])('a secret is replaced in %s', async (_, text) => {
  const { send, read } = await record(() => new Response(text));
  await send('/a', { headers: { 'x-api-key': 'quo"alpha99' } });
  expect(await read()).not.toMatch(/alpha99|YWxwaGE5|FscGhhOT|hbHBoYTk5/i);
});

it('a secret with other letters is found in bytes', async () => {
  const bytes = new Uint8Array([0xff, ...Buffer.from('pässwörd-1')]);
  const { send, read } = await record(() => new Response(bytes));
  await send(`/a?${new URLSearchParams({ key: 'pässwörd-1' })}`);
  expect(await read()).not.toContain(Buffer.from(bytes).toString('base64').toLowerCase());
});

it('a token is replaced where it is the name of a field', async () => {
  const { send, read } = await record(() =>
    Response.json({ tokens: { tok_abc123def456: { active: true } } }),
  );
  await send('/a');
  expect(await read()).not.toContain('tok_abc123def456');
});

it('a user name without a password in a URL is replaced, because it can be a token', async () => {
  const { send, read } = await record(() =>
    Response.json({ remote: 'https://ghp_abc123@git.example.com/x' }),
  );
  await send('/a');
  expect(await read()).not.toContain('ghp_abc123');
});

it('words of a sentence about a password stay readable', async () => {
  const { send, read } = await record(() =>
    Response.json({ error: 'password: must have letters. Your token: expired', note: 'must be expired' }),
  );
  await send('/a');
  expect(await read()).toContain('must be expired');
});

it('a large page of a login is recorded without its text', async () => {
  const { send, read } = await record(() => new Response('<p>é "alpha"</p>\n'.repeat(200_000)));
  expect((await send('/auth/login')).status).toBe(200);
  expect(await read()).not.toContain('alpha');
});

it('a long text that looks like the start of tokens is read once', async () => {
  const { send } = await record(() => Response.json({ note: '-eyJaaaaa'.repeat(20_000) }));
  const before = process.cpuUsage().user;
  await send('/a');
  expect((process.cpuUsage().user - before) / 1000).toBeLessThan(5_000);
});
