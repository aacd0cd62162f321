/** What a service gives for signing in. Never print it. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** When the access token ends, in milliseconds of this machine's clock, where the token tells. */
  readonly expiresAt?: number | undefined;
}

/**
 * Where granted tokens live between runs. Any key-value store of plain objects will do, synchronous or not. Its keys
 * hold the service's URL and the identity: `principal`, or the user name of the password that was signed in with.
 * Tokens without such a name are not stored, nor are `{ token }` and what `getToken` gives.
 * Each call of it may take `timeoutMs`.
 */
export interface TokenStore {
  /** What was set last under this key, or nothing. */
  get(key: string): TokenPair | null | undefined | Promise<TokenPair | null | undefined>;
  /** Changes come one after the other: the next waits until this one is done. */
  set(key: string, tokens: TokenPair): unknown;
  /** At sign-out, and when the service refuses the tokens for good. */
  delete(key: string): unknown;
}

/** What a user signs in with. */
export interface Credentials {
  /** Also the name under which a `tokenStore` keeps the tokens, unless `principal` is given. */
  username: string;
  /** Sent to `/auth/login` only. */
  password: string;
}

/**
 * Obtains a token from elsewhere. Asked for another when `refused` was not accepted, or is about to expire.
 * It may take `timeoutMs`. A token for someone else (another `sub`) empties the cache.
 */
export type GetToken = (context: { readonly refused: string | undefined }) => string | Promise<string>;

/**
 * Who is calling:
 * - `{ username, password }` signs in on first need, refreshes, and signs in again when the refresh is refused;
 * - `{ token }` is sent as it is, and cannot be replaced;
 * - `{ accessToken, refreshToken }` is refreshed before it ends and when refused;
 * - `{ getToken }` is asked on first need, before its token ends and when that is refused.
 *
 * Tokens are printable ASCII without spaces.
 */
export type AuthOptions =
  | Credentials
  | { /** Without `Bearer`. */ token: string }
  | {
      /** As `/auth/login` gives it. */ accessToken: string;
      /** As `/auth/login` gives it; a service may accept it once only. */ refreshToken: string;
    }
  | { /** Called as a method of the object it was given in. */ getToken: GetToken };
