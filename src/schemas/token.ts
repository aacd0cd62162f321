import * as z from 'zod/mini';
import { once } from './once.js';
import { nonEmpty } from './validators.js';

/**
 * Accepts a bearer token of printable ASCII characters without spaces.
 *
 * Other characters are invalid in a header, and the error that `fetch` throws for them would contain the token.
 */
export const tokenSchema = once(() =>
  nonEmpty().check(z.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')),
);

export const isToken = (value: unknown): value is string => tokenSchema().safeParse(value).success;
