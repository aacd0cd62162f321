import { PersonaClient, PersonaValidationError } from 'persona-client';
import { browserOptions, requestHeaders, skippedFields } from 'persona-client/browse';
import { indexedDbJournal, webStorageTokenStore } from 'persona-client/browser';
import { createMany, createPrivacy, deleteMany, updateMany } from 'persona-client/collections';
import { createPersonaMcpServer, listenMcpHttp, listenMcpSocket } from 'persona-client/mcp';
import { createPooledTransport, fileJournal, fileTokenStore } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries, personaQueryKeys } from 'persona-client/query';
import {
  createPersonaService,
  delay,
  dropAfterBytes,
  expireTokens,
  fail,
  recordFetch,
  reset,
  stall,
  toMswHandlers,
} from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findOptionObjects } from '../../support/api-options.js';
import { createTestClient } from '../../support/service.js';

/** Options with a misspelled name, and whatever the function requires. */
// biome-ignore lint/suspicious/noExplicitAny: the functions must check what the compiler would reject
type Options = any;

const createService = () => {
  const service = createPersonaService();
  onTestFinished(() => service.close());
  return service;
};

/** A client that sends nothing. */
const connect = () =>
  createTestClient({
    dialect: 'attributes',
    retry: false,
    fetch: async () => expect.fail('sent a request'),
  });

const read = async (): Promise<Response> =>
  Response.json({ personas: [], total: 40, page: 1, per_page: 20, pages: 2 });
const getPage = () => createTestClient({ fetch: read }).personas.list();

const auth = { users: { ada: 'secret' } };
const token = { token: 'x' };
const http = { all: () => undefined };
const server = createPersonaMcpServer({ client: {} as never });

/** How to pass an object of options, for each one in the API report. */
const USES: Readonly<Record<string, (options: Options) => unknown>> = {
  'Auth.login(credentials)': (options) => connect().auth.login({ username: 'x', password: 'x', ...options }),
  'FaultOptions.match': (options) => createService().faults.add({ reset: true, match: options }),
  'Faults.add(fault)': (options) => createService().faults.add({ reset: true, ...options }),
  'FieldConfigs.get(options)': (options) => connect().fieldConfig.get(undefined, undefined, options),
  'Health.check(options)': (options) => connect().health.check(options),
  'NamedAccessOptions.categories': (options) => new PersonaClient({ access: { categories: options } }),
  'NamedCacheOptions.ttlMsFor': (options) => new PersonaClient({ cache: { ttlMsFor: options } }),
  'NamedClientOptions.access': (options) => new PersonaClient({ access: options }),
  'NamedClientOptions.auth': (options) => new PersonaClient({ auth: { ...token, ...options } }),
  'NamedClientOptions.breaker': (options) => new PersonaClient({ breaker: options }),
  'NamedClientOptions.cache': (options) => new PersonaClient({ cache: options }),
  'NamedClientOptions.retry': (options) => new PersonaClient({ retry: options }),
  'NamedViewOptions.access': (options) => connect().as(token, { access: options }),
  'PersonaCategory.get(options)': (options) => connect().behavioral.get(1, options),
  'PersonaCategory.update(options)': (options) => connect().behavioral.update(1, {}, options),
  'PersonaClient.as(auth)': (options) => connect().as({ ...token, ...options }),
  'PersonaClient.as(options)': (options) => connect().as(token, options),
  'PersonaClient.constructor(options)': (options) => new PersonaClient(options),
  'PersonaClient.fromEnv(options)': (options) => PersonaClient.fromEnv(options, {}),
  'PersonaClientLike.as(auth)': (options) => connect().as({ ...token, ...options }),
  'PersonaClientLike.as(options)': (options) => connect().as(token, options),
  'PersonaPage.nextPage(options)': async (options) => (await getPage()).nextPage(options),
  'PersonaQueries.infiniteList(query)': (options) => personaQueries(connect()).personas.infiniteList(options),
  'PersonaQueries.list(query)': (options) => personaQueries(connect()).personas.list(options),
  'PersonaQueriesOptions.request': (options) => personaQueries(connect(), { request: options }),
  'PersonaService.listen(options)': (options) => createService().listen({ port: 0, ...options }),
  'PersonaServiceOptions.auth': (options) => createPersonaService({ auth: { ...auth, ...options } }),
  'PersonaServiceOptions.cors': (options) => createPersonaService({ cors: { origins: [], ...options } }),
  'PersonaServiceOptions.store': (options) =>
    createPersonaService({ store: { sqlite: ':memory:', ...options } }),
  'Personas.create(options)': (options) => connect().personas.create({ name: 'x' }, options),
  'Personas.delete(options)': (options) => connect().personas.delete(1, options),
  'Personas.get(options)': (options) => connect().personas.get(1, options),
  'Personas.iterate(iterateOptions)': (options) => connect().personas.iterate(options).next(),
  'Personas.iterate(options)': (options) => connect().personas.iterate({}, options).next(),
  'Personas.list(options)': (options) => connect().personas.list({}, options),
  'Personas.list(query)': (options) => connect().personas.list(options),
  'Personas.toArray(options)': (options) => connect().personas.toArray({}, options),
  'Personas.toArray(toArrayOptions)': (options) => connect().personas.toArray(options),
  'Personas.update(options)': (options) => connect().personas.update(1, { name: 'x' }, options),
  'Privacy.erase(options)': (options) => createPrivacy(connect()).erase(1, options),
  'Privacy.export(options)': (options) => createPrivacy(connect()).export(1, options),
  'Privacy.purge(options)': (options) =>
    createPrivacy(connect()).purge({ olderThan: new Date(), ...options }),
  'RequestOptions.cache': (options) => connect().personas.get(1, { cache: options }),
  'RequestOptions.retry': (options) => connect().personas.get(1, { retry: options }),
  'Schemas.get(options)': (options) => connect().schema.get(options),
  'browserOptions(options)': (options) => browserOptions({}, options),
  'createMany(options)': (options) => createMany(connect(), [], options),
  'createPersonaMcpServer(options)': (options) => createPersonaMcpServer({ client: connect(), ...options }),
  'createPersonaService(options)': (options) => createPersonaService(options),
  'createPooledTransport(options)': (options) => createPooledTransport(options),
  'delay(options)': (options) => delay(1, options),
  'deleteMany(options)': (options) => deleteMany(connect(), [], options),
  'dropAfterBytes(options)': (options) => dropAfterBytes(1, options),
  'expireTokens(options)': (options) => expireTokens('all', options),
  'fail(fault)': (options) => fail(options),
  'fileJournal(options)': (options) => fileJournal('x', options),
  'fileTokenStore(options)': (options) => fileTokenStore('x', options),
  'indexedDbJournal(options)': (options) => indexedDbJournal('x', options),
  'listenMcpHttp(options)': (options) => listenMcpHttp(server, { port: 0, ...options }),
  'listenMcpSocket(options)': (options) => listenMcpSocket(server, { port: 0, ...options }),
  'personaQueries(options)': (options) => personaQueries(connect(), options),
  'personaQueryKeys.infiniteList(query)': (options) => personaQueryKeys().infiniteList(options),
  'personaQueryKeys.list(query)': (options) => personaQueryKeys().list(options),
  'personaTelemetry(options)': (options) => personaTelemetry(options),
  'recordFetch(options)': (options) => recordFetch(options),
  'requestHeaders(options)': (options) => requestHeaders({}, options),
  'reset(options)': (options) => reset(options),
  'skippedFields(options)': (options) => skippedFields({}, options),
  'stall(options)': (options) => stall(options),
  'toMswHandlers(options)': (options) => toMswHandlers(createService(), { http, ...options }),
  'updateMany(options)': (options) => updateMany(connect(), [], options),
  'webStorageTokenStore(options)': (options) => webStorageTokenStore(options),
};

/** Uses options, and returns the error. */
async function expectRejected(use: () => unknown): Promise<TypeError | PersonaValidationError> {
  const error: unknown = await (async () => use())().then(
    () => expect.fail('the options were accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof PersonaValidationError) {
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    return error;
  }
  expect(error).toBeInstanceOf(TypeError);
  return error as TypeError;
}

it('the test knows every object of options in the API report', () => {
  expect(Object.keys(USES).toSorted()).toEqual(findOptionObjects());
});

it.each(Object.entries(USES))('%s rejects an unknown option by name', async (_, use) => {
  const { message } = await expectRejected(() => use({ misspeltOption: 1 }));
  expect(message).toContain('misspeltOption');
  expect(message).not.toMatch(/Cannot (?:read|destr)/);
});

const MISSPELLED: readonly [where: string, use: () => unknown, name: string, nearest: string][] = [
  ['client', () => new PersonaClient({ timeout: 5 } as Options), 'timeout', 'timeoutMs'],
  ['client', () => new PersonaClient({ circuitBreaker: {} } as Options), 'circuitBreaker', 'breaker'],
  [
    'auth',
    () => new PersonaClient({ auth: { usrname: 'x', password: 'x' } as Options }),
    'usrname',
    'username',
  ],
  ['retry', () => new PersonaClient({ retry: { limits: 1 } as Options }), 'limits', 'limit'],
  [
    'breaker',
    () => new PersonaClient({ breaker: { maxFail: 1, failMx: 1 } as Options }),
    'failMx',
    'failMax',
  ],
  ['cache', () => new PersonaClient({ cache: { ttl: 1 } as Options }), 'ttl', 'ttlMs'],
  ['access', () => new PersonaClient({ access: { denny: [] } as Options }), 'denny', 'deny'],
  ['call', () => connect().personas.get(1, { timeoutMS: 5 } as Options), 'timeoutMS', 'timeoutMs'],
  ['query', () => connect().personas.list({ per_page: 5 } as Options), 'per_page', 'perPage'],
  ['iteration', () => connect().personas.toArray({ limt: 5 } as Options), 'limt', 'limit'],
  [
    'persona',
    () => connect().personas.create({ name: 'x', psychografic: {} } as Options),
    'psychografic',
    'psychographic',
  ],
  ['persona', () => connect().personas.update(1, { contextal: {} } as Options), 'contextal', 'contextual'],
  ['demographic', () => connect().demographic.update(1, { citty: 'Oslo' } as Options), 'citty', 'city'],
  [
    'bulk operation',
    () => createMany(connect(), [], { concurency: 1 } as Options),
    'concurency',
    'concurrency',
  ],
  ['service', () => createPersonaService({ latency: 5 } as Options), 'latency', 'latencyMs'],
  ['service', () => createPersonaService({ dialekt: 'attributes' } as Options), 'dialekt', 'dialect'],
  ['cors', () => createPersonaService({ cors: { origin: '*' } as Options }), 'origin', 'origins'],
  ['fault', () => fail({ time: 1 } as Options), 'time', 'times'],
  [
    'fault',
    () => createService().faults.add({ status: 503, contenttype: 'x' } as Options),
    'contenttype',
    'contentType',
  ],
  [
    'match',
    () => createService().faults.add({ reset: true, match: { methods: ['GET'] } as Options }),
    'methods',
    'method',
  ],
  [
    'seed',
    () => createPersonaService({ seed: [{ name: 'x', behavior: {} } as Options] }),
    'behavior',
    'behavioral',
  ],
  ['queries', () => personaQueries(connect(), { prefix: ['ada'] } as Options), 'prefix', 'keyPrefix'],
  [
    'request',
    () => personaQueries(connect(), { request: { retry: { limits: 1 } } as Options }),
    'limits',
    'limit',
  ],
  [
    'telemetry',
    () => personaTelemetry({ tracerprovider: {} } as Options),
    'tracerprovider',
    'tracerProvider',
  ],
  [
    'MCP server',
    () => createPersonaMcpServer({ client: connect(), readonly: true } as Options),
    'readonly',
    'readOnly',
  ],
  ['pool', () => createPooledTransport({ connection: 5 } as Options), 'connection', 'connections'],
];

it.each(MISSPELLED.map(([where, use, name, nearest]) => [where, name, nearest, use] as const))(
  '%s: rejects %s and suggests %s',
  async (_, name, nearest, use) => {
    const { message } = await expectRejected(use);
    expect(message).toMatch(new RegExp(`\\b${name}\\b.*Did you mean ${nearest}\\?`));
  },
);

/** The functions of the subpaths. They reject options that are not an object before they do anything else. */
const SUBPATHS = Object.entries(USES).filter(
  ([name]) => /^[a-z]\w*\(|^Privacy\.(?:erase|purge)/.test(name) && !name.startsWith('expireTokens'),
);
const WITHOUT_SPREAD: Readonly<Record<string, (options: Options) => unknown>> = {
  'Privacy.purge(options)': (options) => createPrivacy(connect()).purge(options),
  'createPersonaMcpServer(options)': (options) => createPersonaMcpServer(options),
  'listenMcpHttp(options)': (options) => listenMcpHttp(server, options),
  'listenMcpSocket(options)': (options) => listenMcpSocket(server, options),
  'toMswHandlers(options)': (options) => toMswHandlers(createService(), options),
};

it.each(SUBPATHS)('%s rejects options that are not an object', async (name, use) => {
  for (const options of [null, 5, true, 'text']) {
    const { message } = await expectRejected(() => (WITHOUT_SPREAD[name] ?? use)(options));
    expect(message).not.toMatch(/Cannot (?:read|destr|convert|use)/);
  }
});

it.each<[string, () => unknown]>([
  ['a socket with a path', () => listenMcpSocket(server, { path: 'x', misspeltOption: 1 } as Options)],
  ['a match of fail', () => fail({ match: { misspeltOption: 1 } } as Options)],
  ['a match of delay', () => delay(1, { match: { misspeltOption: 1 } } as Options)],
  [
    'the cache of queries',
    () => personaQueries(connect(), { request: { cache: { misspeltOption: 1 } } } as Options),
  ],
  ['a password', () => connect().as({ username: 'x', password: 'x', misspeltOption: 1 } as Options)],
  ['getToken', () => connect().as({ getToken: () => 'x', misspeltOption: 1 } as Options)],
])('%s: an unknown option is rejected by name', async (_, use) => {
  expect((await expectRejected(use)).message).toContain('misspeltOption');
});

it('an error names every unknown option, next to invalid ones', () => {
  expect(
    () => new PersonaClient({ timout: 1, timeoutMs: 'x', retry: { limt: 1, limit: -1 } } as Options),
  ).toThrow(/timout: .*; timeoutMs: .*; retry\.limt: .*; retry\.limit: /);
});

const psychographic = (config: unknown) => ({
  dialect: 'attributes',
  fieldConfig: { psychographic: config },
});
const INVALID_SERVICE_OPTIONS: readonly [Options, RegExp][] = [
  [{ auth: { users: { ada: 1 } } }, /auth: users must be/],
  [{ auth: { users: ['ada'] } }, /auth: users must be/],
  [{ cors: { origins: [1] } }, /cors: origins must be an array of strings/],
  [{ cors: { origins: '*' } }, /cors: origins must be/],
  [{ cors: { origins: [], headers: [null] } }, /cors: headers must be/],
  [{ seed: [{}] }, /seed 0: name must be a string/],
  [{ seed: [{ name: 'a' }, { name: 5 }] }, /seed 1: name must be/],
  [{ seed: [null] }, /seed 0: the options must be an object/],
  [{ fieldConfig: { psycho: {} } }, /fieldConfig: psycho .*Did you mean psychographic\?/],
  [psychographic({}), /psychographic: fields must be an array/],
  [psychographic(null), /psychographic: the options must be an object/],
  [psychographic({ fields: {} }), /psychographic: fields must be/],
  [psychographic({ fields: [], lable: 'x' }), /psychographic: lable .*Did you mean label\?/],
  [psychographic({ fields: [{}] }), /field 0: name must be a string/],
  [psychographic({ fields: [{ name: 'a' }] }), /field 0: type must be 'string', 'list' or 'dict'/],
  [psychographic({ fields: [{ name: 'a', type: 'text' }] }), /field 0: type must be/],
  [
    psychographic({ fields: [{ name: 'a', type: 'list', option: [] }] }),
    /field 0: option .*Did you mean options\?/,
  ],
  [psychographic({ fields: [{ name: 'a', type: 'list', options: [1] }] }), /field 0: options must be/],
];

describe('values of options in subpaths', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a seed that is no number', () => createPersonaService({ seed: 'none' as Options }), /seed must be/],
    ['a negative seed', () => createPersonaService({ seed: -1 }), /seed must be/],
    ['a fraction of a seed', () => createPersonaService({ seed: 1.5 }), /seed must be/],
    ['auth: true', () => createPersonaService({ auth: true as Options }), /auth must be/],
    ['auth without users', () => createPersonaService({ auth: {} as Options }), /auth: users must be/],
    ...INVALID_SERVICE_OPTIONS.map(([options, message]): [string, () => unknown, RegExp] => [
      JSON.stringify(options),
      () => createPersonaService(options),
      message,
    ]),
    [
      'a partial store',
      () => createPersonaService({ store: { list() {} } } as Options),
      /store must have the method get/,
    ],
    [
      'a store that cannot list',
      () => createPersonaService({ store: { get() {} } } as Options),
      /store must have the method list/,
    ],
    [
      'an allowed host that is a number',
      () => createService().listen({ port: 0, allowedHosts: [1] as Options }),
      /allowedHosts must be an array of strings/,
    ],
    [
      'msw without a service',
      () => toMswHandlers(undefined as Options, { http }),
      /the service must have the method fetch/,
    ],
    [
      'msw with another object',
      () => toMswHandlers({} as Options, { http }),
      /the service must have the method fetch/,
    ],
    ['a store without sqlite', () => createPersonaService({ store: {} as Options }), /store: sqlite must be/],
    [
      'a latency that is text',
      () => createPersonaService({ latencyMs: '5' as Options }),
      /latencyMs must be/,
    ],
    [
      'no options for msw',
      () => (toMswHandlers as Options)(createService()),
      /http must have the method all/,
    ],
    ['a method that is no text', () => reset({ match: { method: 5 as Options } }), /match: method must be/],
    [
      'a key prefix that is text',
      () => personaQueries(connect(), { keyPrefix: 'ada' as Options }),
      /keyPrefix must be/,
    ],
    ['a prefix that is text', () => personaQueryKeys('ada' as Options), /keyPrefix must be/],
    [
      'a tracer provider without tracers',
      () => personaTelemetry({ tracerProvider: {} as Options }),
      /tracerProvider must/,
    ],
    ['an MCP server without a client', () => (createPersonaMcpServer as Options)({}), /client must be/],
    [
      'readOnly: 1',
      () => createPersonaMcpServer({ client: connect(), readOnly: 1 as Options }),
      /readOnly must be/,
    ],
    ['options that are null', () => personaTelemetry(null as Options), /the options must be an object/],
  ])('rejects %s', async (_, use, message) => {
    expect((await expectRejected(use)).message).toMatch(message);
  });

  it('are ignored if they are undefined', async () => {
    const service = createPersonaService({
      seed: undefined,
      auth: undefined,
      latencyMs: undefined,
    } as Options);
    onTestFinished(() => service.close());
    service.faults.add(fail({ status: undefined, times: undefined, match: undefined } as Options));
    expect((await service.fetch('http://x/api/v1/personas')).status).toBe(503);
    personaQueries(connect(), { keyPrefix: undefined, request: undefined } as Options);
    personaTelemetry({ fetch: undefined } as Options);
  });
});
