import { expect, it } from 'vitest';
import { DIALECTS, startService } from '../../support/service.js';

const SEED = [
  { name: 'Ada', demographic: { city: 'London', age: 36 }, psychographic: { interests: ['chess'] } },
  { name: 'Grace' },
];

it.each(
  DIALECTS.flatMap((dialect) =>
    (['memory', { sqlite: ':memory:' }] as const).map((store) => ({ dialect, store })),
  ),
)('seeds your own personas: $dialect, $store', async ({ dialect, store }) => {
  const { connect } = await startService({ dialect, store, seed: SEED });
  const { personas } = connect();
  expect((await personas.list()).items.map(({ id, name }) => [id, name])).toEqual([
    [2, 'Grace'],
    [1, 'Ada'],
  ]);
  expect(await personas.get(1)).toMatchObject({
    demographic: { city: 'London', age: 36 },
    psychographic: { interests: ['chess'] },
  });
  expect((await personas.create({ name: 'Linus' })).id).toBe(3);
});
