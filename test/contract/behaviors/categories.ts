import type { Category, PersonaClient } from 'persona-client';
import { describe, expect, it } from 'vitest';
import type { ContractContext } from '../context.js';

interface CategoryResource<Data> {
  get(id: number): Promise<object>;
  update(id: number, data: Data): Promise<object>;
}

/** Tests one category with two updates. The second one adds fields and overwrites others. */
function testCategory<Data extends object>(
  context: ContractContext,
  category: Category,
  select: (client: PersonaClient) => CategoryResource<Data>,
  getUpdates: () => readonly [NoInfer<Data>, NoInfer<Data>],
): void {
  it('returns an empty object if the category was never set', async () => {
    const { id } = await context.create();
    expect(await select(context.client).get(id)).toEqual({});
  });

  it('merges an update and returns the whole category', async () => {
    const [first, second] = getUpdates();
    const { id } = await context.create({ name: 'before' });
    expect(await select(context.client).update(id, first)).toMatchObject(first);
    const updated = await select(context.client).update(id, second);
    expect(updated).toMatchObject({ ...first, ...second });
    expect(await select(context.connect()).get(id)).toEqual(updated);
    const persona = await context.connect().personas.get(id);
    expect(persona.name).toBe('before');
    expect(persona[category]).toEqual(updated);
  });

  it('accepts the data that it returned', async () => {
    const [first, second] = getUpdates();
    const { id } = await context.create();
    const updated = await select(context.client).update(id, { ...first, ...second });
    expect(await select(context.client).update(id, updated as Data)).toEqual(updated);
  });
}

export function categories(context: ContractContext): void {
  describe('demographic', () => {
    testCategory(
      context,
      'demographic',
      ({ demographic }) => demographic,
      () => [
        { country: 'CA', age: 30, region: null },
        { city: 'Toronto', age: 31 },
      ],
    );

    it('writes `geolocation` as two numbers', async () => {
      const { id } = await context.create();
      const updated = await context.client.demographic.update(id, { geolocation: '43.6532, -79.3832' });
      expect(updated).toMatchObject({ latitude: 43.6532, longitude: -79.3832 });
      expect(await context.connect().demographic.get(id)).toEqual(updated);

      const created = await context.create({ name: 'here', demographic: { geolocation: '-31.42,-64.18' } });
      expect(created.demographic).toMatchObject({ latitude: -31.42, longitude: -64.18 });
      expect(created.demographic).not.toHaveProperty('geolocation');
    });
  });

  describe('psychographic', () =>
    testCategory(
      context,
      'psychographic',
      ({ psychographic }) => psychographic,
      () => [
        { interests: ['music'], lifestyle: 'busy' },
        { interests: ['music', 'hiking'], opinions: ['trees are good'] },
      ],
    ));

  describe('behavioral', () =>
    testCategory(
      context,
      'behavioral',
      ({ behavioral }) => behavioral,
      () =>
        context.published
          ? [{ purchase_history: ['skates'] }, { purchase_history: [], browsing_habits: ['news'] }]
          : [
              { purchase_history: ['skates'], device_usage: { phone: 'all day' } },
              { purchase_history: [], content_consumption: { radio: 'mornings' } },
            ],
    ));

  describe('contextual', () =>
    testCategory(
      context,
      'contextual',
      ({ contextual }) => contextual,
      () => [{ weather: 'snow', screen_size: '412x915' }, { weather: '' }],
    ));
}
