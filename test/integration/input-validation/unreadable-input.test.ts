import { defineAttributes, PersonaClient, PersonaValidationError } from 'persona-client';
import { browserOptions } from 'persona-client/browse';
import { createMany, createPrivacy, deleteMany, updateMany } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { createPooledTransport } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries, personaQueryKeys } from 'persona-client/query';
import {
  createPersonaService,
  fail,
  type PersonaService,
  recordFetch,
  reset,
  toMswHandlers,
} from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { catchError } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

/** Values that no program can read. An Immer draft is such a proxy once its recipe has returned. */
const UNREADABLE = {
  'a getter that throws': () => ({
    get weather(): string {
      throw new Error('not loaded');
    },
  }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable<object>({}, {});
    revoke();
    return proxy;
  },
};

/** An object with a property that cannot be read: a getter that throws, or a revoked proxy. */
const withUnreadable = (name: PropertyKey, value: object): object =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      Object.values(value); // throws for both kinds
      return 'x';
    },
  });

const CALLS: Record<string, (client: PersonaClient, value: object) => Promise<unknown>> = {
  'personas.create': (client, value) => client.personas.create({ name: 'Ada', contextual: value }),
  'personas.create itself': (client, value) => client.personas.create(value as { name: string }),
  'personas.update': (client, value) => client.personas.update(1, { contextual: value }),
  'contextual.update': (client, value) => client.contextual.update(1, value),
  'contextual.update of a field': (client, value) => client.contextual.update(1, { weather: value as never }),
  request: (client, value) => client.request({ method: 'POST', path: '/x', body: value }),
  'query of request': (client, value) =>
    client.request({ path: '/x', query: value as Record<string, string> }),
  'request itself': (client, value) => client.request(value as { path: string }),
  'options of request': (client, value) => client.request({ path: '/x' }, value),
  'auth.login': (client, value) => client.auth.login(value as { username: string; password: string }),
  'personas.iterate': (client, value) => client.personas.iterate(value).next(),
  'options of personas.iterate': (client, value) => client.personas.iterate({}, value).next(),
  'checkpoint of personas.iterate': (client, value) =>
    client.personas.iterate({ checkpoint: value as { idRanges: [] } }).next(),
  'retry of personas.iterate': (client, value) => client.personas.iterate({}, { retry: value }).next(),
  'personas.toArray': (client, value) => client.personas.toArray(value),
  'options of personas.toArray': (client, value) => client.personas.toArray({}, value),
  'personas.list': (client, value) => client.personas.list(value),
  'options of personas.get': (client, value) => client.personas.get(1, value),
  'retry of personas.get': (client, value) => client.personas.get(1, { retry: value }),
  'options of personas.update': (client, value) => client.personas.update(1, { name: 'Ada' }, value),
  'ifUnmodifiedSince of personas.update': (client, value) =>
    client.personas.update(1, { name: 'Ada' }, withUnreadable('ifUnmodifiedSince', value)),
  'options of contextual.update': (client, value) => client.contextual.update(1, { weather: 'rain' }, value),
  'options of health.check': (client, value) => client.health.check(value),
  'retry of health.check': (client, value) => client.health.check(withUnreadable('retry', value)),
  'options of contextual.get': (client, value) => client.contextual.get(1, value),
  'retry of a client': async (_client, value) => new PersonaClient({ retry: value }),
  'options of a client': async (_client, value) => new PersonaClient(value),
  'options of a client from the environment': async (_client, value) => PersonaClient.fromEnv(value),
  'auth of a view': async (client, value) => client.as(withUnreadable('token', value) as { token: string }),
  'options of a view': async (client, value) => client.as({ token: 'x' }, value),
  'access of a view': async (client, value) =>
    client.as({ token: 'x' }, { access: withUnreadable('readOnly', value) }),
  'options of createMany': async (client, value) => createMany(client, [], value),
  'options of purge': (client, value) => createPrivacy(client).purge(value as { olderThan: string }),
};

/** Functions that do not send requests themselves. */
const FUNCTIONS: Record<string, (value: never, client: PersonaClient, service: PersonaService) => unknown> = {
  defineAttributes: (value) => defineAttributes(value),
  'options of defineAttributes': (value) => defineAttributes({}, value),
  'items of createMany': (value, client) =>
    createMany(client, withUnreadable(Symbol.iterator, value) as never),
  createPooledTransport: (value) => createPooledTransport(value),
  personaQueries: (value, client) => personaQueries(client, value),
  'list of personaQueryKeys': (value) => personaQueryKeys().list(value),
  personaTelemetry: (value) => personaTelemetry(value),
  browserOptions: (value) => browserOptions({ id: 1, name: 'Ada' } as never, value),
  createPersonaMcpServer: (value) => createPersonaMcpServer(value),
  createPersonaService: (value) => createPersonaService(value),
  recordFetch: (value) => recordFetch(value),
  toMswHandlers: (value, _client, service) => toMswHandlers(service, value),
  fail: (value) => fail(value),
  reset: (value) => reset(value),
  listen: (value, _client, service) => service.listen(value),
};

/** Calls whose argument is an object. */
const OBJECT_CALLS: Record<string, (client: PersonaClient, value: never) => unknown> = {
  request: (client, value) => client.request(value),
  'withMeta.request': (client, value) => client.withMeta.request(value),
  'auth.login': (client, value) => client.auth.login(value),
  'personas.list': (client, value) => client.personas.list(value),
  'personas.create': (client, value) => client.personas.create(value),
  'personas.update': (client, value) => client.personas.update(1, value),
  'personas.iterate': (client, value) => client.personas.iterate(value).next(),
  'personas.toArray': (client, value) => client.personas.toArray(value),
  'contextual.update': (client, value) => client.contextual.update(1, value),
};
/** Calls whose last argument is an object of options, or null. */
const OPTIONS_CALLS: Record<string, (client: PersonaClient, value: never) => unknown> = {
  request: (client, value) => client.request({ path: '/x' }, value),
  'personas.get': (client, value) => client.personas.get(1, value),
  'personas.update': (client, value) => client.personas.update(1, { name: 'Ada' }, value),
  'contextual.update': (client, value) => client.contextual.update(1, { weather: 'rain' }, value),
  'health.check': (client, value) => client.health.check(value),
  'client.as': (client, value) => client.as({ token: 'x' }, value),
  'PersonaClient.fromEnv': (_client, value) => PersonaClient.fromEnv(value),
  'personas.iterate': (client, value) => client.personas.iterate({}, value).next(),
  'personas.toArray': (client, value) => client.personas.toArray({}, value),
};

describe.each(['/personas', ['x'], null, 5, true])('%j in place of an object', (value) => {
  const calls = [
    ...Object.entries(OBJECT_CALLS).map(([name, call]) => ({ name, call })),
    ...Object.entries(OPTIONS_CALLS)
      .filter(() => value !== null)
      .map(([name, call]) => ({ name: `the options of ${name}`, call })),
  ];
  it.each(calls)('is invalid in $name, and the error says so', async ({ call }) => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    const error = await catchError((async () => call(connect({ dialect: 'attributes' }), value as never))());
    expect(error).toBeInstanceOf(PersonaValidationError);
    const type = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
    expect((error as Error).message).toMatch(new RegExp(`must be an object(?:, not ${type}| of fields)?$`));
    expect((error as Error).message).not.toContain('not known');
    expect(service.requests).toEqual([]);
  });
});

it.each([() => Object.create(null), () => ['retry'], ...Object.values(UNREADABLE)])(
  'an object in place of a name is invalid in on and allows: %#',
  async (create) => {
    const { connect } = await startService({ dialect: 'attributes' });
    const client = connect();
    for (const call of [() => client.on(create(), () => {}), () => client.allows(create())]) {
      const error = await catchError((async () => call())());
      expect(error).toBeInstanceOf(PersonaValidationError);
      expect((error as Error).message).toContain('must be a string');
    }
  },
);

describe.each(Object.entries(UNREADABLE))('%s', (_, create) => {
  it.each(Object.entries(FUNCTIONS))('fails in %s with an error that says so', async (_, run) => {
    const { service, connect } = await startService();
    const error = await catchError((async () => run(create() as never, connect(), service))());
    expect((error as Error).message).toMatch(/^\w[\w ]*: .*cannot be read/);
    expect(service.requests).toEqual([]);
  });
});

describe.each(DIALECTS)('input that cannot be read (%s)', (dialect) => {
  describe.each(Object.entries(UNREADABLE))('%s', (_, create) => {
    it.each(Object.entries(CALLS))('is invalid in %s, and nothing is sent', async (_, call) => {
      const { service, connect } = await startService({ dialect });
      const client = connect({ dialect });
      const error = await catchError(call(client, create()));
      expect(error).toBeInstanceOf(PersonaValidationError);
      expect((error as Error).message).toContain('cannot be read');
      expect(service.requests).toEqual([]);
    });

    it('fails only its item of a bulk run', async () => {
      const { connect } = await startService({ dialect });
      const client = connect({ dialect });
      const contextual = create();
      const run = async (items: AsyncIterable<{ ok: boolean; error?: { code: string } }>) => {
        const outcomes: string[] = [];
        for await (const result of items) outcomes.push(result.error?.code ?? 'ok');
        return outcomes.join();
      };
      const expected = 'ok,invalid_input,ok';
      const rows = [{ name: 'A' }, { name: 'B', contextual }, { name: 'C' }];
      expect(await run(createMany(client, rows))).toBe(expected);
      expect(await run(createMany(client, rows.values()))).toBe(expected);
      expect(
        await run(createMany(client, [{ name: 'A' }, contextual as { name: string }, { name: 'C' }])),
      ).toBe(expected);
      const updates = rows.map((data, index) => ({ id: index + 1, data }));
      expect(await run(updateMany(client, updates))).toBe(expected);
      expect(await run(deleteMany(client, [1, contextual as { id: number }, 2]))).toBe(expected);
    });
  });
});
