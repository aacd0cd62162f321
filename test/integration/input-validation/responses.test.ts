import {
  type PersonaClient,
  PersonaConnectionError,
  PersonaError,
  type PersonaIssue,
  PersonaResponseError,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { PERSONA_BODY, PERSONA_JSON } from '../../support/personas.js';
import { DIALECTS, startService } from '../../support/service.js';

const HTML = '<!doctype html><title>Sign in</title><h1>Corporate proxy</h1>';
const NOT_JSON: Readonly<Record<string, [fault: { body?: string; contentType?: string }, message: RegExp]>> =
  {
    'HTML declared as JSON': [{ body: HTML, contentType: 'application/json' }, /with HTML/],
    HTML: [{ body: HTML }, /with HTML/],
    'an empty body': [{ body: '', contentType: 'application/json' }, /with an empty body/],
    'white space': [{ body: ' \r\n', contentType: 'application/json' }, /with an empty body/],
    'truncated JSON': [{ body: '{"id": 1, "name": "A', contentType: 'application/json' }, /with broken JSON/],
    'plain text': [{ body: 'OK', contentType: 'text/plain' }, /with text/],
  };

const CALL_BY_NAME: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
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

describe.each(Object.entries(NOT_JSON))('rejects %s', (_, [fault, message]) => {
  it.each(Object.entries(CALL_BY_NAME))('in the response to %s', async (name, call) => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    service.faults.add({ status: 200, ...fault });
    const error = await expectRejection(PersonaResponseError, call(connect({ dialect: 'attributes' })));
    expect(error).toMatchObject({ code: 'invalid_response', status: 200, attempts: 1, issues: [] });
    expect(error.cause).toBeUndefined();
    expect(service.requests.map(({ headers }) => headers['x-request-id'])).toEqual([error.request?.id]);
    expect(error.maybeApplied).toBe(/create|update/.test(name));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('Corporate proxy');
  });
});

const { id: _, ...WITHOUT_ID } = PERSONA_BODY;
/** Valid JSON whose number exceeds the range of a JavaScript number. */
const INFINITE_AGE = JSON.stringify({ ...PERSONA_BODY, demographic: { age: 0 } }).replace('0}', '1e999}');
const PAGE = { personas: [PERSONA_BODY], total: 1, page: 1, per_page: 20 };

const getPersona: (client: PersonaClient) => Promise<unknown> = (client) => client.personas.get(1);
const listPersonas: (client: PersonaClient) => Promise<unknown> = (client) => client.personas.list();
const getCategory: (client: PersonaClient) => Promise<unknown> = (client) => client.contextual.get(1);
const getFieldConfig: (client: PersonaClient) => Promise<unknown> = (client) => client.fieldConfig.get();

const INVALID_BODIES: readonly [string, typeof getPersona, unknown, readonly PersonaIssue['path'][]][] = [
  ['a persona without id', getPersona, WITHOUT_ID, [['id']]],
  ['a persona whose id is a string', getPersona, { ...PERSONA_BODY, id: '1' }, [['id']]],
  [
    'a persona without name and timestamps',
    getPersona,
    { id: 1 },
    [['name'], ['created_at'], ['updated_at']],
  ],
  ['a persona whose category is an array', getPersona, { ...PERSONA_BODY, contextual: [] }, [['contextual']]],
  [
    'a persona with a wrong column type',
    getPersona,
    { ...PERSONA_BODY, demographic: { age: 'old' } },
    [['demographic', 'age']],
  ],
  ['a persona with an infinite age', getPersona, INFINITE_AGE, [['demographic', 'age']]],
  ['an array instead of a persona', getPersona, [PERSONA_BODY], [[]]],
  ['null instead of a persona', getPersona, null, [[]]],
  ['a string instead of a persona', getPersona, 'Ada', [[]]],
  ['a list without personas', listPersonas, { total: 0, page: 1, per_page: 20 }, [['personas']]],
  [
    'a list with a persona without id',
    listPersonas,
    { ...PAGE, personas: [PERSONA_BODY, WITHOUT_ID] },
    [['id']],
  ],
  ['a list without counts', listPersonas, { personas: [] }, [['total'], ['page'], ['per_page']]],
  ['a list with zero rows per page', listPersonas, { ...PAGE, per_page: 0 }, [['per_page']]],
  ['an array instead of a page', listPersonas, [PERSONA_BODY], [[]]],
  ['an array instead of a category', getCategory, ['rain'], [['contextual']]],
  ['null instead of a category', getCategory, null, [['contextual']]],
  [
    'a field config without fields',
    getFieldConfig,
    { contextual: { label: 'x' } },
    [['contextual', 'fields']],
  ],
];

it.each(INVALID_BODIES)("rejects %s with reads: 'strict'", async (_name, call, body, paths) => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const json = body === INFINITE_AGE ? INFINITE_AGE : JSON.stringify(body);
  service.faults.add({ status: 200, contentType: 'application/json', body: json });
  const client = connect({ dialect: 'attributes', reads: 'strict' });
  const error = await expectRejection(PersonaResponseError, call(client));
  expect(error).toMatchObject({ code: 'invalid_response', status: 200, attempts: 1 });
  expect(error.issues.map(({ path }) => path)).toEqual(paths);
  expect(error.cause).toBeUndefined();
  expect(error.request?.id).toBe(service.requests[0]?.headers['x-request-id']);
  expect(error.message).toMatch(
    / with an unexpected body: | returned (?:a persona|persona 1) with an invalid /,
  );
});

describe('nesting', () => {
  const nestedArrays = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const withNestedField = (levels: number) =>
    PERSONA_JSON.replace('}', `,"psychographic":{"own":${nestedArrays(levels)}}}`);

  it.each([
    ['returns', 98],
    ['omits', 99],
    ['omits', 500_000],
  ])('%s a field of a persona with %i nested arrays', async (outcome, levels) => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    service.faults.add({ status: 200, contentType: 'application/json', body: withNestedField(levels) });
    for (const cache of [false, 'reload'] as const) {
      const client = connect({ redact: ['demographic.age'] });
      const { data, meta } = await client.withMeta.personas.get(1, { cache });
      if (outcome === 'omits') {
        expect(data.psychographic).toEqual({});
        expect(meta.invalidFields).toEqual([
          {
            personaId: 1,
            path: ['psychographic', 'own'],
            rule: 'must not be nested deeper than 100 levels',
            omitted: 'field',
            value: nestedArrays(levels),
          },
        ]);
        await expectRejection(PersonaResponseError, client.personas.get(1, { cache, reads: 'strict' }));
      } else expect(JSON.stringify(data.psychographic)).toBe(`{"own":${nestedArrays(levels)}}`);
    }
  });

  it.each([400, 404, 422, 500])(
    'handles an error body with half a million levels, status %i',
    async (status) => {
      const { service, connect } = await startService({ dialect: 'attributes' });
      const body = `{"message":"no","errors":{"age":${nestedArrays(500_000)}},"details":${nestedArrays(500_000)}}`;
      service.faults.add({ status, contentType: 'application/json', body });
      const error = await expectRejection(PersonaError, connect({ retry: false }).personas.get(1));
      expect(error).toMatchObject({ status });
      expect(JSON.stringify(error).length).toBeLessThan(5_000);
    },
  );
});

it('does not cache an invalid response', async () => {
  const { service, connect } = await startService();
  const client = connect();
  service.faults.add({ status: 200, body: HTML, times: 1 });
  await expectRejection(PersonaResponseError, client.personas.get(1));
  expect(await client.personas.get(1)).toHaveProperty('id', 1);
  expect(service.requests).toHaveLength(2);
});

it('rejects HTML in the response to dialect detection', async () => {
  const { service, connect } = await startService();
  service.faults.add({ status: 200, body: HTML });
  const client = connect();
  const error = await expectRejection(PersonaResponseError, client.psychographic.get(1));
  expect(error).toMatchObject({ code: 'invalid_response', status: 200 });
  expect(error.message).toMatch(/^psychographic\.get .*could not be sent: dialect\.probe/);
  expect(error.cause).toMatchObject({ request: { id: service.requests[0]?.headers['x-request-id'] } });
  service.faults.clear();
  expect(await client.psychographic.get(1)).toHaveProperty('interests');
});

it.each(DIALECTS)('reports a body cut off by the network as a failed connection: %s', async (dialect) => {
  const { service, connect } = await startService({ dialect });
  service.faults.add({ dropAfterBytes: 20 });
  const error = await expectRejection(PersonaConnectionError, connect({ retry: false }).personas.get(1));
  expect(error).toMatchObject({ code: 'connection_failed', attempts: 1 });
});

it('keeps unknown fields, ignores a byte order mark, and adds Z only to timestamps without it', async () => {
  const { service, connect } = await startService();
  const body = { ...PERSONA_BODY, updated_at: '2026-11-22T06:29:29.793176Z', tags: ['new'] };
  service.faults.add({ status: 200, contentType: 'application/json', body: `\uFEFF${JSON.stringify(body)}` });
  expect(await connect().personas.get(1)).toEqual({ ...body, created_at: '2026-11-22T06:29:29Z' });
});
