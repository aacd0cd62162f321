import {
  type ClientOptions,
  PersonaClient,
  PersonaValidationError,
  type RequestOptions,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf, thrownBy } from '../../support/failures.js';
import { serve } from '../../support/service.js';

type Row = readonly [path: string, options: unknown];

/** An option by its path, such as `retry.limit`, with a value. */
const given = (path: string, value: unknown): Row => [
  path,
  path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
];

/** The names of reads have a dot of their own. */
const ttlOf = (read: string, ttlMs: unknown): Row => [
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
const BEYOND_A_TIMER = 2 ** 31;

const COUNTS = [
  ...['concurrency', 'maxResponseBytes', 'retry.limit', 'retry.budget'],
  ...['breaker.failMax', 'breaker.volumeThreshold', 'cache.maxEntries'],
];
/** `Infinity` is one of its values: the circuit stays open. */
const RESET = 'breaker.resetTimeoutMs';
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

const NUMERIC: readonly Row[] = [
  ...[...COUNTS, ...DURATIONS].flatMap((path) => NUMBERS.map((value) => given(path, value))),
  ...NUMBERS.filter((value) => value !== Number.POSITIVE_INFINITY).map((value) => given(RESET, value)),
  ...DURATIONS.map((path) => given(path, BEYOND_A_TIMER)),
  ...POSITIVE.map((path) => given(path, 0)),
  given('concurrency', 2 ** 31),
  given('retry.limit', 101),
  ...[...NUMBERS, BEYOND_A_TIMER].map((ttlMs) => ttlOf('personas.get', ttlMs)),
];

const UNKNOWN: readonly Row[] = [
  ...['timeout', 'baseURL', 'retries', '__proto', 'retry.times', 'retry.backoff', 'breaker.threshold'].map(
    (path) => given(path, 5),
  ),
  ...['cache.ttl', 'cache.max'].map((path) => given(path, 5)),
  ...['personas.update', 'schema.get', 'get', '*'].map((read) => ttlOf(read, 5)),
];

const URLS: readonly Row[] = [
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
].map((url) => given('baseUrl', url));

const VALUES: readonly Row[] = [
  ...['klingon', '', null, 5].map((value) => given('dialect', value)),
  ...['', '../..', '.', 'v1/../v2', 'a b', 1, null].map((value) => given('apiVersion', value)),
  ...[true, 'x', 5, null].flatMap((value) => ['retry', 'breaker', 'cache'].map((path) => given(path, value))),
  ...['token', {}, { token: '' }, { username: 'x' }, { token: 'x', username: 'y', password: 'z' }].map(
    (value) => given('auth', value),
  ),
  ...[{ username: 'x', password: 5 }, { accessToken: 'x' }, { getToken: 'x' }, { token: 'x', more: 1 }].map(
    (value) => given('auth', value),
  ),
  ...[{}, { get: 1, set: 2, delete: 3 }, null, 'file'].map((value) => given('tokenStore', value)),
  ...['x', {}, null].map((value) => given('fetch', value)),
  given('breaker.isFailure', 'never'),
  given('principal', ''),
  given('allowInsecureAuth', 'yes'),
  given('headers', 'x'),
  given('headers.x-ok', 5),
  given('headers.x-ok', 'two\r\nlines'),
  given('headers.not a name', 'x'),
];

/** The option by its path, or by the part of it that is to blame. */
function named(error: PersonaValidationError, path: string): void {
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
  'the constructor refuses impossible %s',
  (_, rows) => {
    it.each(rows)('%s: %o', (path, options) => {
      const error = thrownBy(PersonaValidationError, () => new PersonaClient(options as ClientOptions));
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, request: undefined });
      expect(error.message).toMatch(/^PersonaClient: invalid options: /);
      named(error, path);
    });
  },
);

describe('the constructor', () => {
  it.each([null, 5, 'http://localhost:5050', []])('refuses %o for its options', (options) => {
    thrownBy(PersonaValidationError, () => new PersonaClient(options as ClientOptions));
  });

  it('never shows a credential that it refuses', () => {
    const auth = { username: 'ada', password: 'hunter2', passwort: 'hunter2' };
    const error = thrownBy(PersonaValidationError, () => new PersonaClient({ auth } as ClientOptions));
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain('hunter2');
    const url = thrownBy(
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
  ] as ClientOptions[])('takes what is just within the bounds: %j', (options) => {
    new PersonaClient(options).close();
  });
});

const PER_CALL: readonly Row[] = [
  ...['timeoutMs', 'deadlineMs', 'retry.limit', 'retry.backoffMs', 'cache.ttlMs'].flatMap((path) =>
    [Number.NaN, -1, BEYOND_A_TIMER, '5'].map((value) => given(path, value)),
  ),
  ...['timeout', 'retry.times', 'cache.maxEntries', 'baseUrl', 'auth'].map((path) => given(path, 5)),
  ...[true, null, 'sometimes'].flatMap((value) => ['cache', 'retry'].map((path) => given(path, value))),
  given('signal', {}),
  given('signal', null),
  given('fallback', 'x'),
  given('headers.bad name', 'x'),
];

it.each(PER_CALL)('a call refuses, before anything is sent, %s: %o', async (path, options) => {
  const { service, connect } = await serve();
  const client = connect();
  for (const call of [
    () => client.personas.get(1, options as RequestOptions<never>),
    () => client.personas.delete(1, options as RequestOptions<never>),
    () => client.personas.iterate({}, options as RequestOptions<never>).next(),
    () => client.withMeta.health.check(options as RequestOptions<never>),
  ]) {
    const error = await failureOf(PersonaValidationError, call());
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    named(error, path);
  }
  expect(service.requests).toEqual([]);
});
