import { type PersonaClient, PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

type InvalidInput = readonly [input: unknown, path: readonly (string | number)[], rule: RegExp];

const NAME = /name: must have 1 to 100 characters/;
const AGE = /age: must be a whole number from 0 to 120/;
const LATITUDE = /latitude: must be from -90 to 90 degrees/;
const LONGITUDE = /longitude: must be from -180 to 180 degrees/;
const GEOLOCATION = /geolocation: must be "latitude,longitude"/;

const NAMES: readonly InvalidInput[] = ['', 'x'.repeat(101), '👩'.repeat(101), 5, null, {}, ['x']].map(
  (name) => [{ name }, ['name'], NAME],
);

const DEMOGRAPHIC: readonly InvalidInput[] = [
  ...[121, -1, 1.5, '42', Number.NaN, true].map((age): InvalidInput => [{ age }, ['age'], AGE]),
  ...[90.1, -91, '6.5', Number.POSITIVE_INFINITY].map(
    (latitude): InvalidInput => [{ latitude }, ['latitude'], LATITUDE],
  ),
  ...[180.1, -181, '3.3', Number.NaN].map(
    (longitude): InvalidInput => [{ longitude }, ['longitude'], LONGITUDE],
  ),
  ...['', 'here', '1', '1,', '1,2,3', '91,0', '0,181', '1e3,0', 'NaN,NaN'].map(
    (geolocation): InvalidInput => [{ geolocation }, ['geolocation'], GEOLOCATION],
  ),
  [{ geolocation: 5 }, ['geolocation'], /geolocation.*string/],
  [{ geolocation: '1,2', latitude: 1 }, ['geolocation'], /must not be combined with latitude or longitude/],
  [{ city: 5 }, ['city'], /city.*string/],
  [{ own_column: () => 1 }, ['own_column'], /own_column: cannot be sent as JSON: a function/],
];

const inCategory = (category: string, rows: readonly InvalidInput[]): InvalidInput[] =>
  rows.map(([input, path, rule]) => [{ name: 'x', [category]: input }, [category, ...path], rule]);

const INVALID_PERSONAS: readonly InvalidInput[] = [
  ...NAMES,
  ...inCategory('demographic', DEMOGRAPHIC),
  [{ name: 'x', demographic: 'US' }, ['demographic'], /demographic.*object/],
  [{ name: 'x', contextual: [] }, ['contextual'], /contextual.*object/],
];

const NOT_OBJECTS = [null, undefined, 'x', 5, [], () => {}];

const WRITES: Readonly<
  Record<string, [(client: PersonaClient, data: never) => Promise<unknown>, readonly InvalidInput[]]>
> = {
  'personas.create': [
    (client, data) => client.personas.create(data),
    [...INVALID_PERSONAS, [{}, ['name'], NAME], [{ name: undefined }, ['name'], NAME]],
  ],
  'personas.update': [(client, data) => client.personas.update(1, data), INVALID_PERSONAS],
  'demographic.update': [(client, data) => client.demographic.update(1, data), DEMOGRAPHIC],
  'psychographic.update': [(client, data) => client.psychographic.update(1, data), []],
  'behavioral.update': [(client, data) => client.behavioral.update(1, data), []],
  'contextual.update': [(client, data) => client.contextual.update(1, data), []],
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
  const create = connect().personas.create({ name: '', demographic: { age: 121, latitude: 91 } });
  const { issues } = await expectRejection(PersonaValidationError, create);
  expect(issues.map(({ path }) => path)).toEqual([
    ['name'],
    ['demographic', 'latitude'],
    ['demographic', 'age'],
  ]);
});

describe.each(DIALECTS)('limits, %s', (dialect) => {
  it.each([
    { name: 'x' },
    { name: '👩'.repeat(100) },
    { name: 'x', demographic: { age: 0, latitude: -90, longitude: 180 } },
    { name: 'x', demographic: { age: 120, latitude: 90, longitude: -180 } },
    { name: 'x', demographic: { geolocation: ' +90.0 , -180 ' } },
  ])('accepts %j', async (persona) => {
    const { connect } = await startService({ dialect });
    expect(await connect().personas.create(persona)).toHaveProperty('name', persona.name);
  });
});
