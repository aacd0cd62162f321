import { type JsonValue, PersonaValidationError, type Psychographic } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { serve } from '../../support/service.js';

class Hobby {
  readonly name = 'chess';
}

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

const deep = (levels: number): JsonValue => (levels === 0 ? [] : [deep(levels - 1)]);

const UNSENDABLE: Readonly<Record<string, [value: unknown, what: RegExp]>> = {
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

describe.each(Object.entries(UNSENDABLE))(
  '%s in attributes is refused, and nothing is sent',
  (_, [value, what]) => {
    it('wherever it is', async () => {
      const { service, connect } = await serve({ dialect: 'attributes' });
      const client = connect();
      const nested = { interests: ['ok'], own: { list: ['fine', value] } } as Psychographic;
      const flat = { own: value } as Psychographic;
      for (const [call, path] of [
        [() => client.psychographic.update(1, flat), ['own']],
        [() => client.behavioral.update(1, nested), ['own', 'list', 1]],
        [() => client.personas.update(1, { contextual: flat }), ['contextual', 'own']],
        [
          () => client.personas.create({ name: 'x', psychographic: nested }),
          ['psychographic', 'own', 'list', 1],
        ],
      ] as const) {
        const error = await failureOf(PersonaValidationError, call());
        expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
        expect(error.issues.map((issue) => issue.path)).toEqual([path]);
        expect(error.message).toMatch(/cannot be sent as JSON/);
        expect(error.message).toMatch(what);
      }
      expect(service.requests).toEqual([]);
    });
  },
);

it('undefined in a list is refused; in an object it is a field left out', async () => {
  const { service, connect } = await serve({ dialect: 'attributes' });
  const client = connect({ dialect: 'attributes' });
  const list = { own: [1, undefined] } as unknown as Psychographic;
  const { issues } = await failureOf(PersonaValidationError, client.psychographic.update(1, list));
  expect(issues.map(({ path }) => path)).toEqual([['own', 1]]);
  expect(service.requests).toEqual([]);

  await client.psychographic.update(1, { lifestyle: 'calm', own: undefined });
  expect(service.requests.map(({ body }) => body)).toEqual(['{"lifestyle":"calm"}']);
});

it('a cycle is refused, and so is what is nested too deep for anyone', async () => {
  const { service, connect } = await serve({ dialect: 'attributes' });
  const client = connect({ dialect: 'attributes' });
  for (const [own, why] of [
    [cycle, /a cycle/],
    [deep(200), /nested deeper than 64 levels/],
  ] as [JsonValue, RegExp][]) {
    const error = await failureOf(PersonaValidationError, client.psychographic.update(1, { own }));
    expect(error.issues).toHaveLength(1);
    expect(error.issues[0]?.path[0]).toBe('own');
    expect(error.message).toMatch(why);
  }
  expect(service.requests).toEqual([]);
  await client.psychographic.update(1, { own: deep(40) });
  expect(service.requests).toHaveLength(1);
});

it('what loops back in many ways is refused at once, and not in a million words', async () => {
  const twice: Record<string, unknown> = {};
  Object.assign(twice, { a: twice, b: twice });
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, Number.NaN]));
  const { connect } = await serve();
  for (const [own, issues] of [
    [twice, 2],
    [many, 20],
  ] as [JsonValue, number][]) {
    const error = await failureOf(PersonaValidationError, connect().psychographic.update(1, { own }));
    expect(error.issues).toHaveLength(issues);
  }
});

it('options that the service would refuse are refused here, by the path that the caller wrote', async () => {
  const { service, connect } = await serve({ dialect: 'attributes' });
  const client = connect({ dialect: 'attributes' });
  const wrong = { season: 'monsoon', weather: 'wet' };
  for (const [call, path] of [
    [() => client.contextual.update(1, wrong), ['season']],
    [() => client.personas.create({ name: 'x', contextual: wrong }), ['contextual', 'season']],
  ] as const) {
    const error = await failureOf(PersonaValidationError, call());
    expect(error.issues).toEqual([{ path, message: 'must be one of: spring, summer, fall, winter' }]);
  }
  expect(service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/field-config',
  ]);
});

const OWN_SEASONS = {
  contextual: {
    label: 'Contextual',
    description: 'Our own',
    fields: [{ name: 'season', type: 'string', label: 'Season', description: '', options: ['dry', 'wet'] }],
  },
} as const;

it('nothing is refused by options that are not this deployment’s', async () => {
  const { service, connect } = await serve({ dialect: 'attributes', fieldConfig: OWN_SEASONS });
  expect(await connect().contextual.update(1, { season: 'wet' })).toHaveProperty('season', 'wet');
  service.faults.add({ status: 503, match: { path: '/api/v1/field-config' } });
  const unsure = connect({ dialect: 'attributes', retry: false });
  expect(await unsure.contextual.update(1, { season: 'dry' })).toHaveProperty('season', 'dry');
});

it('options of a deployment of its own count, once they are known', async () => {
  const { connect } = await serve({ dialect: 'attributes', fieldConfig: OWN_SEASONS });
  const client = connect();
  await client.fieldConfig.get();
  expect(await client.contextual.update(1, { season: 'wet' })).toHaveProperty('season', 'wet');
  const { issues } = await failureOf(PersonaValidationError, client.contextual.update(1, { season: 'fall' }));
  expect(issues).toEqual([{ path: ['season'], message: 'must be one of: dry, wet' }]);
});
