import { CATEGORIES, type Fields, type PersonaDraft, type SeedPersona } from '../store/types.js';
import { EXAMPLES } from './examples.js';
import { generatePersona } from './generate.js';

const SECOND_IN_MICROS = 1_000_000;
const MINUTE_IN_MICROS = 60 * SECOND_IN_MICROS;
const STEP_IN_MICROS = 137_911;

/** A persona of your own to start with, as the service would answer it. What it holds is not checked. */
export interface PersonaSeed {
  readonly name: string;
  readonly demographic?: Fields;
  readonly psychographic?: Fields;
  readonly behavioral?: Fields;
  readonly contextual?: Fields;
}

export type Seed = boolean | number | readonly PersonaSeed[];

/**
 * The personas to start with, written one a minute up to now. The first has a whole second as its time, so that
 * both forms of timestamps are to be met.
 */
export function seedPersonas(seed: Seed, now: number): readonly SeedPersona[] {
  const given = typeof seed === 'object' ? seed.map(draftOf) : seed === true ? EXAMPLES : [];
  const count = typeof seed === 'number' ? seed : given.length;
  const end = Math.floor(now / 1000) * SECOND_IN_MICROS;
  return Array.from({ length: count }, (_, index) => ({
    ...(given[index] ?? generatePersona(index + 1)),
    at: end - (count - index) * MINUTE_IN_MICROS + ((index * STEP_IN_MICROS) % SECOND_IN_MICROS),
  }));
}

const draftOf = ({ name, ...given }: PersonaSeed): PersonaDraft => ({
  name,
  categories: Object.fromEntries(
    CATEGORIES.flatMap((category) => (given[category] ? [[category, given[category]]] : [])),
  ),
});
