import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { demographicInput } from '../../../src/schemas/categories.js';
import { personaCreate } from '../../../src/schemas/persona.js';

const asJson = (schema: z.ZodMiniType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

it('the fixed part of a composed schema says what the client accepts', async () => {
  const client = new PersonaClient({
    fetch: createPersonaService({ dialect: 'attributes', fieldConfig: {} }).fetch,
  });
  const { source, schema } = await client.schema.get();
  const { properties, ...fixed } = asJson(personaCreate());
  const { $schema: _, ...demographic } = asJson(demographicInput());
  expect(source).toBe('composed');
  expect(schema).toMatchObject({ ...fixed, properties: { ...properties, demographic } });
  const { properties: composed, ...others } = schema as { properties: Record<string, object> };
  expect(Object.keys(others).sort()).toEqual([...Object.keys(fixed), 'title'].sort());
  expect(composed.demographic).toEqual(demographic);
});
