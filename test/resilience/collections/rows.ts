import type { PersonaCreate } from 'persona-client';

/** The rows of an import, the same each time: every fourth is one of a few that come again and again. */
export function* rows(count: number): Generator<PersonaCreate> {
  for (let at = 0; at < count; at++) yield at % 4 === 3 ? twin(at % 13) : single(at);
}

const single = (at: number): PersonaCreate => ({
  name: `Persona ${at}`,
  demographic: { country: 'US', age: at % 100, geolocation: `${at % 90}.5,-122.25` },
  psychographic: { interests: ['engines', `number ${at}`] },
});

/** Of one name some have more to them than others. */
const twin = (which: number): PersonaCreate => ({
  name: `Twin ${which >> 1}`,
  demographic: { city: 'London' },
  ...(which % 2 === 1 && { behavioral: { purchase_history: [`order ${which}`] } }),
});

/** Only so many of the items; the next one does not come: there are no more when `over` settles. */
export async function* withheld<T>(
  items: Iterable<T>,
  reach: number,
  over: () => Promise<unknown>,
): AsyncGenerator<T> {
  let at = 0;
  for (const item of items) {
    if (at++ === reach) return await over();
    yield item;
  }
}
