import { BUILT_IN_FIELD_CONFIG } from '../field-config.js';
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
const HABITS = ['daily', 'weekly', 'rarely'];

/** mulberry32: the same numbers in [0, 1) for the same seed, everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The nth generated persona: the same whenever it is asked for, the number in its name. */
export function generatePersona(n: number): PersonaDraft {
  const random = randomOf(n);
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T =>
    from[Math.floor(random() * from.length)] as T;
  const some = (from: readonly string[]): string[] => from.filter(() => random() < 0.35);
  const contextual: Fields = Object.fromEntries(
    BUILT_IN_FIELD_CONFIG.contextual.fields.flatMap(({ name, options }) =>
      options === undefined ? [] : [[name, pick(options)]],
    ),
  );
  return {
    name: `${pick(GIVEN_NAMES)} ${pick(FAMILY_NAMES)} ${n}`,
    categories: {
      demographic: { ...pick(PLACES), age: 18 + Math.floor(random() * 70) },
      psychographic: { interests: some(INTERESTS), lifestyle: pick(['busy', 'settled', 'on the road']) },
      behavioral: {
        purchase_history: some(PURCHASES),
        device_usage: { phone: pick(HABITS), laptop: pick(HABITS) },
      },
      contextual,
    },
  };
}
