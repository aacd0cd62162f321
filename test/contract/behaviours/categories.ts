import type { Category, PersonaClient } from 'persona-client';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../deployed.js';

interface Part<Data> {
  get(id: number): Promise<object>;
  update(id: number, data: Data): Promise<object>;
}

/** One category, by two writes: the second goes beside the first, and over it. */
function part<Data extends object>(
  bench: Bench,
  category: Category,
  of: (client: PersonaClient) => Part<Data>,
  [first, second]: readonly [Data, Data],
): void {
  it('is empty when never set', async () => {
    const { id } = await bench.create();
    expect(await of(bench.client).get(id)).toEqual({});
  });

  it('is whole after an update, which merges', async () => {
    const { id } = await bench.create({ name: 'before' });
    expect(await of(bench.client).update(id, first)).toMatchObject(first);
    const whole = await of(bench.client).update(id, second);
    expect(whole).toMatchObject({ ...first, ...second });
    expect(await of(bench.connect()).get(id)).toEqual(whole);
    const persona = await bench.connect().personas.get(id);
    expect(persona.name).toBe('before');
    expect(persona[category]).toEqual(whole);
  });

  it('that was read can be written back', async () => {
    const { id } = await bench.create();
    const whole = await of(bench.client).update(id, { ...first, ...second });
    expect(await of(bench.client).update(id, whole as Data)).toEqual(whole);
  });
}

export function categories(bench: Bench): void {
  describe('demographic', () => {
    part(bench, 'demographic', ({ demographic }) => demographic, [
      { country: 'CA', age: 30, region: null },
      { city: 'Toronto', age: 31 },
    ]);

    it('`geolocation` is written as two numbers', async () => {
      const { id } = await bench.create();
      const updated = await bench.client.demographic.update(id, { geolocation: '43.6532, -79.3832' });
      expect(updated).toMatchObject({ latitude: 43.6532, longitude: -79.3832 });
      expect(await bench.connect().demographic.get(id)).toEqual(updated);

      const created = await bench.create({ name: 'here', demographic: { geolocation: '-31.42,-64.18' } });
      expect(created.demographic).toMatchObject({ latitude: -31.42, longitude: -64.18 });
      expect(created.demographic).not.toHaveProperty('geolocation');
    });
  });

  describe('psychographic', () =>
    part(bench, 'psychographic', ({ psychographic }) => psychographic, [
      { interests: ['music'], lifestyle: 'busy' },
      { interests: ['music', 'hiking'], opinions: ['trees are good'] },
    ]));

  describe('behavioral', () =>
    part(bench, 'behavioral', ({ behavioral }) => behavioral, [
      { purchase_history: ['skates'], device_usage: { phone: 'all day' } },
      { purchase_history: [], content_consumption: { radio: 'mornings' } },
    ]));

  describe('contextual', () =>
    part(bench, 'contextual', ({ contextual }) => contextual, [
      { weather: 'snow', screen_size: '412x915' },
      { weather: '' },
    ]));
}
