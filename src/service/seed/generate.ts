import { DEFAULT_FIELD_CONFIG } from '../field-config.js';
import type { Fields, PersonaDraft } from '../store/types.js';

const GIVEN_NAMES = [
  'Ada',
  'Bao',
  'Chidi',
  'Dalia',
  'Emil',
  'Farah',
  'Goran',
  'Hana',
  'Ilse',
  'Jonas',
  'Keiko',
];
const FAMILY_NAMES = [
  'Abara',
  'Bergqvist',
  'Castellan',
  'Dubois',
  'Eriksen',
  'Ferrante',
  'Ghosh',
  'Holm',
  'Ito',
];
const PLACES = [
  { country: 'US', city: 'San Francisco', language: 'en-US', latitude: 37.7749, longitude: -122.4194 },
  { country: 'FR', city: 'Lyon', language: 'fr-FR', latitude: 45.764, longitude: 4.8357 },
  { country: 'IN', city: 'Pune', language: 'mr-IN', latitude: 18.5204, longitude: 73.8567 },
  { country: 'BR', city: 'Recife', language: 'pt-BR', latitude: -8.0476, longitude: -34.877 },
  { country: 'KE', city: 'Nairobi', language: 'sw-KE', latitude: -1.2921, longitude: 36.8219 },
  { country: 'KR', city: 'Busan', language: 'ko-KR', latitude: 35.1796, longitude: 129.0756 },
  { country: 'PL', city: 'Gdańsk', language: 'pl-PL', latitude: 54.352, longitude: 18.6466 },
];
const INTERESTS = [
  'music',
  'hiking',
  'chess',
  'baking',
  'astronomy',
  'theatre',
  'gardening',
  'football',
  'sewing',
];
const PURCHASES = ['headphones', 'rucksack', 'cookbook', 'desk lamp', 'tent', 'yoga mat'];
const FREQUENCIES = ['daily', 'weekly', 'rarely'];

/** Creates a mulberry32 generator, which returns the same numbers in [0, 1) for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Generates persona number `n`. The result depends only on `n`, and its name ends with `n`. */
export function generatePersona(n: number): PersonaDraft {
  const random = createRandom(n);
  const pick = <T>(values: readonly [T, ...T[]] | readonly T[]): T =>
    values[Math.floor(random() * values.length)] as T;
  const pickSome = (values: readonly string[]): string[] => values.filter(() => random() < 0.35);
  const contextual: Fields = Object.fromEntries(
    DEFAULT_FIELD_CONFIG.contextual.fields.flatMap(({ name, options }) =>
      options === undefined ? [] : [[name, pick(options)]],
    ),
  );
  return {
    name: `${pick(GIVEN_NAMES)} ${pick(FAMILY_NAMES)} ${n}`,
    categories: {
      demographic: { ...pick(PLACES), age: 18 + Math.floor(random() * 70) },
      psychographic: { interests: pickSome(INTERESTS), lifestyle: pick(['busy', 'settled', 'on the road']) },
      behavioral: {
        purchase_history: pickSome(PURCHASES),
        device_usage: { phone: pick(FREQUENCIES), laptop: pick(FREQUENCIES) },
      },
      contextual,
    },
  };
}
