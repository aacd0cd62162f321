import fc from 'fast-check';
import { type Contextual, PersonaValidationError } from 'persona-client';
import { createPersonaService, type FieldConfig } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { clientOf, serve } from '../../support/service.js';

const field = (name: string, type: 'string' | 'list' | 'dict', options?: readonly string[]) => ({
  name,
  type,
  label: name,
  description: '',
  ...(options && { options }),
});
const configOf = (...fields: ReturnType<typeof field>[]): FieldConfig => ({
  contextual: { label: 'Contextual', description: 'Our own', fields },
});

it('a deployment’s own fields, once read, are checked for type and options before anything is sent', async () => {
  const fieldConfig = configOf(
    field('mood', 'string', ['calm', 'busy']),
    field('tags', 'list', ['a', 'b']),
    field('notes', 'dict'),
  );
  const { connect, asked } = await serve({ dialect: 'attributes', fieldConfig });
  const client = connect();
  await client.fieldConfig.get();
  const before = asked().length;
  for (const [contextual, issues] of [
    [{ mood: 5 }, [{ path: ['contextual', 'mood'], message: 'must be a string' }]],
    [{ mood: 'angry' }, [{ path: ['contextual', 'mood'], message: 'must be one of: calm, busy' }]],
    [{ tags: 'a' }, [{ path: ['contextual', 'tags'], message: 'must be a list' }]],
    [
      { tags: ['a', 'c', 1] },
      [1, 2].map((at) => ({ path: ['contextual', 'tags', at], message: 'must be one of: a, b' })),
    ],
    [{ notes: ['x'] }, [{ path: ['contextual', 'notes'], message: 'must be an object' }]],
  ] as [Contextual, object[]][]) {
    const error = await failureOf(PersonaValidationError, client.personas.update(1, { contextual }));
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, issues });
  }
  expect(asked()).toHaveLength(before);
  await client.contextual.update(1, { mood: 'calm', tags: [], notes: { any: 'thing' }, free: 5 });
});

it('a field of the wrong type is checked against the deployment’s config, not what is known out of the box', async () => {
  const { connect, asked } = await serve({
    dialect: 'attributes',
    fieldConfig: configOf(field('season', 'list')),
  });
  const client = connect({ dialect: 'attributes' });
  expect(await client.contextual.update(1, { season: ['dry'] } as never)).toMatchObject({ season: ['dry'] });
  expect(asked()).toEqual(['GET /api/v1/field-config', 'PUT /api/v1/personas/1/attributes/contextual']);
});

it('reads are lenient: what stands there is answered, whatever the config says', async () => {
  const db = { psychographic: { lifestyle: 'calm' }, contextual: { mood: ['not', 'a', 'string'] } };
  const free = createPersonaService({ dialect: 'attributes', fieldConfig: configOf(), seed: false });
  const { id } = await clientOf({ fetch: free.fetch, dialect: 'attributes' }).personas.create({
    name: 'x',
    ...db,
  });
  const client = clientOf({
    dialect: 'attributes',
    fetch: async (input, init) =>
      new URL(new Request(input).url).pathname.endsWith('/field-config')
        ? Response.json(configOf(field('mood', 'string')))
        : free.fetch(input, init),
  });
  await client.fieldConfig.get();
  expect(await client.contextual.get(id)).toEqual(db.contextual);
  await free.close();
});

/** The service shares no code with the client: it is the oracle. */
it('refuses what the service refuses, and nothing else', async () => {
  const name = fc.constantFrom('a', 'b', 'constructor', '__proto__', 'toString', 'c');
  const word = fc.constantFrom('x', 'y', 'z');
  const fields = fc.uniqueArray(
    fc.record(
      {
        name,
        type: fc.constantFrom('string', 'list', 'dict'),
        label: fc.constant(''),
        description: fc.constant(''),
        options: fc.array(word, { minLength: 1 }),
      },
      { requiredKeys: ['name', 'type', 'label', 'description'] },
    ),
    { selector: ({ name }) => name },
  );
  const value = fc.oneof(
    word,
    fc.array(word),
    fc.dictionary(word, word),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.integer()),
  );
  const values = fc.array(fc.tuple(name, value)).map((entries) => {
    const fields: Record<string, unknown> = {};
    for (const [key, given] of entries)
      Object.defineProperty(fields, key, {
        value: given,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return fields;
  });
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fields, values, async (fields, behavioral) => {
      const fieldConfig = { behavioral: { label: '', description: '', fields } } as FieldConfig;
      const service = createPersonaService({ dialect: 'attributes', fieldConfig, seed: 1 });
      const client = clientOf({ fetch: service.fetch, dialect: 'attributes', breaker: false });
      await client.fieldConfig.get();
      const raw = await service.fetch('http://localhost:5050/api/v1/personas/1/attributes/behavioral', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(behavioral),
      });
      const ours = await client.behavioral.update(1, behavioral as never).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (raw.status === 200) expect(ours).toBeUndefined();
      else expect(ours).toMatchObject({ code: 'invalid_input', attempts: 0 });
      refusals += Number(raw.status !== 200);
      client.close();
      await service.close();
    }),
    { numRuns: 300 },
  );
  expect(refusals).toBeGreaterThan(50);
});
