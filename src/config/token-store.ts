/** Tokens of a login. Secret: never log them. */
export interface TokenPair {
  /** Sent as `Authorization: Bearer`. */
  readonly accessToken: string;
  /** Token that the client exchanges for new tokens. Absent if the service returns none. */
  readonly refreshToken?: string | undefined;
  /** Expiry of the access token, in milliseconds since the Unix epoch. `undefined` if unknown. */
  readonly expiresAt?: number | undefined;
  /**
   * Random id of the login. Not secret.
   *
   * All tokens of one login have the same id, even after a refresh. It shows that tokens from another process belong to the
   * same user. Without it, they count as another user's, unless the claims or the client's `principal` and `auth` show the
   * user.
   */
  readonly sessionId?: string | undefined;
}

/**
 * Persists tokens between runs. Any key-value store for plain objects works, synchronous or not, such as a `Map` or a Keyv.
 *
 * The key contains the service's URL and the `principal`, or without a principal the user name of the login. If there is
 * neither name, the client stores no tokens. It also stores none from `{ token }` and `{ getToken }`. Each call of the store
 * must finish within `timeoutMs`.
 *
 * If the store fails to write, for example because a disk is full, the tokens stay valid until the program ends. The client
 * still refreshes them, and emits one `token` event with the action `store`.
 *
 * If several processes or tabs share a store, it needs {@link TokenStore.lock}: a service may accept each refresh token only
 * once. `fileTokenStore` and `webStorageTokenStore` implement `lock`.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ auth: { username, password }, tokenStore: fileTokenStore('.persona/tokens.json') });
 * ```
 */
export interface TokenStore {
  /** Returns the stored tokens, if any. */
  get(key: string): StoredTokens | Promise<StoredTokens>;
  /** Stores tokens, with all their fields. The client makes one change at a time. */
  set(key: string, tokens: TokenPair): unknown;
  /** Deletes tokens: at logout, and after the service has rejected the credentials. */
  delete(key: string): unknown;
  /**
   * Acquires the lock of a key, runs `work`, releases the lock, and returns the result of `work`.
   *
   * The client refreshes tokens under this lock. If another process has already stored new tokens, the client uses them
   * instead. Without this method, each client refreshes on its own.
   *
   * The store must acquire the lock within `timeoutMs`; `work` may take longer.
   *
   * @throws an error with `code: 'locked'` if another process holds the lock for too long. The client then sends nothing.
   * After any other error before `work` runs, the client refreshes without the lock, because a full or blocked storage must
   * not end the session.
   */
  lock?<T>(key: string, work: (tokens: LockedTokens) => Promise<T>): Promise<T>;
  /**
   * Calls `onChange` whenever another process or tab has changed the tokens of this key.
   *
   * The client then uses the stored tokens. If there are none, it logs in again if `auth` has a password, or else logs out.
   * Without this method, the client notices a change only when it refreshes its tokens under the lock. A view with a watched
   * store stays in memory until you close it.
   *
   * @returns a function that stops watching.
   */
  watch?(key: string, onChange: () => void): () => void;
}

type StoredTokens = TokenPair | null | undefined;

/** The tokens of one locked key of a {@link TokenStore}. */
export interface LockedTokens {
  /**
   * Returns the stored tokens.
   *
   * @throws an error with `code: 'locked'` if this process has lost the lock.
   */
  get(): StoredTokens | Promise<StoredTokens>;
  /**
   * Stores tokens, or deletes them if `tokens` is `undefined`.
   *
   * @returns `false` if it changed nothing: the stored tokens have changed since `get`, or this process has lost the lock.
   */
  replace(tokens: TokenPair | undefined): boolean | Promise<boolean>;
}
