import * as z from 'zod/mini';

/** An optional whole number within bounds, with a message that names them. */
export function whole(low: number, high: number, unit = '') {
  const rule = `must be a whole number${unit} from ${low} to ${high}`;
  return z.optional(z.int(rule).check(z.gte(low, rule), z.lte(high, rule)));
}
