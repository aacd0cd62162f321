/** User name and password for a login. */
export interface Credentials {
  /** Must not be empty. The `tokenStore` stores the tokens under this name, unless `principal` is set. */
  username: string;
  /** Must not be empty. The client sends it only to `/auth/login`. */
  password: string;
}

/**
 * Returns an access token from another source, such as an identity provider.
 *
 * `previousToken` is the token to replace: the service rejected it, or it has expired. `undefined` on the first call.
 *
 * Without `principal`, a new token counts as the same user's only if both tokens are JWTs with the same `sub` and `iss`. With
 * `principal`, every token does, unless both are JWTs with different `sub`. If the token counts as another user's, the client
 * clears the cache of this identity, and writes in progress fail with `PersonaAuthenticationError`.
 *
 * The client waits at least 5 seconds between two calls of the function. Exceptions: `auth.refresh()` calls it at once. So
 * does the client if the service rejects the first token, because that token may come from a cache.
 *
 * If the function throws, or takes longer than `timeoutMs`, the call fails with `PersonaAuthenticationError`. The client
 * calls the function again after a pause that grows from 5 to 60 seconds.
 *
 * @example
 * ```ts
 * const getToken: GetToken = ({ previousToken }) =>
 *   identityProvider.getAccessToken({ forceRefresh: previousToken !== undefined });
 * const client = new PersonaClient({ auth: { getToken } });
 * ```
 */
export type GetToken = (context: { readonly previousToken: string | undefined }) => string | Promise<string>;

/**
 * The credentials of a client or view. See `docs/reference/rules.md`.
 *
 * - `{ username, password }`: logs in before the first request, refreshes the token, and logs in again if the service
 *   rejects the refresh. Sends a rejected password again after a pause that grows from 30 seconds to 15 minutes.
 * - `{ token }`: sends this token. The client cannot replace it.
 * - `{ accessToken, refreshToken }`: refreshes the token before it expires, or when the service rejects it.
 * - `{ getToken }`: calls your function before the first request, after the token has expired, and when the service rejects
 *   it.
 *
 * Tokens must be printable ASCII without spaces.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ auth: { username: 'admin', password } });
 * ```
 */
export type AuthOptions =
  | Credentials
  | {
      /** Access token without the `Bearer` prefix. */
      token: string;
    }
  | {
      /** Access token from `/auth/login`, without the `Bearer` prefix. */ accessToken: string;
      /** Refresh token from the same login. The service may accept it only once. */ refreshToken: string;
    }
  | {
      /** Returns an access token. Called as a method of this object. */
      getToken: GetToken;
    };
