import fc from 'fast-check';
import { type OpenFields, PersonaValidationError } from 'persona-client';
import { createPersonaService, type FieldConfig } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient, startService, withOpenTypes } from '../../support/service.js';

const field = (name: string, type: 'string' | 'list' | 'dict', options?: readonly string[]) => ({
  name,
  type,
  label: name,
  description: '',
  ...(options && { options }),
});
const contextualConfig = (...fields: ReturnType<typeof field>[]): FieldConfig => ({
  contextual: { label: 'OpenFields', description: 'Custom fields', fields },
});

it('checks the types and options of configured fields before sending', async () => {
  const fieldConfig = contextualConfig(
    field('mood', 'string', ['calm', 'busy']),
    field('tags', 'list', ['a', 'b']),
    field('notes', 'dict'),
  );
  const { connect, requestLines } = await startService({ dialect: 'attributes', fieldConfig });
  const client = withOpenTypes(connect());
  await client.fieldConfig.get();
  const requestsBefore = requestLines().length;
  for (const [contextual, issues] of [
    [{ mood: 5 }, [{ path: ['contextual', 'mood'], message: 'must be a string' }]],
    [{ mood: 'angry' }, [{ path: ['contextual', 'mood'], message: 'must be one of: calm, busy' }]],
    [{ tags: 'a' }, [{ path: ['contextual', 'tags'], message: 'must be a list' }]],
    [
      { tags: ['a', 'c', 1] },
      [1, 2].map((index) => ({ path: ['contextual', 'tags', index], message: 'must be one of: a, b' })),
    ],
    [{ notes: ['x'] }, [{ path: ['contextual', 'notes'], message: 'must be an object' }]],
  ] as [OpenFields, object[]][]) {
    const error = await expectRejection(PersonaValidationError, client.personas.update(1, { contextual }));
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, issues });
  }
  expect(requestLines()).toHaveLength(requestsBefore);
  await client.contextual.update(1, { mood: 'calm', tags: [], notes: { any: 'thing' }, free: 5 });
});

it('checks fields against the config of the deployment instead of the default fields', async () => {
  const { connect, requestLines } = await startService({
    dialect: 'attributes',
    fieldConfig: contextualConfig(field('season', 'list')),
  });
  const client = connect({ dialect: 'attributes' });
  expect(await client.contextual.update(1, { season: ['dry'] } as never)).toMatchObject({ season: ['dry'] });
  expect(requestLines()).toEqual([
    'GET /api/v1/field-config',
    'PUT /api/v1/personas/1/attributes/contextual',
  ]);
});

it('returns stored values that do not match the config', async () => {
  const stored = { psychographic: { lifestyle: 'calm' }, contextual: { mood: ['not', 'a', 'string'] } };
  const service = createPersonaService({
    dialect: 'attributes',
    fieldConfig: contextualConfig(),
    seed: false,
  });
  const { id } = await withOpenTypes(
    createTestClient({ fetch: service.fetch, dialect: 'attributes' }),
  ).personas.create({ name: 'x', ...stored });
  const client = createTestClient({
    dialect: 'attributes',
    fetch: async (input, init) =>
      new URL(new Request(input).url).pathname.endsWith('/field-config')
        ? Response.json(contextualConfig(field('mood', 'string')))
        : service.fetch(input, init),
  });
  await client.fieldConfig.get();
  expect(await client.contextual.get(id)).toEqual(stored.contextual);
  await service.close();
});

/** Compares the client with the local service, which shares no code with it. */
it('rejects exactly the values that the service rejects', async () => {
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
    fc.constant(null),
  );
  const values = fc.array(fc.tuple(name, value), { minLength: 1 }).map((entries) => {
    const fields: Record<string, unknown> = {};
    for (const [key, value] of entries)
      Object.defineProperty(fields, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return fields;
  });
  let rejections = 0;
  await fc.assert(
    fc.asyncProperty(fields, values, async (fields, behavioral) => {
      const fieldConfig = { behavioral: { label: '', description: '', fields } } as FieldConfig;
      const service = createPersonaService({ dialect: 'attributes', fieldConfig, seed: 1 });
      const client = createTestClient({ fetch: service.fetch, dialect: 'attributes', breaker: false });
      await client.fieldConfig.get();
      const response = await service.fetch('http://localhost:5050/api/v1/personas/1/attributes/behavioral', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(behavioral),
      });
      const clientError = await client.behavioral.update(1, behavioral as never).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (response.status === 200) expect(clientError).toBeUndefined();
      else expect(clientError).toMatchObject({ code: 'invalid_input', attempts: 0 });
      rejections += Number(response.status !== 200);
      client.close();
      await service.close();
    }),
    { numRuns: 300 },
  );
  expect(rejections).toBeGreaterThan(50);
});
