import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type ClientOptions,
  type Persona,
  type PersonaClient,
  PersonaValidationError,
  type RedactedField,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, thrownBy } from '../../support/failures.js';
import { AT_ONCE, clientOf, DIALECTS, serve } from '../../support/service.js';

const DATA = {
  name: 'Ada Canary',
  demographic: { age: 47, city: 'Canary Wharf', latitude: 12.345678, longitude: -0.02345678, country: 'GB' },
  psychographic: { interests: ['canary breeding'], lifestyle: 'calm' },
  behavioral: { device_usage: { phone: 'canary phone' }, browsing_habits: ['news'] },
  contextual: { weather: 'canary rain', season: 'summer' },
};
const REDACT: readonly RedactedField[] = [
  ...(['name', 'demographic.city', 'demographic.geolocation', 'psychographic.interests'] as const),
  ...(['behavioral.device_usage', 'contextual'] as const),
];
const SECRETS = /canary|12\.345678|-0\.02345678/i;

/** Every way in which a persona is told. */
const READS: Readonly<Record<string, (client: PersonaClient, id: number) => Promise<unknown>>> = {
  get: (client, id) => client.personas.get(id),
  list: async (client) => (await client.personas.list()).items,
  'the next page': async (client) => (await (await client.personas.list({ perPage: 1 })).nextPage())?.items,
  iterate: async (client) => {
    const all: Persona[] = [];
    for await (const persona of client.personas.iterate()) all.push(persona);
    return all;
  },
  create: (client) => client.personas.create(DATA),
  update: (client, id) => client.personas.update(id, DATA),
  'demographic.get': (client, id) => client.demographic.get(id),
  'psychographic.get': (client, id) => client.psychographic.get(id),
  'behavioral.get': (client, id) => client.behavioral.get(id),
  'contextual.get': (client, id) => client.contextual.get(id),
  'demographic.update': (client, id) => client.demographic.update(id, DATA.demographic),
  'psychographic.update': (client, id) => client.psychographic.update(id, DATA.psychographic),
  'behavioral.update': (client, id) => client.behavioral.update(id, DATA.behavioral),
  'contextual.update': (client, id) => client.contextual.update(id, DATA.contextual),
};

describe.each(DIALECTS)('%s', (dialect) => {
  const world = async (options: ClientOptions = {}) => {
    const served = await serve({ dialect, seed: false });
    const plain = served.connect({ cache: false });
    await plain.personas.create(DATA);
    const { id } = await plain.personas.create(DATA);
    return { ...served, plain, id, client: served.connect({ redact: REDACT, ...options }) };
  };

  it.each(Object.entries(READS))(
    '%s tells nothing that is redacted, from the service or the cache',
    async (_, read) => {
      const { client, plain, id } = await world();
      expect(JSON.stringify(await read(plain, id))).toMatch(SECRETS);
      for (let time = 0; time < 3; time++)
        expect(JSON.stringify(await read(client, id))).not.toMatch(SECRETS);
    },
  );

  it('the rest is as it was', async () => {
    const { client, id } = await world();
    const persona = await client.personas.get(id);
    expect(persona).toMatchObject({
      id,
      name: '',
      demographic: { age: 47, country: 'GB' },
      psychographic: { lifestyle: 'calm' },
      behavioral: { browsing_habits: ['news'] },
    });
    expect(persona).not.toHaveProperty('contextual');
    expect(await client.contextual.get(id)).toEqual({});
    expect(await client.behavioral.get(id)).toMatchObject({ browsing_habits: ['news'] });
  });

  it('can be written; what was read and is written back changes none of it', async () => {
    const { client, plain, id } = await world();
    const { name, ...read } = await client.personas.get(id);
    expect(name).toBe('');
    await client.personas.update(id, { ...read, demographic: { ...read.demographic, age: 48 } });
    expect(await plain.personas.get(id)).toMatchObject({
      ...DATA,
      demographic: { ...DATA.demographic, age: 48 },
    });
    await client.demographic.update(id, { city: 'Oslo' });
    expect(await plain.demographic.get(id)).toMatchObject({ city: 'Oslo' });
    const error = await failureOf(PersonaValidationError, client.personas.update(id, { ...read, name }));
    expect(error.issues.map(({ path }) => path)).toEqual([['name']]); // not overwritten with nothing
  });

  it('is taken out of a create that was looked for, and the look sees all of it', async () => {
    const { client, plain, service } = await world({
      onUnknownOutcome: 'reconcile',
      retry: AT_ONCE,
      lateWriteWindowMs: 0,
    });
    await plain.personas.create({ ...DATA, demographic: { ...DATA.demographic, city: 'Not Canary' } });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const { data, meta } = await client.withMeta.personas.create({ ...DATA, name: 'Canary Two' });
    expect(meta.source).toBe('reconciled');
    expect(JSON.stringify(data)).not.toMatch(SECRETS);
    expect(await plain.personas.get(data.id)).toMatchObject({ ...DATA, name: 'Canary Two' });
    expect((await plain.personas.list()).total).toBe(4);
  });

  it('stays out of what is served stale, joined or renewed', async () => {
    const { client, id, service } = await world({
      cache: { ttlMs: 0, staleWhileRevalidateMs: 60_000 },
      retry: false,
    });
    const both = [client.personas.get(id), client.personas.get(id)];
    for (const persona of await Promise.all(both)) expect(JSON.stringify(persona)).not.toMatch(SECRETS);
    await sleep(1);
    expect(JSON.stringify(await client.personas.get(id))).not.toMatch(SECRETS);
    service.faults.add({ status: 503 });
    expect(JSON.stringify(await client.personas.get(id))).not.toMatch(SECRETS);
  });

  it('is not even cached: not as read, as part of a list, as written or as found', async () => {
    const { connect, plain, service } = await world();
    const long = { name: 'Ada', psychographic: { lifestyle: 'canary '.repeat(10_000) } };
    const { id } = await plain.personas.create(long);
    const keepers: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
      (client) => client.personas.get(id),
      (client) => client.psychographic.get(id),
      (client) => client.personas.list(),
      (client) => client.personas.update(id, long),
      (client) => {
        service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
        return client.personas.create(long);
      },
    ];
    for (const keep of keepers) {
      const client = connect({
        redact: ['psychographic.lifestyle'],
        onUnknownOutcome: 'reconcile',
        retry: AT_ONCE,
      });
      await keep(client);
      expect(client.cache.stats().bytes).toBeLessThan(20_000);
    }
    const client = connect();
    await client.personas.get(id);
    expect(client.cache.stats().bytes).toBeGreaterThan(70_000);
  });

  it('views inherit it, add to it, and share what is cached only where it is the same', async () => {
    const { connect, id } = await world();
    const client = connect({ principal: 'team', redact: ['demographic.city'] });
    const same = client.as({ token: 'a' }, { principal: 'team' });
    const less = client.as({ token: 'a' }, { principal: 'team', redact: ['demographic.age'] });
    for (let time = 0; time < 2; time++) {
      expect((await less.personas.get(id)).demographic).not.toHaveProperty('age');
      expect((await less.personas.get(id)).demographic).not.toHaveProperty('city');
      expect((await client.personas.get(id)).demographic).toHaveProperty('age', 47);
      expect((await same.personas.get(id)).demographic).not.toHaveProperty('city');
    }
    expect((await same.withMeta.personas.get(id)).meta.source).toBe('cache');
  });
});

it('fields of a persona that nobody knows are dropped', async () => {
  const known = {
    id: 1,
    name: 'Ada',
    created_at: '2026-11-22T06:29:29Z',
    updated_at: '2026-11-22T06:29:29Z',
  };
  const fetch = async () =>
    Response.json({ ...known, attributes: { demographic: { age: 47 } }, behavioral: null });
  expect(await clientOf({ fetch }).personas.get(1)).toHaveProperty('attributes');
  const client = clientOf({ fetch, redact: ['demographic.age', 'behavioral.x'] });
  expect(await client.personas.get(1)).toEqual({ ...known, behavioral: null });
});

it('whatever the fields are called, those redacted are gone and the others are not', async () => {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'a.b', 'length'),
  );
  const service = createPersonaService({ dialect: 'attributes' });
  const plain = clientOf({ fetch: service.fetch, cache: false, dialect: 'attributes' });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(key, fc.string())).map((pairs) => Object.fromEntries(pairs)),
      key.filter(Boolean),
      async (fields, hidden) => {
        const { id } = await plain.personas.create({
          name: 'x',
          psychographic: { ...fields, [hidden]: 'secret' },
        });
        const before = await plain.psychographic.get(id);
        const client = clientOf({ fetch: service.fetch, cache: false, redact: [`psychographic.${hidden}`] });
        const after = await client.psychographic.get(id);
        const { [hidden]: _, ...others } = before;
        expect(Object.entries(after)).toEqual(Object.entries(others));
      },
    ),
    { numRuns: 200 },
  );
});

it.each<[unknown]>(
  [
    ...[
      ['id'],
      ['created_at'],
      ['demographics'],
      ['demographic.agee'],
      ['demographic.'],
      ['demographic.toString'],
    ],
    ...[['psychographic.'], ['other.field'], ['Name'], [''], [5], 'name', { name: true }],
  ].map((redact) => [redact]),
)('%j is refused: a misspelt field would be shown', (redact) => {
  const error = thrownBy(PersonaValidationError, () => clientOf({ redact: redact as RedactedField[] }));
  expect(error.issues.map(({ path }) => path[0])).toEqual(['redact']);
});
