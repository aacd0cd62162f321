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
import { CALLS_RETURNING_PERSONAS, type RunOperation } from '../../support/calls.js';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { createTestClient, DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

const DATA = {
  name: 'Ada Canary',
  demographic: { age: 47, city: 'Canary Wharf', latitude: 12.345678, longitude: -0.02345678, country: 'GB' },
  psychographic: { interests: ['canary breeding'], lifestyle: 'calm' },
  behavioral: { device_usage: { phone: 'canary phone' }, browsing_habits: ['news'] },
  contextual: { weather: 'canary rain', season: 'summer' as const },
};
const REDACT: readonly RedactedField[] = [
  ...(['name', 'demographic.city', 'demographic.geolocation', 'psychographic.interests'] as const),
  ...(['behavioral.device_usage', 'contextual'] as const),
];
const REDACTED_TEXT = /canary|12\.345678|-0\.02345678/i;

/** The calls that return persona data. Two of them share the operation `personas.list`. */
const READS: readonly [string, RunOperation][] = [
  ...CALLS_RETURNING_PERSONAS,
  ['the next page', async (client) => (await (await client.personas.list({ perPage: 1 })).nextPage())?.items],
  [
    'iterate',
    async (client) => {
      const all: Persona[] = [];
      for await (const persona of client.personas.iterate()) all.push(persona);
      return all;
    },
  ],
];

describe.each(DIALECTS)('redact, %s', (dialect) => {
  const setup = async (options: ClientOptions = {}) => {
    const started = await startService({ dialect, seed: false });
    const plain = started.connect({ cache: false });
    await plain.personas.create(DATA);
    const { id } = await plain.personas.create(DATA);
    return { ...started, plain, id, client: started.connect({ redact: REDACT, ...options }) };
  };

  it.each(READS)('%s returns no redacted data, from the service and from the cache', async (_, read) => {
    const { client, plain, id } = await setup();
    expect(JSON.stringify(await read(plain, id, DATA))).toMatch(REDACTED_TEXT);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(JSON.stringify(await read(client, id, DATA))).not.toMatch(REDACTED_TEXT);
  });

  it('keeps all other data', async () => {
    const { client, id } = await setup();
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

  it('allows writes of redacted fields, and keeps their values when a redacted persona is written back', async () => {
    const { client, plain, id } = await setup();
    const { name, ...read } = await client.personas.get(id);
    expect(name).toBe('');
    await client.personas.update(id, { ...read, demographic: { ...read.demographic, age: 48 } });
    expect(await plain.personas.get(id)).toMatchObject({
      ...DATA,
      demographic: { ...DATA.demographic, age: 48 },
    });
    await client.demographic.update(id, { city: 'Oslo' });
    expect(await plain.demographic.get(id)).toMatchObject({ city: 'Oslo' });
    const error = await expectRejection(
      PersonaValidationError,
      client.personas.update(id, { ...read, name }),
    );
    expect(error.issues.map(({ path }) => path)).toEqual([['name']]); // an empty name must not overwrite the stored one
  });

  it('redacts the result of a reconciled create, but not the search', async () => {
    const { client, plain, service } = await setup({
      onUnknownOutcome: 'reconcile',
      retry: NO_BACKOFF,
      lateWriteWindowMs: 0,
    });
    await plain.personas.create({ ...DATA, demographic: { ...DATA.demographic, city: 'Not Canary' } });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const { data, meta } = await client.withMeta.personas.create({ ...DATA, name: 'Canary Two' });
    expect(meta.source).toBe('reconciled');
    expect(JSON.stringify(data)).not.toMatch(REDACTED_TEXT);
    expect(await plain.personas.get(data.id)).toMatchObject({ ...DATA, name: 'Canary Two' });
    expect((await plain.personas.list()).total).toBe(4);
  });

  it('redacts stale, deduplicated and revalidated results', async () => {
    const { client, id, service } = await setup({
      cache: { ttlMs: 0, staleWhileRevalidateMs: 60_000 },
      retry: false,
    });
    const sources: string[] = [];
    const read = async () => {
      const { data, meta } = await client.withMeta.personas.get(id);
      expect(JSON.stringify(data)).not.toMatch(REDACTED_TEXT);
      sources.push(meta.source);
    };
    await Promise.all([read(), read()]);
    const revalidated = new Promise((resolve) => client.on('response', resolve));
    await read();
    await revalidated;
    service.faults.add({ status: 503 });
    await read();
    expect(sources).toEqual(['network', 'deduplicated', 'stale', 'stale']);
  });

  it('never caches redacted data', async () => {
    const { connect, plain, service } = await setup();
    const long = { name: 'Ada', psychographic: { lifestyle: 'canary '.repeat(10_000) } };
    const { id } = await plain.personas.create(long);
    const cachingCalls: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
      (client) => client.personas.get(id),
      (client) => client.psychographic.get(id),
      (client) => client.personas.list(),
      (client) => client.personas.update(id, long),
      (client) => {
        service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
        return client.personas.create(long);
      },
    ];
    for (const call of cachingCalls) {
      const client = connect({
        redact: ['psychographic.lifestyle'],
        onUnknownOutcome: 'reconcile',
        retry: NO_BACKOFF,
      });
      await call(client);
      expect(client.cache.stats().bytes).toBeLessThan(20_000);
    }
    const client = connect();
    await client.personas.get(id);
    expect(client.cache.stats().bytes).toBeGreaterThan(70_000);
  });

  it('lets views inherit and extend it, and share cached data only if it is the same', async () => {
    const { connect, id } = await setup();
    const client = connect({ principal: 'team', redact: ['demographic.city'] });
    const samePolicy = client.as({ token: 'a' }, { principal: 'team' });
    const stricter = client.as({ token: 'a' }, { principal: 'team', redact: ['demographic.age'] });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await stricter.personas.get(id)).demographic).not.toHaveProperty('age');
      expect((await stricter.personas.get(id)).demographic).not.toHaveProperty('city');
      expect((await client.personas.get(id)).demographic).toHaveProperty('age', 47);
      expect((await samePolicy.personas.get(id)).demographic).not.toHaveProperty('city');
    }
    expect((await samePolicy.withMeta.personas.get(id)).meta.source).toBe('cache');
  });
});

it('removes unknown fields of a persona', async () => {
  const known = {
    id: 1,
    name: 'Ada',
    created_at: '2026-11-22T06:29:29Z',
    updated_at: '2026-11-22T06:29:29Z',
  };
  const fetch = async () =>
    Response.json({ ...known, attributes: { demographic: { age: 47 } }, behavioral: null });
  expect(await createTestClient({ fetch }).personas.get(1)).toHaveProperty('attributes');
  const client = createTestClient({ fetch, redact: ['demographic.age', 'behavioral.x'] });
  expect(await client.personas.get(1)).toEqual({ ...known, behavioral: null });
});

it('removes exactly the redacted field, whatever its name', async () => {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'a.b', 'length'),
  );
  const service = createPersonaService({ dialect: 'attributes' });
  const plain = createTestClient({ fetch: service.fetch, cache: false, dialect: 'attributes' });
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
        const client = createTestClient({
          fetch: service.fetch,
          cache: false,
          redact: [`psychographic.${hidden}`],
        });
        const after = await client.psychographic.get(id);
        const { [hidden as never]: _, ...others } = before;
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
    ...[['psychographic.opinion'], ['behavioral.purchase_histroy'], ['contextual.Weather']],
    ...[['psychographic.'], ['other.field'], ['Name'], [''], [5], 'name', { name: true }],
  ].map((redact) => [redact]),
)('rejects the misspelled field %j', (redact) => {
  const error = expectThrow(PersonaValidationError, () =>
    createTestClient({ redact: redact as RedactedField[] }),
  );
  expect(error.issues.map(({ path }) => path[0])).toEqual(['redact']);
});

it('accepts a custom field that is similar to a default field beside that field, and any other custom field', () => {
  for (const redact of [['psychographic.opinion', 'psychographic.opinions'], ['contextual.lifestyle_goals']])
    expect(() => createTestClient({ redact: redact as RedactedField[] })).not.toThrow();
});
