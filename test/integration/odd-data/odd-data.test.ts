import {
  defineAttributes,
  type InvalidField,
  type Persona,
  type PersonaClient,
  PersonaResponseError,
} from 'persona-client';
import { createMany, createPrivacy, type Journal } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { expectRejection } from '../../support/failures.js';
import { createRawFetch, type RawRow, rawRow } from '../../support/raw-rows.js';
import { createTestClient, DIALECTS, startService } from '../../support/service.js';

const ODD_AGE = rawRow(1, { demographic: { age: '"thirty"', city: '"Oslo"' } });
const AGE_FIELD: InvalidField = {
  personaId: 1,
  path: ['demographic', 'age'],
  rule: 'must be a number, not a string',
  omitted: 'field',
  value: 'thirty',
};

type Options = Parameters<typeof createTestClient>[0];

function setup(rows: readonly RawRow[], options: Options = {}, headers = {}) {
  const { fetch, requestLines } = createRawFetch('attributes', rows, headers);
  const events: object[] = [];
  const connect = (more: Options = {}): PersonaClient => {
    const client = createTestClient({ fetch, retry: false, breaker: false, ...options, ...more });
    client.on('invalidField', (event) => events.push(event));
    return client;
  };
  return { connect, client: connect(), events, requestLines };
}

it('reports an omitted field in metadata, and without its value in one event per response', async () => {
  const { client, events } = setup([ODD_AGE]);
  const { data, meta } = await client.withMeta.personas.get(1);
  expect(data.demographic).toEqual({ city: 'Oslo' });
  expect(meta.invalidFields).toEqual([AGE_FIELD]);
  expect((await client.withMeta.personas.get(1)).meta).toMatchObject({
    source: 'cache',
    invalidFields: [AGE_FIELD],
  });
  const { value: _, ...field } = AGE_FIELD;
  expect(events).toEqual([
    { callId: expect.any(Number), requestId: meta.requestId, call: 'personas.get', ...field },
  ]);
});

it('has an empty list of invalid fields if the response keeps the contract', async () => {
  const { client, events } = setup([rawRow(1)]);
  expect((await client.withMeta.personas.get(1)).meta.invalidFields).toEqual([]);
  expect(events).toEqual([]);
});

it('reports at most 20 fields of a response, but all fields of a persona that the response primes', async () => {
  const ownFields = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`own${index}`, 'NaN']));
  const { client, events } = setup([1, 2, 3].map((id) => rawRow(id, { contextual: ownFields })));
  const { data, meta } = await client.withMeta.personas.list();
  expect(data.items.map(({ contextual }) => contextual)).toEqual([{}, {}, {}]);
  expect(meta.invalidFields).toHaveLength(20);
  expect(events).toHaveLength(20);
  const primed = await client.withMeta.personas.get(3);
  expect(primed.meta.source).toBe('cache');
  expect(primed.meta.invalidFields).toHaveLength(15);
});

it('gives each caller its own copy of the invalid fields', async () => {
  const { client } = setup([rawRow(1, { contextual: { season: '["dry"]' } })]);
  const first = await client.withMeta.personas.get(1);
  const [field] = first.meta.invalidFields;
  if (Array.isArray(field?.value)) field.value.push('changed');
  expect((await client.withMeta.personas.get(1)).meta.invalidFields[0]?.value).toEqual(['dry']);
});

it('keeps the invalid fields of an entry that the service confirms', async () => {
  const { client, requestLines } = setup([ODD_AGE], {}, { etag: '"1"' });
  await client.personas.get(1);
  const { data, meta } = await client.withMeta.personas.get(1, { cache: { ttlMs: 0 } });
  expect(meta).toMatchObject({ source: 'revalidated', invalidFields: [AGE_FIELD] });
  expect(data.demographic).toEqual({ city: 'Oslo' });
  expect(requestLines).toHaveLength(2);
});

it('passes invalid fields to onInvalidFields, also for cached reads and for each page of an iteration', async () => {
  const rows = [ODD_AGE, rawRow(2), rawRow(3, { name: '5' })];
  const { client } = setup(rows);
  const received: string[] = [];
  const onInvalidFields = (fields: readonly InvalidField[]) =>
    received.push(fields.map(({ personaId, path }) => `${personaId} ${path.join('.')}`).join());
  await client.personas.get(1, { onInvalidFields });
  await client.personas.get(1, { onInvalidFields });
  expect(received).toEqual(['1 demographic.age', '1 demographic.age']);
  const names: string[] = [];
  const iterator = client.personas.iterate({ perPage: 2, maxScans: 1 }, { onInvalidFields });
  for await (const { name } of iterator) names.push(name);
  expect(names).toEqual(['Persona 1', 'Persona 2']);
  expect(iterator.report).toMatchObject({ unseen: 1, incompleteReason: 'hidden' }); // no row of the second page is usable
  // The iteration reads the first page again, to find out whether the list has changed.
  expect(received.slice(2)).toEqual(['1 demographic.age', '1 demographic.age']);
});

describe("reads: 'strict'", () => {
  it('rejects a response, also one that a lenient read has cached', async () => {
    const { connect } = setup([ODD_AGE], { cache: { store: new MemoryStore(), keySecret: KEY_SECRET } });
    await connect().personas.get(1);
    const error = await expectRejection(PersonaResponseError, connect({ reads: 'strict' }).personas.get(1));
    expect(error).toMatchObject({ code: 'invalid_response', status: 200, personaId: 1 });
    expect(error.message).toBe(
      'personas.get returned persona 1 with an invalid demographic.age: must be a number, not a string.',
    );
    expect(error.message).not.toContain('thirty');
    expect(error.issues).toEqual([{ path: AGE_FIELD.path, message: AGE_FIELD.rule }]);
  });

  it('says that a rejected write may have taken effect, and can be overridden per call', async () => {
    const { client } = setup([ODD_AGE], { reads: 'strict' });
    const error = await expectRejection(PersonaResponseError, client.personas.update(1, { name: 'x' }));
    expect(error).toMatchObject({ maybeApplied: true });
    expect(await client.personas.update(1, { name: 'x' }, { reads: 'lenient' })).toHaveProperty('id', 1);
  });
});

it('rejects a persona without usable name with an error that names the persona instead of the URL', async () => {
  const { client, events } = setup([rawRow(1), rawRow(2, { name: 'NaN' })]);
  const { items, total } = await client.personas.list();
  expect(items.map(({ id }) => id)).toEqual([1]);
  expect(total).toBe(2);
  expect(events).toMatchObject([{ personaId: 2, path: ['name'], omitted: 'row' }]);
  const error = await expectRejection(PersonaResponseError, client.personas.get(2));
  expect(error.message).toBe(
    'personas.get returned persona 2 with an invalid name: must be a finite number.',
  );
  expect(error).toMatchObject({ personaId: 2, issues: [{ path: ['name'] }] });
});

it.each(DIALECTS)(
  'detects the dialect from a list that is not JSON because of one row: %s',
  async (dialect) => {
    const { fetch } = createRawFetch(dialect, [rawRow(1, { contextual: { own: 'NaN', season: '"fall"' } })]);
    const client = createTestClient({ fetch, retry: false });
    expect(await client.contextual.get(1)).toEqual({ season: 'fall' });
  },
);

it('reports no field that may contain redacted data', async () => {
  const contextual = '"secret"';
  const { connect, events } = setup([
    rawRow(1, { demographic: { age: '"thirty"' }, contextual, tags: 'NaN' }),
  ]);
  const client = connect({ redact: ['demographic.age', 'contextual.season'] });
  for (const call of [
    () => client.withMeta.personas.get(1),
    () => client.withMeta.personas.update(1, { name: 'x' }),
  ])
    expect((await call()).meta.invalidFields).toEqual([]);
  expect(await client.personas.get(1, { reads: 'strict' })).toHaveProperty('id', 1);
  expect(events).toEqual([]);
  const { meta } = await connect({ redact: ['psychographic'] }).withMeta.personas.get(1);
  expect(meta.invalidFields.map(({ path }) => path.join('.'))).toEqual(['demographic.age', 'contextual']);
});

it('keeps a default field with another type if the attributes option defines the field', async () => {
  const attributes = defineAttributes({ psychographic: z.object({ interests: z.array(z.number()) }) });
  const rows = [rawRow(1, { psychographic: { interests: '[1,2]', lifestyle: '5', own: 'true' } })];
  const { connect } = setup(rows);
  const { data, meta } = await connect({ attributes }).withMeta.personas.get(1);
  expect(data.psychographic).toEqual({ interests: [1, 2], own: true });
  expect(meta.invalidFields.map(({ path }) => path)).toEqual([['psychographic', 'lifestyle']]);
  expect((await connect().personas.get(1)).psychographic).toEqual({ own: true });
});

it('exports the stored values that the persona cannot contain', async () => {
  const { client } = setup([ODD_AGE]);
  const { persona, invalid_fields } = await createPrivacy(client).export(1);
  expect(persona.demographic).toEqual({ city: 'Oslo' });
  expect(invalid_fields).toEqual([{ path: ['demographic', 'age'], value: 'thirty' }]);
  const { client: other } = setup([rawRow(1)]);
  expect(await createPrivacy(other).export(1)).not.toHaveProperty('invalid_fields');
});

it.each([
  ['invalid', ODD_AGE],
  ['unusable', rawRow(1, { created_at: 'null' })],
])('creates personas with a journal while the newest row is %s', async (_, row) => {
  const { client } = setup([row, rawRow(2)]);
  const journal: Journal = { open: async () => [], append: async () => {}, close: async () => {} };
  const run = createMany(client, [{ name: 'New' }], { journal, lateWriteWindowMs: 0 });
  expect(await run.finish()).toMatchObject({ succeeded: 1, failed: 0, complete: true });
});

it('returns a persona that can be written back, and then keeps the stored value', async () => {
  const { client } = setup([ODD_AGE]);
  const persona: Persona = await client.personas.get(1);
  const sent: unknown[] = [];
  const { fetch } = createRawFetch('attributes', [ODD_AGE]);
  const recording = createTestClient({
    fetch: (input, init) => {
      if (init?.method === 'PUT') sent.push(JSON.parse(String(init.body)));
      return fetch(String(input), init);
    },
  });
  await recording.personas.update(1, { ...persona, name: 'Renamed' });
  expect(sent).toEqual([{ name: 'Renamed', demographic: { city: 'Oslo' } }]);
});

it.each(['personas.create', 'createMany'])(
  'finds a lost create whose list the client omits when it reads: %s',
  async (method) => {
    const { connect, service } = await startService({ dialect: 'attributes', seed: false });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const client = connect({ dialect: 'attributes', lateWriteWindowMs: 200 });
    const data = { name: 'Ada', psychographic: { interests: [1, 2], lifestyle: 'calm' } } as never;
    if (method === 'createMany')
      await createMany(client, [data], { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 200 }).finish();
    else await client.personas.create(data, { onUnknownOutcome: 'reconcile' });
    expect(await client.personas.list()).toMatchObject({
      total: 1,
      items: [{ psychographic: { lifestyle: 'calm' } }],
    });
  },
);
