import type { FieldConfig } from 'persona-client';
import { expect, it } from 'vitest';
import type { Bench } from '../deployed.js';

/** What the service says of itself, its fields and their schema. */
export function deployment(bench: Bench): void {
  it('says that it is well', async () => {
    expect((await bench.client.health.check()).status).toMatch(/^(ok|healthy)$/);
  });

  it('names its fields: all, one category, one field, and nothing for what there is not', async () => {
    const { fieldConfig } = bench.client;
    const all = await fieldConfig.get();
    const [category, config] = firstOf(all);
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

  it('has a JSON Schema of personas, with its fields in it, and says where it comes from', async () => {
    const { source, schema } = await bench.client.schema.get();
    expect(source).toMatch(/^(service|composed)$/);
    if (source === 'service') return;
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['name'],
      properties: {
        id: { type: 'integer' },
        name: { type: 'string', minLength: 1, maxLength: 100 },
        demographic: { type: 'object' },
      },
    });
    for (const [category, { fields }] of Object.entries(await bench.client.fieldConfig.get()))
      for (const { name } of fields)
        expect(schema).toHaveProperty(['properties', category, 'properties', name]);
  });
}

function firstOf(config: FieldConfig): [string, FieldConfig[string]] {
  const found = Object.entries(config).find(([, { fields }]) => fields.length > 0);
  return found ?? expect.fail('this deployment configures no field at all');
}
