import { type JsonValue, type OpenFields, PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { startService, withOpenTypes } from '../../support/service.js';

class Hobby {
  readonly name = 'chess';
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const deep = (levels: number): JsonValue => (levels === 0 ? [] : [deep(levels - 1)]);

const UNSENDABLE: Readonly<Record<string, [value: unknown, message: RegExp]>> = {
  'a function': [() => 1, /a function/],
  'a class': [Hobby, /a function/],
  'a symbol': [Symbol('x'), /a symbol/],
  'a bigint': [1n, /a bigint/],
  NaN: [Number.NaN, /NaN/],
  Infinity: [Number.NEGATIVE_INFINITY, /-Infinity/],
  'a date': [new Date(0), /a Date instance/],
  'a map': [new Map(), /a Map instance/],
  'a set': [new Set(), /a Set instance/],
  'an instance': [new Hobby(), /a Hobby instance/],
  bytes: [new Uint8Array(1), /a Uint8Array instance/],
};

describe.each(Object.entries(UNSENDABLE))('%s in attributes', (_, [value, message]) => {
  it('is rejected at any depth, and nothing is sent', async () => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    const client = withOpenTypes(connect());
    const nested = { interests: ['ok'], own: { list: ['fine', value] } } as OpenFields;
    const flat = { own: value } as OpenFields;
    for (const [call, path] of [
      [() => client.psychographic.update(1, flat), ['own']],
      [() => client.behavioral.update(1, nested), ['own', 'list', 1]],
      [() => client.personas.update(1, { contextual: flat }), ['contextual', 'own']],
      [
        () => client.personas.create({ name: 'x', psychographic: nested }),
        ['psychographic', 'own', 'list', 1],
      ],
    ] as const) {
      const error = await expectRejection(PersonaValidationError, call());
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
      expect(error.issues.map((issue) => issue.path)).toEqual([path]);
      expect(error.message).toMatch(/cannot be sent as JSON/);
      expect(error.message).toMatch(message);
    }
    expect(service.requests).toEqual([]);
  });
});

it('rejects undefined in an array, and omits it in an object', async () => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const client = withOpenTypes(connect({ dialect: 'attributes' }));
  const list = { own: [1, undefined] } as unknown as OpenFields;
  const { issues } = await expectRejection(PersonaValidationError, client.psychographic.update(1, list));
  expect(issues.map(({ path }) => path)).toEqual([['own', 1]]);
  expect(service.requests).toEqual([]);

  await client.psychographic.update(1, { lifestyle: 'calm', own: undefined });
  expect(service.requests.map(({ body }) => body)).toEqual(['{"lifestyle":"calm"}']);
});

it('rejects cycles and deep nesting', async () => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const client = withOpenTypes(connect({ dialect: 'attributes' }));
  for (const [own, message] of [
    [cycle, /a cycle/],
    [deep(200), /nested deeper than 100 levels/],
  ] as [JsonValue, RegExp][]) {
    const error = await expectRejection(PersonaValidationError, client.psychographic.update(1, { own }));
    expect(error.issues).toHaveLength(1);
    expect(error.issues[0]?.path[0]).toBe('own');
    expect(error.message).toMatch(message);
  }
  expect(service.requests).toEqual([]);
  await client.psychographic.update(1, { own: deep(90) });
  expect(service.requests).toHaveLength(1);
});

it('reports at most 20 issues, also for a value with many cycles', async () => {
  const cyclic: Record<string, unknown> = {};
  Object.assign(cyclic, { a: cyclic, b: cyclic });
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, Number.NaN]));
  const { connect } = await startService();
  for (const [own, issues] of [
    [cyclic, 2],
    [many, 20],
  ] as [JsonValue, number][]) {
    const error = await expectRejection(
      PersonaValidationError,
      withOpenTypes(connect()).psychographic.update(1, { own }),
    );
    expect(error.issues).toHaveLength(issues);
  }
});

it('rejects options that the service would reject, with the path in the input', async () => {
  const { service, connect } = await startService({ dialect: 'attributes' });
  const client = withOpenTypes(connect({ dialect: 'attributes' }));
  const invalid = { season: 'monsoon', weather: 'wet' };
  for (const [call, path] of [
    [() => client.contextual.update(1, invalid), ['season']],
    [() => client.personas.create({ name: 'x', contextual: invalid }), ['contextual', 'season']],
  ] as const) {
    const error = await expectRejection(PersonaValidationError, call());
    expect(error.issues).toEqual([{ path, message: 'must be one of: spring, summer, fall, winter' }]);
  }
  expect(service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/field-config',
  ]);
});

it('lists the first 20 options and the first 20 invalid entries', async () => {
  const options = Array.from({ length: 25 }, (_, index) => `o${index}`);
  const fields = [{ name: 'moods', type: 'list', label: 'Moods', description: '', options }] as const;
  const { connect } = await startService({
    dialect: 'attributes',
    fieldConfig: { psychographic: { label: '', description: '', fields } },
  });
  const client = withOpenTypes(connect({ dialect: 'attributes' }));
  await client.fieldConfig.get();
  const moods = ['o24', ...Array.from({ length: 30 }, (_, index) => `x${index}`)];
  const { issues } = await expectRejection(PersonaValidationError, client.psychographic.update(1, { moods }));
  const message = `must be one of: ${options.slice(0, 20).join(', ')} and 5 more`;
  expect(issues).toEqual(Array.from({ length: 20 }, (_, index) => ({ path: ['moods', index + 1], message })));
});

const CUSTOM_SEASONS = {
  contextual: {
    label: 'Contextual',
    description: 'Our own',
    fields: [{ name: 'season', type: 'string', label: 'Season', description: '', options: ['dry', 'wet'] }],
  },
} as const;

it('does not apply the built-in options if the service has its own', async () => {
  const { service, connect } = await startService({ dialect: 'attributes', fieldConfig: CUSTOM_SEASONS });
  expect(await withOpenTypes(connect()).contextual.update(1, { season: 'wet' })).toHaveProperty(
    'season',
    'wet',
  );
  service.faults.add({ status: 503, match: { path: '/api/v1/field-config' } });
  const unavailable = withOpenTypes(connect({ dialect: 'attributes', retry: false }));
  expect(await unavailable.contextual.update(1, { season: 'dry' })).toHaveProperty('season', 'dry');
});

it('applies the options of the service after reading its field config', async () => {
  const { connect } = await startService({ dialect: 'attributes', fieldConfig: CUSTOM_SEASONS });
  const client = withOpenTypes(connect());
  await client.fieldConfig.get();
  expect(await client.contextual.update(1, { season: 'wet' })).toHaveProperty('season', 'wet');
  const { issues } = await expectRejection(
    PersonaValidationError,
    client.contextual.update(1, { season: 'fall' }),
  );
  expect(issues).toEqual([{ path: ['season'], message: 'must be one of: dry, wet' }]);
});
