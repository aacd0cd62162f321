import * as z from 'zod/mini';
import { once } from './once.js';
import { numberWhere, stringSchema } from './validators.js';

/**
 * Accepts a bearer token of printable ASCII characters without spaces.
 *
 * Other characters are invalid in a header, and the error that `fetch` throws for them would contain the token.
 */
export const tokenSchema = once(() =>
  stringSchema((token) => {
    if (token === '') return 'must not be empty';
    return /^[\x21-\x7e]*$/.test(token) ? undefined : 'must be printable ASCII without spaces';
  }),
);

const TIMESTAMP_MESSAGE = 'must be milliseconds since 1970';
/** Tokens in the store of the application. */
export const storedTokensSchema = once(() =>
  z.nullish(
    z.object({
      accessToken: tokenSchema(),
      refreshToken: z.nullish(tokenSchema()),
      expiresAt: z.nullish(numberWhere((value) => value >= 0 && value <= 8.64e15, TIMESTAMP_MESSAGE)),
      sessionId: z.nullish(z.string()),
    }),
  ),
);

/** The response to a login or refresh. */
export const tokenResponseSchema = once(() =>
  z.looseObject({
    access_token: z.string(),
    refresh_token: z.nullish(z.string()),
  }),
);

export const isToken = (value: unknown): value is string => tokenSchema().safeParse(value).success;
