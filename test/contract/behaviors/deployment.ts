import type { FieldConfig } from 'persona-client';
import { expect, it } from 'vitest';
import type { ContractContext } from '../context.js';

/** The health of the service, its fields and its schema. */
export function deployment(context: ContractContext): void {
  it('reports that it is healthy', async () => {
    expect((await context.client.health.check()).status).toMatch(/^(ok|healthy)$/);
  });

  it('returns all fields, one category, one field, and nothing for unknown names', async () => {
    const { fieldConfig } = context.client;
    const all = await fieldConfig.get();
    const [category, config] = firstCategory(all);
    expect(config.fields.every(({ name, type }) => name !== '' && /^(string|list|dict)$/.test(type))).toBe(
      true,
    );
    expect(await fieldConfig.get(category)).toEqual({ [category]: config });

    const [field] = config.fields;
    expect(await fieldConfig.get(category, field?.name)).toEqual({
      [category]: { ...config, fields: [field] },
    });
    expect(await fieldConfig.get(category, 'no_such_field')).toEqual({
      [category]: { ...config, fields: [] },
    });
    expect(await fieldConfig.get('no_such_category')).toEqual({});
  });

  it('returns a JSON Schema of personas with its fields and source', async () => {
    const { source, schema } = await context.client.schema.get();
    expect(source).toMatch(/^(service|composed)$/);
    if (source === 'service') return;
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['name'],
      properties: {
        id: { type: 'integer' },
        name: { type: 'string' },
        demographic: { type: 'object' },
      },
    });
    for (const [category, { fields }] of Object.entries(await context.client.fieldConfig.get()))
      for (const { name } of fields)
        expect(schema).toHaveProperty(['properties', category, 'properties', name]);
  });
}

function firstCategory(config: FieldConfig): [string, FieldConfig[string]] {
  const found = Object.entries(config).find(([, { fields }]) => fields.length > 0);
  return found ?? expect.fail('this deployment configures no fields');
}
