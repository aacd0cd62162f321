import fc from 'fast-check';
import { createPersonaService } from 'persona-client/testing';
import { expect, it, onTestFinished } from 'vitest';
import { CATEGORIES, PERSONAS_PATH } from '../../support/personas.js';
import { createTestClient, SERVICE_KINDS, startService } from '../../support/service.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', ' ', '36.0', 'null', '[]', '😀', 'autumn', 'سلام'),
);
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 5 });
const number = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
  fc.constantFrom(-1, 0, 121, 30.5, 200, 1e300, Number.MAX_SAFE_INTEGER),
);
const fields = <Value>(names: readonly string[], value: fc.Arbitrary<Value>) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
const merge = (...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((values): object => Object.assign({}, ...values));

const LISTS = ['interests', 'personal_values', 'attitudes', 'opinions'];
const STRINGS = ['lifestyle', 'personality'];
const MAPS = ['device_usage', 'social_media_activity', 'content_consumption'];
const CONTEXT = ['weather', 'screen_size'];
const demographicTexts = fields(['language', 'country', 'city', 'region', 'gender'], nullable(text));

/** What `subresource` stores. */
const strings = fc.array(text, { maxLength: 4 });
const subresourcePersona = fc.record(
  {
    name: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
    demographic: merge(
      demographicTexts,
      fields(['latitude', 'longitude'], nullable(number)),
      fields(['age'], nullable(fc.integer({ min: 0, max: 120 }))),
    ),
    psychographic: merge(fields(LISTS, nullable(strings)), fields(STRINGS, nullable(text))),
    behavioral: merge(
      fields(['browsing_habits', 'purchase_history'], nullable(strings)),
      fields(MAPS, nullable(fc.dictionary(text, text, { maxKeys: 3 }))),
    ),
    contextual: fields([...CONTEXT, 'season', 'day_of_week'], nullable(text)),
  },
  { requiredKeys: ['name'] },
);

/** What `attributes` stores: any number, any JSON in fields that the field config does not name. */
const anyJson = fc
  .jsonValue({ maxDepth: 3 })
  .map((value): unknown =>
    JSON.parse(JSON.stringify(value), (_, inner) =>
      typeof inner === 'number' && Math.abs(inner) >= 2 ** 53 && Math.abs(inner) < 1e21 ? 0 : inner,
    ),
  );
const custom = fields(['id', 'persona_id', 'own', 'Größe', 'constructor'], anyJson);
const attributesPersona = fc.record(
  {
    name: fc.oneof(text, fc.constantFrom('n'.repeat(300), '')),
    demographic: merge(demographicTexts, fields(['latitude', 'longitude', 'age'], nullable(number))),
    psychographic: merge(
      fields(LISTS, fc.array(anyJson, { maxLength: 4 })),
      fields(STRINGS, nullable(text)),
      custom,
    ),
    behavioral: merge(fields(MAPS, fc.dictionary(text, anyJson, { maxKeys: 3 })), custom),
    contextual: merge(
      fields(CONTEXT, nullable(text)),
      fields(['season'], nullable(fc.constantFrom('spring', 'fall'))),
      custom,
    ),
  },
  { requiredKeys: ['name'] },
);

const withoutTime = ({ updated_at: _, ...persona }: Record<string, unknown>) => persona;

it.each(SERVICE_KINDS)(
  'reads and writes back any stored persona without a change: $kind',
  async ({ kind, options }) => {
    const service = createPersonaService({ ...options, seed: false });
    onTestFinished(() => service.close());
    const request = (path: string, init?: RequestInit) =>
      service.fetch(`http://localhost:5050${PERSONAS_PATH}${path}`, {
        ...init,
        headers: { 'content-type': 'application/json' },
      });
    const readStored = async (id: number) => withoutTime(await (await request(`/${id}`)).json());
    const arbitrary = options.dialect === 'subresource' ? subresourcePersona : attributesPersona;
    let stored = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.boolean(), async (persona, isDialectKnown) => {
        // A published service cannot read maps, and a create sets them.
        const isPublished = kind === 'published subresource';
        const body = isPublished ? { ...persona, behavioral: undefined } : persona;
        const created = await request('', { method: 'POST', body: JSON.stringify(body) });
        if (created.status !== 201) return;
        stored += 1;
        const { id } = await created.json();
        const lists = Object.entries(persona.behavioral ?? {}).filter(([name]) => !MAPS.includes(name));
        if (isPublished && lists.length > 0)
          await request(`/${id}/behavioral`, {
            method: 'PUT',
            body: JSON.stringify(Object.fromEntries(lists)),
          });
        const before = await readStored(id);
        const dialect = options.dialect === 'subresource' ? 'subresource' : 'attributes';
        const client = createTestClient({ fetch: service.fetch, dialect: isDialectKnown ? dialect : 'auto' });
        await client.personas.update(id, await client.personas.get(id));
        expect(await readStored(id)).toEqual(before);
        for (const category of CATEGORIES) {
          const data = await client[category].get(id);
          const isEmpty = Object.keys(data).every((name) => name === 'id' || name === 'persona_id');
          if (!isEmpty) await client[category].update(id, data as never);
        }
        const [listed] = (await client.personas.list({ perPage: 1 })).items;
        if (listed) await client.personas.update(listed.id, listed);
        expect(await readStored(id)).toEqual(before);
      }),
      { numRuns: 100 },
    );
    expect(stored).toBeGreaterThan(70);
  },
  60_000,
);

it('reads and writes back data that is nested as deeply as the client reads', async () => {
  const { service, connect } = await startService({ dialect: 'attributes', seed: 1 });
  const own = JSON.parse(`${'['.repeat(97)}1${']'.repeat(97)}`);
  await service.fetch(`http://localhost:5050${PERSONAS_PATH}/1/attributes/contextual`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ own }),
  });
  const client = connect({ cache: false });
  const persona = await client.personas.get(1);
  expect(persona.contextual).toHaveProperty('own', own);
  expect((await client.personas.update(1, persona)).contextual).toHaveProperty('own', own);
});
