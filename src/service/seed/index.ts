import type { SeedPersona } from '../store/types.js';
import { EXAMPLES } from './examples.js';
import { generatePersona } from './generate.js';

const SECOND_IN_MICROS = 1_000_000;
const MINUTE_IN_MICROS = 60 * SECOND_IN_MICROS;
const STEP_IN_MICROS = 137_911;

/**
 * The personas to start with, written one a minute up to now. The first has a whole second as its time, so that
 * both forms of timestamps are to be met.
 */
export function seedPersonas(seed: boolean | number, now: number): readonly SeedPersona[] {
  const count = typeof seed === 'number' ? seed : seed ? EXAMPLES.length : 0;
  const end = Math.floor(now / 1000) * SECOND_IN_MICROS;
  return Array.from({ length: count }, (_, index) => ({
    ...((seed === true ? EXAMPLES[index] : undefined) ?? generatePersona(index + 1)),
    at: end - (count - index) * MINUTE_IN_MICROS + ((index * STEP_IN_MICROS) % SECOND_IN_MICROS),
  }));
}
