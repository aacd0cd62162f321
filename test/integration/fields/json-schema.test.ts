import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { demographicInputSchema } from '../../../src/schemas/categories.js';
import { personaCreateSchema } from '../../../src/schemas/persona.js';

const toJsonSchema = (schema: z.ZodMiniType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

it('composes a schema whose fixed fields match what the client accepts', async () => {
  const client = new PersonaClient({
    fetch: createPersonaService({ dialect: 'attributes', fieldConfig: {} }).fetch,
  });
  const { source, schema } = await client.schema.get();
  const { properties, ...fixed } = toJsonSchema(personaCreateSchema());
  const { $schema: _, ...demographic } = toJsonSchema(demographicInputSchema());
  expect(source).toBe('composed');
  expect(schema).toMatchObject({ ...fixed, properties: { ...properties, demographic } });
  const { properties: composed, ...others } = schema as { properties: Record<string, object> };
  expect(Object.keys(others).sort()).toEqual([...Object.keys(fixed), 'title'].sort());
  expect(composed.demographic).toEqual(demographic);
});
