import { MutationObserver, onlineManager } from '@tanstack/query-core';
import fc from 'fast-check';
import {
  defineAttributes,
  type PersonaClient,
  type PersonaCreate,
  PersonaValidationError,
} from 'persona-client';
import { createMany, deleteMany, type RunOptions, updateMany } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catchError } from '../../support/failures.js';
import { createLossyService } from '../../support/lossy-service.js';
import { connectInProcess } from '../../support/mcp-in-process.js';
import { memoryJournal } from '../../support/memory-journal.js';
import { CATEGORIES, PERSONAS_PATH } from '../../support/personas.js';
import { setupQueries } from '../../support/query.js';
import {
  createTestClient,
  DIALECTS,
  NO_BACKOFF,
  SERVICE_KINDS,
  startService,
} from '../../support/service.js';

type Data = Record<string, unknown>;

/** Changes everything that an object contains, in place, to data that a service would store or reject. */
function scramble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) scramble(entry);
    value.splice(0, 1, 'changed later', 'added later');
    return;
  }
  const fields = value as Data;
  for (const [name, field] of Object.entries(fields)) {
    scramble(field);
    if (typeof field === 'string') fields[name] = 'changed later';
    else if (typeof field === 'number') fields[name] = 77;
  }
  fields.lifestyle = 'added later';
  fields.unserializable = 1n;
}

const text = fc.stringMatching(/^[a-z]{1,8}$/);
const dataOfCategory = {
  demographic: fc.record({ city: text, age: fc.nat(120) }),
  psychographic: fc.record({ interests: fc.array(text, { minLength: 1, maxLength: 3 }), personality: text }),
  behavioral: fc.record({ browsing_habits: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  contextual: fc.record({ weather: text }),
};
const persona = fc.record({ name: text, ...dataOfCategory });

/** When the caller changes its object: right after the call, some turns later, or when the client sends a request. */
const moment = fc.oneof(fc.constant('now'), fc.nat(6), fc.constant('request'));

/** A service that lets the test run code before each request arrives. */
function setup(options: (typeof SERVICE_KINDS)[number]['options'], isDialectKnown: boolean) {
  const lossy = createLossyService({ ...options, seed: 1 });
  const state = { beforeRequest: () => {} };
  const client = createTestClient({
    fetch: (url, init) => {
      state.beforeRequest();
      return lossy.fetch(url, init);
    },
    dialect: isDialectKnown ? (options.dialect === 'subresource' ? 'subresource' : 'attributes') : 'auto',
    retry: NO_BACKOFF,
    breaker: false,
    cache: false,
    lateWriteWindowMs: 0,
  });
  const reader = createTestClient({ fetch: lossy.service.fetch, cache: false });
  return {
    ...lossy,
    client,
    state,
    outcomes: lossy.state,
    readStored: (id: number) => reader.personas.get(id),
  };
}

/** Starts a call, changes its input at the given time, and waits for the call. */
async function callAndScramble<Result>(
  state: { beforeRequest: () => void },
  when: string | number,
  input: unknown,
  call: () => Promise<Result>,
): Promise<Result> {
  if (when === 'request') state.beforeRequest = () => scramble(input);
  const result = call();
  if (when === 'now') scramble(input);
  else if (typeof when === 'number') {
    for (let turn = 0; turn < when; turn++) await undefined;
    scramble(input);
  }
  try {
    return await result;
  } finally {
    state.beforeRequest = () => {};
  }
}

describe.each(SERVICE_KINDS)('input that the caller changes after the call, $kind', ({ kind, options }) => {
  it('stores what was passed to create and update', async () => {
    const run = async (
      created: PersonaCreate,
      updated: Data,
      when: string | number,
      isDialectKnown: boolean,
    ) => {
      const { client, state, readStored } = setup(options, isDialectKnown);
      const { behavioral: _, ...rest } = created;
      const data = kind === 'published subresource' ? rest : created; // that service cannot create maps
      const input = structuredClone(data);
      const { id } = await callAndScramble(state, when, input, () => client.personas.create(input));
      expect(await readStored(id)).toMatchObject(data);
      const update = structuredClone(updated);
      await callAndScramble(state, when, update, () => client.personas.update(id, update));
      expect(await readStored(id)).toMatchObject(updated);
    };
    await fc.assert(fc.asyncProperty(persona, persona, moment, fc.boolean(), run), { numRuns: 40 });
  }, 60_000);

  it('stores what was passed to the update of a category', async () => {
    const category = fc
      .constantFrom(...CATEGORIES)
      .chain((name) => fc.tuple(fc.constant(name), dataOfCategory[name]));
    await fc.assert(
      fc.asyncProperty(category, moment, fc.boolean(), async ([name, data], when, isDialectKnown) => {
        const { client, state, readStored } = setup(options, isDialectKnown);
        const input = structuredClone(data) as never;
        const update = async () => client[name].update(1, input);
        await callAndScramble(state, when, input, update);
        expect((await readStored(1))[name]).toMatchObject(data);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('searches a lost create by what was passed', async () => {
    for (const outcome of ['stored, cut', 'cut'] as const) {
      const { client, state, counts, stored, outcomes } = setup(options, true);
      const next = [outcome];
      outcomes.nextOutcome = () => next.shift();
      const input = { name: 'passed', demographic: { city: 'Oslo' } };
      const created = await callAndScramble(state, 'request', input, () =>
        client.personas.create(input, { onUnknownOutcome: 'reconcile' }),
      );
      expect(created).toMatchObject({ name: 'passed' });
      expect((await stored()).filter(({ name }) => name === 'passed')).toHaveLength(1);
      expect(counts.creates).toBe(outcome === 'cut' ? 2 : 1);
    }
  });
});

describe.each(DIALECTS)('objects that are no plain data, %s', (dialect) => {
  const setupClient = async () => {
    const { connect } = await startService({ dialect });
    return connect({ dialect, cache: false });
  };
  const create = async (client: PersonaClient, input: unknown) =>
    client.personas.create(input as PersonaCreate);

  it('reads each property once, so that a getter cannot change validated data', async () => {
    const client = await setupClient();
    const reads: string[] = [];
    const changing = (property: string, ...values: unknown[]) => ({
      enumerable: true,
      get: () => {
        reads.push(property);
        return values.length > 1 ? values.shift() : values[0];
      },
    });
    const psychographic = Object.defineProperties(
      {},
      { personality: changing('personality', 'calm', 5n, {}) },
    );
    const input = Object.defineProperties({ psychographic }, { name: changing('name', 'Ada', 7, () => {}) });
    const created = await create(client, input);
    expect(created).toMatchObject({ name: 'Ada', psychographic: { personality: 'calm' } });
    expect(reads).toEqual(['personality', 'name']);
  });

  it('reads each property of a proxy once, and stores what it returned', async () => {
    const client = await setupClient();
    const reads = new Map<PropertyKey, number>();
    const observe = <Value extends object>(target: Value): Value =>
      new Proxy(target, {
        get: (object, key) => {
          reads.set(key, (reads.get(key) ?? 0) + 1);
          const value = Reflect.get(object, key);
          return typeof value === 'object' && value !== null ? observe(value) : value;
        },
      });
    const input = observe({ name: 'Ada', psychographic: { interests: ['chess'], personality: 'calm' } });
    const created = await create(client, input);
    expect(created).toMatchObject({
      name: 'Ada',
      psychographic: { interests: ['chess'], personality: 'calm' },
    });
    expect([...reads].filter(([, count]) => count > 1)).toEqual([]);
  });

  it('ignores a toJSON that no validation sees', async () => {
    const client = await setupClient();
    const hidden = <Value extends object>(value: Value): Value =>
      Object.defineProperty(value, 'toJSON', { value: () => ({ name: 'other', lifestyle: 'other' }) });
    const prototype = Object.assign(Object.create(null), { toJSON: () => ({ lifestyle: 'other' }) });
    const input = hidden({
      name: 'Ada',
      demographic: Object.assign(Object.create(prototype), { city: 'Oslo' }),
      psychographic: { interests: hidden(['chess']) },
    });
    expect(await create(client, input)).toMatchObject({
      name: 'Ada',
      demographic: { city: 'Oslo' },
      psychographic: { interests: ['chess'] },
    });
  });

  it.each([
    ['a date', new Date(0)],
    ['a map', new Map([['chess', 1]])],
    ['a typed array', new Uint8Array(2)],
    ['an instance of a class', new (class Interest {})()],
    ['a cycle', ((cyclic: unknown[]) => [cyclic.push(cyclic), cyclic])([])],
    ['a function', () => 'chess'],
  ])('rejects %s', async (_, value) => {
    const client = await setupClient();
    const error = (await catchError(
      create(client, { name: 'Ada', psychographic: { interests: ['chess', value] } }),
    )) as PersonaValidationError;
    expect(error).toBeInstanceOf(PersonaValidationError);
    expect(error.message).toContain('psychographic.interests.1');
    expect(error.message).toContain('cannot be sent as JSON');
  });

  it('accepts frozen objects', async () => {
    const client = await setupClient();
    const input = Object.freeze({
      name: 'Ada',
      psychographic: Object.freeze({ interests: Object.freeze(['chess']) }),
    });
    expect(await create(client, input)).toMatchObject(input);
  });

  it('ends the copy of an array that grows while it is read', async () => {
    const client = await setupClient();
    const interests: string[] = ['first'];
    Object.defineProperty(interests, 0, {
      enumerable: true,
      get: () => `${interests.push('more') && 'first'}`,
    });
    expect(await create(client, { name: 'Ada', psychographic: { interests } })).toMatchObject({
      psychographic: { interests: ['first'] },
    });
  });
});

it('sends what the caller passed although a Standard Schema changes its value', async () => {
  const schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value: unknown) => {
        scramble(value);
        return { value };
      },
    },
  } as const;
  const { connect } = await startService({ dialect: 'attributes' });
  const client = connect({ attributes: defineAttributes({ psychographic: schema } as never), cache: false });
  const updated = await client.psychographic.update(1, { interests: ['chess'], personality: 'calm' });
  expect(updated).toMatchObject({ interests: ['chess'], personality: 'calm' });
  expect(updated.lifestyle).not.toBe('added later');
});

describe.each(DIALECTS)('bulk operations, %s', (dialect) => {
  const runs: readonly [string, () => RunOptions][] = [
    ['without a journal', () => ({})],
    ['with a journal', () => ({ journal: memoryJournal()() })],
  ];

  it.each(runs)(
    'create and update what a generator yielded, although it reuses one object, %s',
    async (_, options) => {
      const { connect } = await startService({ dialect, seed: false });
      const client = connect({ cache: false });
      const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
      function* yieldOneObject() {
        const item = { name: '', psychographic: { interests: [''] } };
        for (const name of names) {
          item.name = name;
          item.psychographic.interests[0] = `likes ${name}`;
          yield item;
        }
        item.name = 'after the last one';
      }
      const reported: unknown[] = [];
      for await (const result of createMany(client, yieldOneObject(), options()))
        reported.push(result.ok && 'name' in result.item && result.item.name);
      expect(reported).toEqual(names);
      const stored = await client.personas.toArray();
      expect(stored.map(({ name, psychographic }) => `${name} ${psychographic?.interests}`).sort()).toEqual(
        names.map((name) => `${name} likes ${name}`).sort(),
      );

      async function* yieldOneUpdate() {
        const item = { id: 0, data: { name: '' } };
        for (const { id } of stored) {
          Object.assign(item, { id }).data.name = `renamed ${id}`;
          yield item;
        }
      }
      expect(await updateMany(client, yieldOneUpdate(), options()).finish()).toMatchObject({ succeeded: 30 });
      const renamed = await client.personas.toArray();
      expect(renamed.filter(({ id, name }) => name !== `renamed ${id}`)).toEqual([]);

      function* yieldOneId() {
        const item = { id: 0 };
        for (const { id } of stored.slice(5)) yield Object.assign(item, { id });
      }
      expect(await deleteMany(client, yieldOneId(), options()).finish()).toMatchObject({ succeeded: 25 });
      expect(await client.personas.toArray()).toHaveLength(5);
    },
  );

  it('creates the items of an array as they were when it was passed', async () => {
    const { connect } = await startService({ dialect, seed: false });
    const client = connect({ cache: false });
    const items = [{ name: 'first' }, { name: 'second' }];
    const run = createMany(client, items);
    scramble(items);
    const finished = run.finish();
    scramble(items);
    expect(await finished).toMatchObject({ succeeded: 2 });
    expect((await client.personas.toArray()).map(({ name }) => name).sort()).toEqual(['first', 'second']);
  });

  it('reports an invalid item as failed, with a copy of it', async () => {
    const { connect } = await startService({ dialect, seed: false });
    function* yieldOneObject() {
      const item: Data = {};
      for (const name of [1, 'Ada', 2n]) yield Object.assign(item, { name });
    }
    const results = [];
    for await (const result of createMany(connect(), yieldOneObject() as never)) results.push(result);
    expect(results).toMatchObject([
      { ok: false, item: { name: 1 }, error: { code: 'invalid_input' } },
      { ok: true, item: { name: 'Ada' } },
      { ok: false, item: { name: 2n }, error: { code: 'invalid_input' } },
    ]);
  });
});

it('sends the request options of the call with each attempt', async () => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const client = connect({ retry: NO_BACKOFF, headers: { 'X-Client': 'passed' } });
  service.faults.add({ status: 503, times: 2 });
  const options = { headers: { 'X-Call': 'passed' }, retry: { limit: 2 } };
  const reading = client.personas.get(1, options);
  options.headers['X-Call'] = 'changed later';
  options.retry.limit = 0;
  Object.assign(options, { headers: { 'X-Other': 'changed later' }, fallback: () => 'changed later' });
  expect(await reading).toMatchObject({ id: 1 });
  const requests = service.requests.filter(({ path }) => path.endsWith('/personas/1'));
  expect(requests.map(({ headers }) => headers['x-call'])).toEqual(['passed', 'passed', 'passed']);
});

it('reads the nested objects of frozen request options at each call', async () => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const client = connect();
  const headers = { 'X-Call': 'first' };
  const options = Object.freeze({ headers });
  await client.personas.get(1, options);
  headers['X-Call'] = 'second';
  await client.personas.get(1, options);
  const requests = service.requests.filter(({ path }) => path.endsWith('/personas/1'));
  expect(requests.map((request) => request.headers['x-call'])).toEqual(['first', 'second']);
});

describe('reads frozen request options again', () => {
  let deadlineMs: number;
  const withGetter = {
    get deadlineMs() {
      return deadlineMs;
    },
  };
  it.each([
    ['with a getter', Object.freeze(Object.create(null, Object.getOwnPropertyDescriptors(withGetter)))],
    [
      'with a getter, in a Proxy',
      new Proxy(
        Object.freeze(Object.create(Object.prototype, Object.getOwnPropertyDescriptors(withGetter))),
        {},
      ),
    ],
    ['with a getter of their class', Object.freeze(Object.create(withGetter))],
  ])('%s', async (_, options) => {
    const { connect } = await startService();
    const client = connect();
    deadlineMs = 5_000;
    await client.personas.get(1, options);
    deadlineMs = -1;
    expect(await catchError(client.personas.get(1, options))).toBeInstanceOf(PersonaValidationError);
  });
});

it('sends the headers that the client was created with', async () => {
  const { service, connect } = await startService();
  const headers = { 'X-Client': 'passed' };
  const client = connect({ headers });
  headers['X-Client'] = 'changed later';
  await client.health.check();
  expect(service.requests[0]?.headers['x-client']).toBe('passed');
});

it('iterates with the options that were passed, although the iteration starts later', async () => {
  const { service, connect } = await startService({ seed: 10 });
  const client = connect();
  const [options, requestOptions] = [{ perPage: 5 }, { headers: { 'X-Call': 'passed' } }];
  const iterator = client.personas.iterate(options, requestOptions);
  options.perPage = 2;
  requestOptions.headers['X-Call'] = 'changed later';
  let count = 0;
  for await (const _ of iterator) count++;
  expect(count).toBe(10);
  const lists = service.requests.filter(({ path }) => path.startsWith(PERSONAS_PATH));
  expect(
    lists.every(({ path, headers }) => path.includes('per_page=5') && headers['x-call'] === 'passed'),
  ).toBe(true);
});

it('logs in with the credentials of the call', async () => {
  const { connect } = await startService({ auth: { users: { ada: 'passed' } } });
  const client = connect();
  const credentials = { username: 'ada', password: 'passed' };
  const login = client.auth.login(credentials);
  credentials.password = 'changed later';
  expect(await login).toMatchObject({ isLoggedIn: true });
});

describe('TanStack mutations', () => {
  it('store the variables of `mutate`, although TanStack Query runs the mutation later', async () => {
    const { client, queryClient, queries } = await setupQueries();
    const observer = new MutationObserver(queryClient, queries.personas.update());
    const variables = { id: 1, data: { name: 'first', psychographic: { interests: ['chess'] } } };
    const first = observer.mutate(variables);
    Object.assign(variables, { id: 2, data: { name: 'second' } });
    const second = observer.mutate(variables);
    scramble(variables);
    expect(await first).toMatchObject({ id: 1, name: 'first', psychographic: { interests: ['chess'] } });
    expect(await second).toMatchObject({ id: 2, name: 'second' });
    expect(queryClient.getQueryData(queries.personas.get(2).queryKey)).toMatchObject({ name: 'second' });
    expect(await client.personas.get(1, { cache: 'reload' })).toMatchObject({ name: 'first' });
  });

  it('store the variables of `mutate` after a time without a network', async () => {
    const { client, queryClient, queries } = await setupQueries();
    onlineManager.setOnline(false);
    onTestFinished(() => onlineManager.setOnline(true));
    const data = { interests: ['chess'] };
    const updating = new MutationObserver(queryClient, queries.psychographic.update()).mutate({
      id: 1,
      data,
    });
    await undefined;
    scramble(data);
    onlineManager.setOnline(true);
    await updating;
    expect(await client.psychographic.get(1, { cache: 'reload' })).toMatchObject({ interests: ['chess'] });
  });
});

it('stores what an MCP client in the same process passed, although it changes its object', async () => {
  const { connect } = await startService({ dialect: 'attributes' });
  const client = connect({ cache: false });
  const mcp = await connectInProcess(createPersonaMcpServer({ client }));
  const input = { id: 1, section: 'psychographic', data: { interests: ['chess'] } };
  const calling = mcp.callTool({ name: 'update_persona_section', arguments: input });
  const { interests } = input.data;
  const changing = client.personas.list({ page: 1 }).then(() => scramble(interests)); // while the tool waits
  expect((await calling).isError).toBeFalsy();
  await changing;
  expect((await client.psychographic.get(1)).interests).toEqual(['chess']);
});
