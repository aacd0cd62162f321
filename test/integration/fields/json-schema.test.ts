import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { demographicInputSchema } from '../../../src/schemas/category-input.js';
import { personaFieldsSchema } from '../../../src/schemas/persona.js';
import { DIALECTS, startService } from '../../support/service.js';

// The client's own schemas have no JSON Schema, so these replace them by those of zod.
vi.mock('../../../src/schemas/objects.js', async (importOriginal) => {
  const { looseObject, nullish, optional } = await import('zod/mini');
  return {
    ...(await importOriginal<object>()),
    openObject: (fields: Record<string, () => z.ZodMiniType>) =>
      looseObject(Object.fromEntries(Object.entries(fields).map(([name, create]) => [name, create()]))),
    nullish: (create: () => z.ZodMiniType) => () => nullish(create()),
    optional: (create: () => z.ZodMiniType) => () => optional(create()),
  };
});
vi.mock('../../../src/schemas/validators.js', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  anyString: (await import('zod/mini')).string,
  withIssues: (schema: unknown) => schema,
}));

const toJsonSchema = (schema: z.ZodMiniType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

it('composes a schema whose fixed fields match what the client accepts', async () => {
  const client = new PersonaClient({
    fetch: createPersonaService({ dialect: 'attributes', fieldConfig: {} }).fetch,
  });
  const { source, schema } = await client.schema.get();
  const { properties, ...fixed } = toJsonSchema(personaFieldsSchema());
  const { $schema: _, ...demographic } = toJsonSchema(demographicInputSchema());
  expect(source).toBe('composed');
  expect(schema).toMatchObject({ ...fixed, properties: { ...properties, demographic } });
  const { properties: composed, ...others } = schema as { properties: Record<string, object> };
  expect(Object.keys(others).sort()).toEqual([...Object.keys(fixed), 'title'].sort());
  expect(composed.demographic).toEqual(demographic);
});

it.each(DIALECTS)('composes a schema with the limits that the dialect enforces: %s', async (dialect) => {
  const { connect } = await startService({ dialect });
  const { schema } = await connect().schema.get();
  const limits = {
    subresource: {
      name: { minLength: 1, maxLength: 100 },
      demographic: { properties: { age: { anyOf: [{ minimum: 0, maximum: 120 }, { type: 'null' }] } } },
      psychographic: { properties: { interests: { type: ['array', 'null'] } } },
    },
    attributes: {
      name: { type: 'string' },
      demographic: { properties: { age: { type: ['number', 'null'] } } },
      psychographic: { properties: { interests: { type: 'array' } } },
      contextual: { properties: { season: { enum: ['spring', 'summer', 'fall', 'winter', null] } } },
    },
  };
  expect(schema).toMatchObject({ properties: limits[dialect] });
  if (dialect === 'attributes') expect(JSON.stringify(schema)).not.toMatch(/minLength|maxLength|maximum/);
  else expect(JSON.stringify(schema)).not.toContain('enum');
});

it.each<[string, object | undefined, object]>([
  ['in a page', { origin: 'https://app.example' }, { source: 'composed' }],
  ['elsewhere', undefined, { code: 'connection_failed', attempts: 2 }],
])('a schema request whose connection fails, %s', async (_name, location, expected) => {
  vi.resetModules(); // the client creates the descriptor once
  vi.stubGlobal('location', location);
  const { PersonaClient } = await import('../../../src/index.js');
  const service = createPersonaService({ dialect: 'subresource' });
  let schemaRequests = 0;
  using client = new PersonaClient({
    dialect: 'subresource',
    retry: { limit: 1, backoffMs: 1 },
    breaker: { failMax: 3 },
    fetch: async (url, init) => {
      if (!String(url).endsWith('/schema')) return service.fetch(String(url), init);
      schemaRequests++;
      throw new TypeError('Failed to fetch');
    },
  });
  expect(await client.schema.get().catch((error: unknown) => error)).toMatchObject(expected);
  expect(schemaRequests).toBe(location ? 1 : 2);
  expect(client.circuit).toBe('closed');
  vi.unstubAllGlobals();
});
