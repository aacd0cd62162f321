import { type PersonaClient, type PersonaIssue, PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { PERSONA_BODY } from '../../support/personas.js';
import { createTestClient, DIALECTS, startService, withOpenTypes } from '../../support/service.js';

type InvalidInput = readonly [input: unknown, path: readonly (string | number)[], rule: RegExp];

const NUMBER = /: must be a number, not /;
const GEOLOCATION = /geolocation: must be "latitude,longitude"/;
const EMPTY = /data: must have at least one field/;
const HALF_CHARACTER = /cannot be sent as JSON: half of a character/;
const HALF_EMOJI = '😀'.slice(0, 1);

const NAMES: readonly InvalidInput[] = [
  ...[5, null, {}, ['x']].map((name): InvalidInput => [{ name }, ['name'], /name: must be a string, not /]),
  [{ name: `Ana ${HALF_EMOJI}` }, ['name'], HALF_CHARACTER],
];

const DEMOGRAPHIC: readonly InvalidInput[] = [
  ...['42', '', Number.NaN, true].map((age): InvalidInput => [{ age }, ['age'], NUMBER]),
  ...['6.5', Number.POSITIVE_INFINITY].map((latitude): InvalidInput => [{ latitude }, ['latitude'], NUMBER]),
  ...['3.3', Number.NaN].map((longitude): InvalidInput => [{ longitude }, ['longitude'], NUMBER]),
  ...['', 'here', '1', '1,', '1,2,3', '91,0', '0,181', '1e3,0', 'NaN,NaN'].map(
    (geolocation): InvalidInput => [{ geolocation }, ['geolocation'], GEOLOCATION],
  ),
  [{ age: 2 ** 53 }, ['age'], /age: cannot be sent as JSON: an integer beyond 2\^53/],
  [{ geolocation: 5 }, ['geolocation'], /geolocation.*string/],
  [{ geolocation: '1,2', latitude: 1 }, ['geolocation'], /must not be combined with latitude or longitude/],
  [{ city: 5 }, ['city'], /city.*string/],
  [{ city: HALF_EMOJI }, ['city'], HALF_CHARACTER],
  [{ shoe_size: 44 }, ['shoe_size'], /shoe_size: is not one of latitude, .*, occupation, geolocation/],
  [{ shoe_size: null }, ['shoe_size'], /shoe_size: is not one of/],
  [{ id: 7 }, ['id'], /id: is not one of/],
];

/** The rules of both dialects for the fields of a category. */
const ATTRIBUTES: readonly InvalidInput[] = [
  [{ own: HALF_EMOJI }, ['own'], HALF_CHARACTER],
  [{ own: ['fine', { deep: HALF_EMOJI }] }, ['own', 1, 'deep'], HALF_CHARACTER],
  [{ own: { [HALF_EMOJI]: 'x' } }, ['own', '\ufffd'], HALF_CHARACTER],
  [{ [`a${HALF_EMOJI}`]: 'x' }, ['a\ufffd'], HALF_CHARACTER],
  [{ own: [2 ** 53] }, ['own', 0], /an integer beyond 2\^53/],
];

const inCategory = (category: string, rows: readonly InvalidInput[]): InvalidInput[] =>
  rows.map(([input, path, rule]) => [{ name: 'x', [category]: input }, [category, ...path], rule]);

const INVALID_PERSONAS: readonly InvalidInput[] = [
  ...NAMES,
  ...inCategory('demographic', DEMOGRAPHIC),
  ...['psychographic', 'behavioral', 'contextual'].flatMap((category) => inCategory(category, ATTRIBUTES)),
  [{ name: 'x', demografic: {} }, ['demografic'], /demografic: is not one of name, demographic, /],
  [{ name: 'x', tags: ['x'] }, ['tags'], /tags: is not one of name, demographic, /],
  [{ name: 'x', tags: null }, ['tags'], /tags: is not one of/],
  [{ name: 'x', demographic: 'US' }, ['demographic'], /demographic.*object/],
  [{ name: 'x', contextual: [] }, ['contextual'], /contextual.*object/],
];

const NOT_OBJECTS = [null, undefined, 'x', 5, [], () => {}];

const WRITES: Readonly<
  Record<string, [(client: PersonaClient, data: never) => Promise<unknown>, readonly InvalidInput[]]>
> = {
  'personas.create': [
    (client, data) => client.personas.create(data),
    [
      ...INVALID_PERSONAS,
      [{}, ['name'], /name: must be a string, not undefined/],
      [{ name: undefined }, ['name'], /name: must be a string, not undefined/],
    ],
  ],
  'personas.update': [
    (client, data) => client.personas.update(1, data),
    [
      ...INVALID_PERSONAS,
      ...[{}, { name: undefined }, { id: 1, created_at: 'x', updated_at: 'x', behavioral: null }].map(
        (data): InvalidInput => [data, ['data'], EMPTY],
      ),
      [{ name: 'x', contextual: null }, ['contextual'], /contextual: cannot be cleared as a whole/],
      [{ demographic: null }, ['demographic'], /demographic: cannot be cleared as a whole/],
    ],
  ],
  'demographic.update': [
    (client, data) => client.demographic.update(1, data),
    [
      ...DEMOGRAPHIC,
      ...[{}, { city: undefined }, { id: 1, persona_id: 1 }].map(
        (data): InvalidInput => [data, ['data'], EMPTY],
      ),
    ],
  ],
  'psychographic.update': [
    (client, data) => client.psychographic.update(1, data),
    [...ATTRIBUTES, [{}, ['data'], EMPTY]],
  ],
  'behavioral.update': [
    (client, data) => client.behavioral.update(1, data),
    [...ATTRIBUTES, [{ own: undefined }, ['data'], EMPTY]],
  ],
  'contextual.update': [
    (client, data) => client.contextual.update(1, data),
    [...ATTRIBUTES, [{}, ['data'], EMPTY]],
  ],
};

describe.each(Object.entries(WRITES))('%s', (name, [write, rows]) => {
  it.each(rows)('rejects %j: %j', async (input, path, rule) => {
    const { service, connect } = await startService();
    const error = await expectRejection(PersonaValidationError, write(connect(), input as never));
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, maybeApplied: false });
    expect(error.issues.map((issue) => issue.path)).toEqual([path]);
    expect(error.message).toMatch(rule);
    expect(error.message.startsWith(`${name}: invalid input, nothing was sent: ${path.join('.')}: `)).toBe(
      true,
    );
    expect(service.requests).toEqual([]);
  });

  it('rejects data that is not an object', async () => {
    const { service, connect } = await startService();
    for (const data of NOT_OBJECTS) {
      const error = await expectRejection(PersonaValidationError, write(connect(), data as never));
      expect(error.issues.map(({ path }) => path)).toEqual([['data']]);
    }
    expect(service.requests).toEqual([]);
  });
});

it('reports all issues together', async () => {
  const { connect } = await startService();
  const create = connect().personas.create({ name: 5, demographic: { age: '3', latitude: '' } } as never);
  const { issues } = await expectRejection(PersonaValidationError, create);
  expect(issues.map(({ path }) => path)).toEqual([
    ['name'],
    ['demographic', 'latitude'],
    ['demographic', 'age'],
  ]);
});

/** Input that only one dialect accepts unchanged. */
const NAME = 'must have 1 to 100 characters';
const AGE = 'must be a whole number from 0 to 120';
const SUBRESOURCE_LIMITS: readonly [input: { name: string; demographic?: object }, issue: PersonaIssue][] = [
  ...['', 'x'.repeat(101), '👩'.repeat(101)].map((name): [{ name: string }, PersonaIssue] => [
    { name },
    { path: ['name'], message: NAME },
  ]),
  ...[121, -1, 1.5].map((age): [{ name: string }, PersonaIssue] => [
    { name: 'x', ...{ demographic: { age } } },
    { path: ['demographic', 'age'], message: AGE },
  ]),
];

describe.each(['auto', 'subresource'] as const)('limits of subresource, dialect %s', (option) => {
  it.each(SUBRESOURCE_LIMITS)('rejects %j before the write', async (persona, issue) => {
    const { service, connect } = await startService({ dialect: 'subresource' });
    const client = connect({ dialect: option });
    const { demographic } = persona;
    const writes = [
      client.personas.create(persona),
      client.personas.update(1, persona),
      ...(demographic ? [client.demographic.update(1, demographic)] : []),
    ];
    const errors = await Promise.all(writes.map((write) => expectRejection(PersonaValidationError, write)));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'invalid_input', maybeApplied: false });
      expect(error.issues.map(({ message }) => message)).toEqual([issue.message]);
      expect(error.issues[0]?.path.at(-1)).toBe(issue.path.at(-1));
    }
    const expectedRequests = option === 'auto' ? ['GET /api/v1/personas?page=1&per_page=1'] : [];
    expect(service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(expectedRequests);
  });
});

describe.each(['auto', 'attributes'] as const)('limits of attributes, dialect %s', (option) => {
  it.each(SUBRESOURCE_LIMITS)('sends %j unchanged', async (persona) => {
    const bodies: unknown[] = [];
    const fetch = async (_url: string, init?: RequestInit) => {
      if (init?.method === 'GET')
        return Response.json({ personas: [], total: 0, page: 1, per_page: 1, pages: 0 });
      bodies.push(JSON.parse(String(init?.body)));
      return Response.json({ ...PERSONA_BODY, ...persona });
    };
    const client = createTestClient({ fetch: fetch as typeof globalThis.fetch, dialect: option });
    await client.personas.create(persona);
    await client.personas.update(1, persona);
    if (persona.demographic) await client.demographic.update(1, persona.demographic);
    const { demographic } = persona;
    expect(bodies).toEqual([persona, persona, ...(demographic ? [{ demographic }] : [])]);
  });

  it('rejects null for a list or a map before the write', async () => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    const client = connect({ dialect: option });
    for (const write of [
      () => client.personas.create({ name: 'x', psychographic: { interests: null } }),
      () => client.personas.update(1, { psychographic: { interests: null } }),
      () => client.psychographic.update(1, { interests: null }),
    ]) {
      const { code, issues } = await expectRejection(PersonaValidationError, write());
      expect(code).toBe('invalid_input');
      expect(issues).toMatchObject([{ message: 'must be a list. Write [] to clear it' }]);
    }
    const { issues } = await expectRejection(
      PersonaValidationError,
      client.behavioral.update(1, { device_usage: null }),
    );
    expect(issues).toEqual([{ path: ['device_usage'], message: 'must be an object. Write {} to clear it' }]);
    expect(service.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe.each(DIALECTS)('limits of both dialects, %s', (dialect) => {
  it.each([
    { name: 'x' },
    { name: '👩'.repeat(100) },
    { name: 'x', demographic: { age: 0, latitude: -90, longitude: 180 } },
    { name: 'x', demographic: { age: 120, latitude: 90, longitude: -180 } },
    { name: 'x', demographic: { geolocation: ' +90.0 , -180 ' } },
    { name: 'x', demographic: null, contextual: null },
  ])('accepts %j', async (persona) => {
    const { connect } = await startService({ dialect });
    expect(await connect().personas.create(persona)).toHaveProperty('name', persona.name);
  });

  it('clears string and demographic fields with null', async () => {
    const { connect } = await startService({ dialect, seed: false });
    const client = connect();
    const { id } = await client.personas.create({
      name: 'x',
      demographic: { age: 5, city: 'Oslo', latitude: 1 },
      contextual: { season: 'fall', weather: 'wet' },
    });
    await client.personas.update(id, { demographic: { age: null, city: null } });
    await client.contextual.update(id, { season: null });
    const { demographic, contextual } = await client.personas.get(id);
    expect(demographic?.age).toBeNull();
    expect(demographic?.city).toBeNull();
    expect(demographic?.latitude).toBe(1);
    expect(contextual?.season).toBeNull();
    expect(contextual?.weather).toBe('wet');
  });

  it('sends an ordinary create without detecting the dialect first', async () => {
    const { service, connect } = await startService({ dialect });
    await connect().personas.create({
      name: 'x',
      demographic: { age: 5 },
      psychographic: { interests: ['a'] },
    });
    expect(service.requests.map(({ method }) => method)).toEqual(['POST']);
  });

  it('sends the input as it was at the time of the call', async () => {
    const { service, connect } = await startService({ dialect });
    const interests = ['chess'];
    const pending = connect().psychographic.update(1, { interests });
    interests.push('go');
    await pending;
    expect(service.requests.at(-1)?.body).toBe('{"interests":["chess"]}');
  });
});

describe('id and persona_id in a category', () => {
  const contextual = { id: 7, persona_id: 9, weather: 'wet' };

  it.each(['auto', 'attributes'] as const)('are sent to attributes, dialect %s', async (option) => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    const client = withOpenTypes(connect({ dialect: option }));
    const { id } = await client.personas.create({ name: 'x', contextual });
    expect(JSON.parse(service.requests.at(-1)?.body ?? '')).toEqual({ name: 'x', contextual });
    expect(await client.contextual.get(id, { cache: 'no-store' })).toEqual(contextual);
    await client.contextual.update(id, { ...contextual, id: 8 });
    expect(await client.personas.get(id)).toMatchObject({ contextual: { id: 8, persona_id: 9 } });
  });

  it.each(['auto', 'subresource'] as const)('are not sent to subresource, dialect %s', async (option) => {
    const { service, connect } = await startService({ dialect: 'subresource' });
    const client = withOpenTypes(connect({ dialect: option }));
    await client.personas.create({ name: 'x', contextual });
    expect(JSON.parse(service.requests.at(-1)?.body ?? '')).toEqual({
      name: 'x',
      contextual: { weather: 'wet' },
    });
    const { issues } = await expectRejection(
      PersonaValidationError,
      client.contextual.update(1, { id: 7, persona_id: 9 }),
    );
    expect(issues).toEqual([{ path: ['data'], message: 'must have at least one field' }]);
  });
});

it('names a misspelled field also if the right one is missing, or another field has a wrong type', async () => {
  const client = createTestClient({});
  const suggestion = (name: string) => expect.stringContaining(`. Did you mean ${name}?`);
  const misspelled = await expectRejection(
    PersonaValidationError,
    client.personas.create({ nmae: 'Ada' } as never),
  );
  expect(misspelled.issues).toEqual([
    { path: ['nmae'], message: suggestion('name') },
    { path: ['name'], message: expect.stringContaining('must be a string, not undefined') },
  ]);
  for (const call of [
    () => client.demographic.update(1, { citty: 'Oslo', age: '5' } as never),
    () => client.personas.update(1, { demographic: { citty: 'Oslo', age: '5' } as never }),
  ]) {
    const { issues } = await expectRejection(PersonaValidationError, call());
    expect(issues.map(({ path, message }) => [path.at(-1), message])).toEqual([
      ['citty', suggestion('city')],
      ['age', expect.stringContaining('must be a number, not a string')],
    ]);
  }
});
