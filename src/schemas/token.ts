import { nullish, objectWith, openObject } from './objects.js';
import { once } from './once.js';
import { anyString, numberWhere, stringSchema } from './validators.js';

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
  nullish(() =>
    objectWith({
      accessToken: tokenSchema,
      refreshToken: nullish(tokenSchema),
      expiresAt: nullish(() => numberWhere((value) => value >= 0 && value <= 8.64e15, TIMESTAMP_MESSAGE)),
      sessionId: nullish(anyString),
    }),
  )(),
);

/** The response to a login or refresh. */
export const tokenResponseSchema = once(() =>
  openObject({
    access_token: anyString,
    refresh_token: nullish(anyString),
  }),
);

export const isToken = (value: unknown): value is string => tokenSchema().safeParse(value).success;
