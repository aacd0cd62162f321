import {
  type PersonaClient,
  PersonaConnectionError,
  PersonaError,
  type PersonaIssue,
  PersonaResponseError,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

const HTML = '<!doctype html><title>Sign in</title><h1>Corporate proxy</h1>';
const json = (body: unknown) => ({
  contentType: 'application/json',
  body: typeof body === 'string' && body.startsWith('{') ? body : JSON.stringify(body),
});
const NO_JSON: Readonly<Record<string, [answer: { body?: string; contentType?: string }, words: RegExp]>> = {
  'HTML where JSON is promised': [{ body: HTML, contentType: 'application/json' }, /with HTML/],
  'HTML that says so': [{ body: HTML }, /with HTML/],
  'an empty body': [{ body: '', contentType: 'application/json' }, /with an empty body/],
  blanks: [{ body: ' \r\n', contentType: 'application/json' }, /with an empty body/],
  'truncated JSON': [{ body: '{"id": 1, "name": "A', contentType: 'application/json' }, /with broken JSON/],
  'plain words': [{ body: 'OK', contentType: 'text/plain' }, /with text/],
};

const CALLS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  'personas.list': (client) => client.personas.list(),
  'personas.get': (client) => client.personas.get(1),
  'personas.create': (client) => client.personas.create({ name: 'x' }),
  'personas.update': (client) => client.personas.update(1, { name: 'x' }),
  'demographic.get': (client) => client.demographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, { lifestyle: 'x' }),
  'schema.get': (client) => client.schema.get(),
  'health.check': (client) => client.health.check(),
  'auth.login': (client) => client.auth.login({ username: 'x', password: 'y' }),
};

describe.each(Object.entries(NO_JSON))('%s', (_, [answer, words]) => {
  it.each(Object.entries(CALLS))('to %s', async (name, call) => {
    const { service, connect } = await serve({ dialect: 'attributes' });
    service.faults.add({ status: 200, ...answer });
    const error = await failureOf(PersonaResponseError, call(connect({ dialect: 'attributes' })));
    expect(error).toMatchObject({ code: 'invalid_response', status: 200, attempts: 1, issues: [] });
    expect(error.cause).toBeUndefined();
    expect(service.requests.map(({ headers }) => headers['x-request-id'])).toEqual([error.request?.id]);
    expect(error.maybeApplied).toBe(/create|update/.test(name));
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('Corporate proxy');
  });
});

const PERSONA = { id: 1, name: 'Ada', created_at: '2026-11-22T06:29:29', updated_at: '2026-11-22T06:29:29' };
const { id: _, ...WITHOUT_ID } = PERSONA;
/** A number that JSON can write, and no number can be. */
const ENDLESS = JSON.stringify({ ...PERSONA, demographic: { age: 0 } }).replace('0}', '1e999}');
const PAGE = { personas: [PERSONA], total: 1, page: 1, per_page: 20 };

const get: (client: PersonaClient) => Promise<unknown> = (client) => client.personas.get(1);
const list: (client: PersonaClient) => Promise<unknown> = (client) => client.personas.list();
const part: (client: PersonaClient) => Promise<unknown> = (client) => client.contextual.get(1);
const config: (client: PersonaClient) => Promise<unknown> = (client) => client.fieldConfig.get();

const MISFITS: readonly [string, typeof get, unknown, readonly PersonaIssue['path'][]][] = [
  ['a persona without id', get, WITHOUT_ID, [['id']]],
  ['a persona whose id is text', get, { ...PERSONA, id: '1' }, [['id']]],
  ['a persona without name and times', get, { id: 1 }, [['name'], ['created_at'], ['updated_at']]],
  ['a persona with a list for a category', get, { ...PERSONA, contextual: [] }, [['contextual']]],
  ['a persona of a wrong column', get, { ...PERSONA, demographic: { age: 'old' } }, [['demographic', 'age']]],
  ['a persona of an endless age', get, ENDLESS, [['demographic', 'age']]],
  ['a list in place of a persona', get, [PERSONA], [[]]],
  ['null in place of a persona', get, null, [[]]],
  ['text in place of a persona', get, 'Ada', [[]]],
  ['a list without personas', list, { total: 0, page: 1, per_page: 20 }, [['personas']]],
  [
    'a list of a persona without id',
    list,
    { ...PAGE, personas: [PERSONA, WITHOUT_ID] },
    [['personas', 1, 'id']],
  ],
  ['a list that counts nothing', list, { personas: [] }, [['total'], ['page'], ['per_page']]],
  ['a list of no rows per page', list, { ...PAGE, per_page: 0 }, [['per_page']]],
  ['a bare list', list, [PERSONA], [[]]],
  ['a list in place of a category', part, ['rain'], [[]]],
  ['null in place of a category', part, null, [[]]],
  ['a config without fields', config, { contextual: { label: 'x' } }, [['contextual', 'fields']]],
];

it.each(MISFITS)('%s', async (_name, call, body, paths) => {
  const { service, connect } = await serve({ dialect: 'attributes' });
  service.faults.add({ status: 200, ...json(body) });
  const error = await failureOf(PersonaResponseError, call(connect({ dialect: 'attributes' })));
  expect(error).toMatchObject({ code: 'invalid_response', status: 200, attempts: 1 });
  expect(error.issues.map(({ path }) => path)).toEqual(paths);
  expect(error.cause).toBeUndefined();
  expect(error.request?.id).toBe(service.requests[0]?.headers['x-request-id']);
  expect(error.message).toContain('something else than the contract says');
});

describe('nesting', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const within = (levels: number) =>
    json(PERSONA).body.replace('}', `,"psychographic":{"own":${nested(levels)}}}`);

  it.each([
    ['kept as it is', 98],
    ['refused', 99],
    ['refused', 500_000],
  ])('%s: %i lists in a field of a persona', async (what, levels) => {
    const { service, connect } = await serve({ dialect: 'attributes' });
    service.faults.add({ status: 200, contentType: 'application/json', body: within(levels) });
    for (const cache of [false, 'reload'] as const) {
      const reading = connect({ redact: ['demographic.age'] }).personas.get(1, { cache });
      if (what === 'refused') {
        const error = await failureOf(PersonaResponseError, reading);
        expect(error).toMatchObject({ code: 'invalid_response', status: 200 });
        expect(error.message).toContain('nested deeper than 100 levels');
      } else expect(JSON.stringify((await reading).psychographic)).toBe(`{"own":${nested(levels)}}`);
    }
  });

  it.each([400, 404, 422, 500])(
    'an error body of %i with half a million levels is an error like any other',
    async (status) => {
      const { service, connect } = await serve({ dialect: 'attributes' });
      const body = `{"message":"no","errors":{"age":${nested(500_000)}},"details":${nested(500_000)}}`;
      service.faults.add({ status, contentType: 'application/json', body });
      const error = await failureOf(PersonaError, connect({ retry: false }).personas.get(1));
      expect(error).toMatchObject({ status });
      expect(JSON.stringify(error).length).toBeLessThan(5_000);
    },
  );
});

it('what does not fit is not kept: the next read asks again', async () => {
  const { service, connect } = await serve();
  const client = connect();
  service.faults.add({ status: 200, body: HTML, times: 1 });
  await failureOf(PersonaResponseError, client.personas.get(1));
  expect(await client.personas.get(1)).toHaveProperty('id', 1);
  expect(service.requests).toHaveLength(2);
});

it('a question about the dialect that is answered with HTML is a PersonaResponseError too', async () => {
  const { service, connect } = await serve();
  service.faults.add({ status: 200, body: HTML, times: 1 });
  const client = connect();
  const error = await failureOf(PersonaResponseError, client.psychographic.get(1));
  expect(error).toMatchObject({ code: 'invalid_response', status: 200 });
  expect(error.message).toMatch(/^psychographic\.get .*could not be sent: dialect\.probe/);
  const asked = { request: { id: service.requests[0]?.headers['x-request-id'] } };
  expect(error.cause).toMatchObject(asked);
  expect(await client.psychographic.get(1)).toHaveProperty('interests');
});

it.each(DIALECTS)('a body cut off by the network is a lost connection, not bad JSON: %s', async (dialect) => {
  const { service, connect } = await serve({ dialect });
  service.faults.add({ dropAfterBytes: 20 });
  const error = await failureOf(PersonaConnectionError, connect({ retry: false }).personas.get(1));
  expect(error).toMatchObject({ code: 'connection_failed', attempts: 1 });
});

it('fields unknown here are kept, a byte order mark is not in the way, and times get their Z once', async () => {
  const { service, connect } = await serve();
  const body = { ...PERSONA, updated_at: '2026-11-22T06:29:29.793176Z', tags: ['new'] };
  service.faults.add({ status: 200, contentType: 'application/json', body: `\uFEFF${JSON.stringify(body)}` });
  expect(await connect().personas.get(1)).toEqual({ ...body, created_at: '2026-11-22T06:29:29Z' });
});
