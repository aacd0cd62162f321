import {
  type ClientOptions,
  PersonaClient,
  PersonaValidationError,
  type RequestOptions,
} from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { createTestClient, startService } from '../../support/service.js';

type InvalidOption = readonly [path: string, options: unknown];

/** Builds options with a value at a path such as `retry.limit`. */
const row = (path: string, value: unknown): InvalidOption => [
  path,
  path.split('.').reduceRight<unknown>((nested, key) => ({ [key]: nested }), value),
];

/** Separate from `row`, because operation names contain a dot. */
const ttlRow = (read: string, ttlMs: unknown): InvalidOption => [
  `cache.ttlMsFor.${read}`,
  { cache: { ttlMsFor: { [read]: ttlMs } } },
];

const NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  1.5,
  '5',
  null,
  true,
  {},
];
const MAX_TIMER_MS_PLUS_1 = 2 ** 31;

const COUNTS = [
  ...['concurrency', 'maxResponseBytes', 'retry.limit', 'retry.budget'],
  ...['breaker.failMax', 'breaker.volumeThreshold', 'cache.maxEntries'],
];
/** Accepts `Infinity`, which keeps the circuit open. */
const RESET_TIMEOUT = 'breaker.resetTimeoutMs';
const DURATIONS = [
  ...['timeoutMs', 'deadlineMs', 'retry.backoffMs', 'retry.maxBackoffMs'],
  ...[
    'lateWriteWindowMs',
    'breaker.windowMs',
    'cache.ttlMs',
    'cache.staleIfErrorMs',
    'cache.staleWhileRevalidateMs',
  ],
];
const POSITIVE = [
  ...['timeoutMs', 'deadlineMs', 'concurrency', 'maxResponseBytes'],
  ...['breaker.failMax', 'breaker.resetTimeoutMs', 'cache.maxEntries'],
];

const NUMERIC: readonly InvalidOption[] = [
  ...[...COUNTS, ...DURATIONS].flatMap((path) => NUMBERS.map((value) => row(path, value))),
  ...NUMBERS.filter((value) => value !== Number.POSITIVE_INFINITY).map((value) => row(RESET_TIMEOUT, value)),
  ...DURATIONS.map((path) => row(path, MAX_TIMER_MS_PLUS_1)),
  ...POSITIVE.map((path) => row(path, 0)),
  row('concurrency', 2 ** 31),
  row('retry.limit', 101),
  ...[...NUMBERS, MAX_TIMER_MS_PLUS_1].map((ttlMs) => ttlRow('personas.get', ttlMs)),
];

const UNKNOWN: readonly InvalidOption[] = [
  ...['timeout', 'baseURL', 'retries', '__proto', 'retry.times', 'retry.backoff', 'breaker.threshold'].map(
    (path) => row(path, 5),
  ),
  ...['cache.ttl', 'cache.max'].map((path) => row(path, 5)),
  ...['personas.update', 'schema.get', 'get', '*'].map((read) => ttlRow(read, 5)),
];

const URLS: readonly InvalidOption[] = [
  ...['ftp://x', 'file:///etc/hosts', 'javascript:1', 'localhost:5050', '', 'no url', '/api/v1', 'http://'],
  ...['http://user@x', 'http://user:pw@x', 'http://x?page=1', 'http://x/#top', 'http://x:99999', 5, null, {}],
  ...[
    '//localhost',
    '\\\\localhost',
    'http:localhost',
    'http:/localhost',
    'http:\\\\localhost',
    'https:///x',
    '@localhost',
  ],
].map((url) => row('baseUrl', url));

/** Headers that the platform sets. Node, undici and browsers reject some of them, and omit others. */
const PLATFORM_HEADERS = [
  ...['connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'te', 'trailer'],
  ...['proxy-authenticate', 'proxy-connection', 'transfer-encoding', 'upgrade'],
];

const VALUES: readonly InvalidOption[] = [
  ...['klingon', '', null, 5].map((value) => row('dialect', value)),
  ...['', '..', '.', 'v1/../v2', 'a b', 1, null].map((value) => row('apiVersion', value)),
  ...[true, 'x', 5, null].flatMap((value) => ['retry', 'breaker', 'cache'].map((path) => row(path, value))),
  ...['token', {}, { token: '' }, { username: 'x' }, { token: 'x', username: 'y', password: 'z' }].map(
    (value) => row('auth', value),
  ),
  ...[{ username: 'x', password: 5 }, { accessToken: 'x' }, { getToken: 'x' }, { token: 'x', more: 1 }].map(
    (value) => row('auth', value),
  ),
  ...[{}, { get: 1, set: 2, delete: 3 }, null, 'file'].map((value) => row('tokenStore', value)),
  ...['x', {}, null].map((value) => row('fetch', value)),
  row('breaker.isFailure', 'never'),
  row('principal', ''),
  row('allowInsecureAuth', 'yes'),
  row('headers', 'x'),
  row('headers.x-ok', 5),
  row('headers.x-ok', 'two\r\nlines'),
  row('headers.x-ok', 'beyond Latin-1: €'),
  row('headers.x-ok', 'a\0b'),
  row('headers.not a name', 'x'),
  row('headers.', 'x'),
  row('headers.x:y', 'x'),
  ...PLATFORM_HEADERS.flatMap((name) => [
    row(`headers.${name}`, '5'),
    row(`headers.${name.toUpperCase()}`, 'x'),
  ]),
];

/** Checks that all issues have the path of the invalid option, or a path below it. */
function expectIssuesAt(error: PersonaValidationError, path: string): void {
  const [first] = path.split('.');
  expect(error.issues.length).toBeGreaterThan(0);
  for (const issue of error.issues) {
    expect(issue.path[0]).toBe(first);
    if (path.includes('.')) expect(issue.path.join('.')).toBe(path);
    expect(issue.message).not.toMatch(/^Invalid input$/);
    expect(error.message).toContain(issue.path.join('.'));
  }
}

describe.each(Object.entries({ numbers: NUMERIC, 'unknown names': UNKNOWN, URLs: URLS, values: VALUES }))(
  'the constructor rejects invalid %s',
  (_, rows) => {
    it.each(rows)('%s: %o', (path, options) => {
      const error = expectThrow(PersonaValidationError, () => new PersonaClient(options as ClientOptions));
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, request: undefined });
      expect(error.message).toMatch(/^PersonaClient: invalid options: /);
      expectIssuesAt(error, path);
    });
  },
);

describe('the constructor', () => {
  it.each([null, 5, 'http://localhost:5050', []])('rejects %o as options', (options) => {
    expectThrow(PersonaValidationError, () => new PersonaClient(options as ClientOptions));
  });

  it.each<[object, string[]]>([
    [{ cache: { keySecret: 'short', maxEntries: 0 } }, ['cache.keySecret', 'cache.maxEntries']],
    [{ cache: { namespace: 'app', unknown: 1 } }, ['cache.namespace', 'cache.unknown']],
    [{ cache: { storeTimeoutMs: 1, ttlMsFor: { get: 1 } } }, ['cache.storeTimeoutMs', 'cache.ttlMsFor.get']],
    [{ cache: { store: new Map(), ttlMs: -1 } }, ['cache.keySecret', 'cache.ttlMs']],
    [{ cache: { store: {} } }, ['cache.keySecret', 'cache.store']],
    [{ baseUrl: 'ftp://x', timeoutMs: -1 }, ['baseUrl', 'timeoutMs']],
  ])('reports all invalid options of %o together', (options, paths) => {
    const { issues } = expectThrow(PersonaValidationError, () => new PersonaClient(options));
    expect([...new Set(issues.map(({ path }) => path.join('.')))].sort()).toEqual(paths);
  });

  it('requires a store for options of a store, also beside another invalid option', () => {
    const cache = { namespace: 'app', maxEntries: 0 };
    const { issues } = expectThrow(PersonaValidationError, () => new PersonaClient({ cache }));
    expect(issues).toContainEqual({ path: ['cache', 'namespace'], message: 'requires store' });
  });

  it('never shows a rejected credential', () => {
    const auth = { username: 'ada', password: 'hunter2', passwort: 'hunter2' };
    const error = expectThrow(PersonaValidationError, () => new PersonaClient({ auth } as ClientOptions));
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain('hunter2');
    const url = expectThrow(
      PersonaValidationError,
      () => new PersonaClient({ baseUrl: 'http://ada:hunter2@x' }),
    );
    expect(`${url.message}${JSON.stringify(url)}`).not.toContain('hunter2');
  });

  it.each([
    {},
    { timeoutMs: 2 ** 31 - 1, deadlineMs: 1 },
    { retry: { limit: 0, backoffMs: 0 }, breaker: false, cache: { ttlMs: 0 } },
    { retry: undefined, cache: undefined, baseUrl: undefined },
    { baseUrl: 'HTTPS://Personas.example.com:8443/base/api/v1/' },
  ] as ClientOptions[])('accepts the limits %j', (options) => {
    new PersonaClient(options).close();
  });
});

const REQUEST_OPTIONS: readonly InvalidOption[] = [
  ...['timeoutMs', 'deadlineMs', 'retry.limit', 'retry.backoffMs', 'cache.ttlMs'].flatMap((path) =>
    [Number.NaN, -1, MAX_TIMER_MS_PLUS_1, '5'].map((value) => row(path, value)),
  ),
  ...['timeout', 'retry.times', 'cache.maxEntries', 'baseUrl', 'auth'].map((path) => row(path, 5)),
  ...[true, null, 'sometimes'].flatMap((value) => ['cache', 'retry'].map((path) => row(path, value))),
  row('signal', {}),
  row('signal', null),
  row('signal', { aborted: false }),
  row('fallback', 'x'),
  row('headers.bad name', 'x'),
  row('headers.x-ok', 'two\r\nlines'),
  ...PLATFORM_HEADERS.map((name) => row(`headers.${name}`, '5')),
];

it.each(REQUEST_OPTIONS)('a call rejects %s before anything is sent: %o', async (path, options) => {
  const { service, connect } = await startService();
  const client = connect();
  for (const call of [
    () => client.personas.get(1, options as RequestOptions<never>),
    () => client.personas.delete(1, options as RequestOptions<never>),
    () => client.personas.iterate({}, options as RequestOptions<never>).next(),
    () => client.withMeta.health.check(options as RequestOptions<never>),
  ]) {
    const error = await expectRejection(PersonaValidationError, call());
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expectIssuesAt(error, path);
  }
  expect(service.requests).toEqual([]);
});

describe('headers that the platform omits', () => {
  /** Omits forbidden headers, as the `Request` of browsers does. */
  class BrowserRequest extends Request {
    constructor(url: string, init: { readonly headers: Record<string, string> }) {
      super(url, init);
      this.headers.delete('cookie');
    }
  }

  it('are invalid, in the constructor and in a call', async () => {
    vi.stubGlobal('Request', BrowserRequest);
    onTestFinished(() => void vi.unstubAllGlobals());
    const headers = { Cookie: 'a=b', 'x-tenant': 'acme' };
    expectIssuesAt(
      expectThrow(PersonaValidationError, () => new PersonaClient({ headers })),
      'headers.Cookie',
    );
    const client = createTestClient({});
    const error = await expectRejection(PersonaValidationError, client.personas.get(1, { headers }));
    expectIssuesAt(error, 'headers.Cookie');
  });

  it('are valid where the platform sends them, or has no Request', () => {
    const headers = { Cookie: 'a=b', Origin: 'https://app.example' };
    createTestClient({ headers });
    vi.stubGlobal('Request', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    createTestClient({ headers });
  });
});

it('no header that the constructor accepts makes a request fail', async () => {
  const { url, requestLines } = await startService({ dialect: 'subresource' });
  const { fetch, close } = await createPooledTransport();
  onTestFinished(close);
  const headers = {
    ...{
      accept: '*/*',
      'accept-encoding': 'gzip',
      'cache-control': 'no-cache',
      cookie: 'a=b',
      date: 'today',
    },
    ...{ dnt: '1', forwarded: 'for=x', from: 'a@b', 'max-forwards': '1', origin: 'null', pragma: 'no-cache' },
    ...{
      range: 'bytes=0-',
      referer: 'x',
      'sec-fetch-mode': 'x',
      'set-cookie': 'x',
      'user-agent': '',
      via: 'x',
    },
    ...{ 'x-http-method-override': 'TRACE', warning: '', 'x-latin': 'Zoë', 'x-padded': '  x\t', '~': '~' },
  };
  for (const options of [{}, { fetch }])
    for (const [name, value] of Object.entries(headers)) {
      const client = createTestClient({ baseUrl: url, dialect: 'subresource', retry: false, ...options });
      await client.personas.create({ name: 'Ada' }, { headers: { [name]: value } });
    }
  expect(requestLines()).toHaveLength(2 * Object.keys(headers).length);
});

describe('the message for a value of another type lists what is allowed', () => {
  const REQUEST_CACHE = 'must be false, "no-store", "reload", "only-if-cached" or an object of options';
  it.each<[RequestOptions | object, string]>([
    [{ cache: 'reloaded' }, `cache: ${REQUEST_CACHE}`],
    [{ cache: true }, `cache: ${REQUEST_CACHE}`],
    [{ retry: 5 }, 'retry: must be false or an object of options'],
    [{ retry: [] }, 'retry: must be false or an object of options'],
    [{ cache: { ttl: 5 } }, 'cache.ttl: is not known. Did you mean ttlMs?'],
    [{ retry: { limit: -1 } }, 'retry.limit: must be a whole number from 0 to 100'],
    [{ priority: 'high' }, 'priority: must be one of "interactive", "background"'],
    [{ onUnknownOutcome: 'reconsile' }, 'onUnknownOutcome: must be one of "throw", "reconcile"'],
  ])('of a call: %j', async (options, message) => {
    const call = createTestClient({}).personas.get(1, options as never);
    const error = await expectRejection(PersonaValidationError, call);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('Invalid input');
  });

  it.each<[ClientOptions | object, string]>([
    [{ cache: 'off' }, 'cache: must be false or an object of options'],
    [{ breaker: 3 }, 'breaker: must be false or an object of options'],
    [{ breaker: { failMaxx: 3 } }, 'breaker.failMaxx: is not known. Did you mean failMax?'],
    [{ breaker: { resetTimeoutMs: 0 } }, 'breaker.resetTimeoutMs: must be a whole number of milliseconds'],
    [{ retry: true }, 'retry: must be false or an object of options'],
    [{ retry: { budget: true } }, 'retry.budget: must be a whole number from 0, or false'],
    [{ auth: { token: 'a', getToken: () => 'a' } }, 'auth: must be { username, password }, { token },'],
    [{ auth: { username: 'ada' } }, 'auth: must be { username, password }, { token },'],
  ])('of a client: %j', (options, message) => {
    const error = expectThrow(PersonaValidationError, () => new PersonaClient(options));
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('Invalid input');
  });
});

describe('a misspelled name is refused with the nearest one', () => {
  it.each<[string, (client: PersonaClient) => unknown, string]>([
    [
      'client.on',
      (client) => client.on('respons' as never, () => {}),
      'name: "respons" is not known. Did you mean response?',
    ],
    [
      'client.on',
      (client) => client.on('toString' as never, () => {}),
      'name: "toString" is not known. Use one of callStart,',
    ],
    ['client.on', (client) => client.on('retry', undefined as never), 'listener: must be a function'],
    ['client.allows', (client) => client.allows('personas.lst' as never), 'Did you mean personas.list?'],
  ])('%s: %s', (method, use, message) => {
    const error = expectThrow(PersonaValidationError, () => use(createTestClient({})));
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining(message) });
    expect(error.message).toContain(`${method}: `);
  });

  it('fieldConfig.get sends nothing', async () => {
    const { connect, requestLines } = await startService();
    const client = connect();
    for (const { fieldConfig } of [client, client.withMeta]) {
      const error = await expectRejection(PersonaValidationError, fieldConfig.get('contextal'));
      expect(error.message).toContain('category: is not known. Did you mean contextual?');
    }
    expect(requestLines()).toEqual([]);
  });
});
