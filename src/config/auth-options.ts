/** What a service gives for signing in. Never print it. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** When the access token ends, in milliseconds of this machine's clock, where the token tells. */
  readonly expiresAt?: number | undefined;
}

/**
 * Where granted tokens live between runs. Any key-value store of plain objects will do, synchronous or not: a `Map`, a
 * Keyv. Its keys hold the service's URL and the identity: `principal`, or the user name of the password that was signed in with.
 * Tokens without such a name are not stored, nor are `{ token }` and what `getToken` gives.
 * Each call of it may take `timeoutMs`.
 *
 * A store that several processes or tabs share needs {@link TokenStore.lock}, since a service may accept a refresh token
 * once only. `fileTokenStore` and `webStorageTokenStore` have it.
 */
export interface TokenStore {
  /** What was set last under this key, or nothing. */
  get(key: string): MaybeTokens | Promise<MaybeTokens>;
  /** Changes come one after the other: the next waits until this one is done. */
  set(key: string, tokens: TokenPair): unknown;
  /** At sign-out, and when the service refuses the tokens for good. */
  delete(key: string): unknown;
  /**
   * Runs `work` while no one else who shares the store runs work for this key, and answers what it answers. The client
   * replaces tokens within it: what another has stored meanwhile is used, and only where nobody has, a refresh token is spent.
   * The way to the lock may take `timeoutMs`; work may take as long as a request. A lock that cannot be had is an error.
   * Without this method each client replaces tokens for itself.
   */
  lock?<T>(key: string, work: (held: LockedTokens) => Promise<T>): Promise<T>;
  /**
   * Calls `changed` after someone else who shares the store has changed what is under this key; the answer ends that. The
   * client then uses what is there, and where nothing is, it is signed out. Without it, it notices when its tokens are refused.
   */
  watch?(key: string, changed: () => void): () => void;
}

type MaybeTokens = TokenPair | null | undefined;

/** One key of a {@link TokenStore}, for as long as it is locked. */
export interface LockedTokens {
  /** What is stored now. Throws when the lock was lost. */
  get(): MaybeTokens | Promise<MaybeTokens>;
  /**
   * Stores tokens, or with `undefined` deletes them. Where something other is stored than `get` gave, or the lock was lost
   * to someone else, it changes nothing and answers `false`.
   */
  replace(tokens: TokenPair | undefined): boolean | Promise<boolean>;
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
