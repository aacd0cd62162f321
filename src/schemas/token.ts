import * as z from 'zod/mini';
import { nonEmpty, once } from './rules.js';

/** What can be sent as a bearer token: anything else breaks the header, and `fetch` would quote it in its error. */
export const token = once(() =>
  nonEmpty().check(z.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')),
);

export const isToken = (value: unknown): value is string => token().safeParse(value).success;
