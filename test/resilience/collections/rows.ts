import type { PersonaCreate } from 'persona-client';

/** Generates the same rows each time. Every fourth row repeats one of a few duplicates. */
export function* rows(count: number): Generator<PersonaCreate> {
  for (let index = 0; index < count; index++)
    yield index % 4 === 3 ? duplicateRow(index % 13) : uniqueRow(index);
}

const uniqueRow = (index: number): PersonaCreate => ({
  name: `Persona ${index}`,
  demographic: { country: 'US', age: index % 100, geolocation: `${index % 90}.5,-122.25` },
  psychographic: { interests: ['engines', `number ${index}`] },
});

/** Two rows share each name, and one of them has more data. */
const duplicateRow = (variant: number): PersonaCreate => ({
  name: `Twin ${variant >> 1}`,
  demographic: { city: 'London' },
  ...(variant % 2 === 1 && { behavioral: { purchase_history: [`order ${variant}`] } }),
});

/** Yields the first `count` items. Then it calls `wait`, and stops when the returned promise fulfills. */
export async function* yieldThenWait<T>(
  items: Iterable<T>,
  count: number,
  wait: () => Promise<unknown>,
): AsyncGenerator<T> {
  let index = 0;
  for (const item of items) {
    if (index++ === count) return await wait();
    yield item;
  }
}
