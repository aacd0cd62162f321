/** What a service gives for signing in. Never print it. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** When the access token ends, in milliseconds of this machine's clock, where the token tells. */
  readonly expiresAt?: number | undefined;
}

/** Where tokens live between runs. Any key-value store of plain objects will do, synchronous or not. */
export interface TokenStore {
  get(key: string): TokenPair | null | undefined | Promise<TokenPair | null | undefined>;
  set(key: string, tokens: TokenPair): unknown;
  delete(key: string): unknown;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Obtains a token from elsewhere. Asked for another when `refused` was not accepted, or is about to expire. */
export type GetToken = (context: { readonly refused: string | undefined }) => string | Promise<string>;

/**
 * Who is calling:
 * - `{ username, password }` signs in on first need, refreshes, and signs in again when the refresh is refused;
 * - `{ token }` is sent as it is, and cannot be replaced;
 * - `{ accessToken, refreshToken }` is refreshed when refused;
 * - `{ getToken }` is asked on first need and when its token is refused.
 */
export type AuthOptions =
  | Credentials
  | { token: string }
  | { accessToken: string; refreshToken: string }
  | { getToken: GetToken };
