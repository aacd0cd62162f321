import type { AuthOptions } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { Bearer } from '../core/call.js';
import type { PersonaAuthenticationError } from '../core/errors/index.js';
import { configuredPrincipal, identityKey, type Principal } from './identity.js';
import { tokenSubject } from './jwt.js';
import { TokenExpiry } from './token-expiry.js';
import { passwordCredentials } from './token-source.js';

/** Removes the entries of an identity from the cache. */
export type ClearCache = (identity: string) => Promise<void>;

/** The state of a session in memory: its identity, credentials and tokens. */
export class SessionState {
  /** Name under which the tokens are stored. Undefined if they are not stored. */
  storageName: string | undefined;
  /** The access token that this client last read from the store or wrote to it. */
  storedAccessToken: string | undefined;
  /** Whether the stored tokens were loaded. Also true after a login or logout, which makes loading unnecessary. */
  isLoaded = false;
  /** Set when the service rejects the credentials, so that later calls fail without another attempt. */
  rejection: PersonaAuthenticationError | undefined;
  /** The refresh in progress. All callers share it. */
  pendingRefresh: Promise<TokenPair | undefined> | undefined;

  readonly #options: ResolvedOptions;
  readonly #clearCache: ClearCache;
  #identity: string;
  #auth: AuthOptions | undefined;
  #tokens: TokenPair | undefined;
  #expiry: TokenExpiry | undefined;
  #epoch = 0;

  constructor(options: ResolvedOptions, clearCache: ClearCache) {
    this.#options = options;
    this.#clearCache = clearCache;
    this.#auth = options.auth;
    this.#identity = this.identityFor(configuredPrincipal(options));
    this.storageName = configuredStorageName(options);
  }

  get identity(): string {
    return this.#identity;
  }

  get auth(): AuthOptions | undefined {
    return this.#auth;
  }

  get tokens(): TokenPair | undefined {
    return this.#tokens;
  }

  get expiry(): TokenExpiry | undefined {
    return this.#expiry;
  }

  /** Counts identity switches. A result is discarded if its work started in an earlier epoch. */
  get epoch(): number {
    return this.#epoch;
  }

  get bearer(): Bearer {
    return { identity: this.#identity, token: this.#tokens?.accessToken };
  }

  /** Whether `bearer` can be sent without loading, refreshing or logging in first. */
  get isBearerReady(): boolean {
    if (!this.isLoaded) return false;
    return this.#tokens ? !this.#expiry?.shouldRefresh : !this.#auth && !this.rejection;
  }

  get canRefresh(): boolean {
    return this.#tokens?.refreshToken !== undefined || (this.#auth !== undefined && !('token' in this.#auth));
  }

  identityFor(principal: Principal): string {
    return identityKey(this.#options, principal);
  }

  clearCache(): Promise<void> {
    return this.#clearCache(this.#identity);
  }

  /** Replaces the tokens. If the access token is unchanged, no newer one exists, so the refresh before expiry is disabled. */
  setTokens(tokens: TokenPair | undefined): void {
    const hasChanged = tokens?.accessToken !== this.#tokens?.accessToken;
    this.#tokens = tokens;
    if (hasChanged) this.#expiry = tokens && new TokenExpiry(tokens);
    else this.#expiry?.disableRefresh();
  }

  /**
   * Drops the tokens and starts a new epoch with this `auth` and this `identity`, which may be unchanged.
   *
   * Resolves when the cache of the previous identity is cleared.
   */
  switchIdentity(auth: AuthOptions | undefined, identity: string): Promise<void> {
    const clearing = this.clearCache();
    this.#identity = identity;
    this.#epoch++;
    this.#auth = auth;
    this.setTokens(undefined);
    this.storedAccessToken = undefined;
    this.isLoaded = true;
    this.rejection = undefined;
    this.pendingRefresh = undefined;
    return clearing;
  }

  /**
   * Replaces the session's tokens with the stored ones, which another process may have changed or deleted.
   *
   * If the user changes, starts a new epoch. With a password, the session keeps its identity and logs in again if necessary.
   * Otherwise the session takes the identity of the stored tokens, or becomes anonymous if there are none.
   */
  adoptStored(storedTokens: TokenPair | undefined): void {
    const current = this.#tokens;
    const credentials = passwordCredentials(this.#auth);
    const isSameUser =
      current && storedTokens
        ? tokenSubject(current.accessToken) === tokenSubject(storedTokens.accessToken)
        : credentials !== undefined;
    if (!isSameUser)
      this.switchIdentity(
        credentials,
        credentials ? this.#identity : this.#storedIdentity(storedTokens && this.storageName),
      );
    if (storedTokens?.accessToken !== this.#tokens?.accessToken) this.setTokens(storedTokens);
    this.storedAccessToken = storedTokens?.accessToken;
  }

  /** The identity of the tokens stored under a name, or the anonymous identity without a name. */
  #storedIdentity(name: string | undefined): string {
    const { principal } = this.#options;
    if (name === undefined) return this.identityFor('anonymous');
    return this.identityFor(principal !== undefined && principal === name ? { principal } : 'unverified');
  }
}

/** The storage name from the client options. `token` and `getToken` are supplied on every start, so they are never stored. */
function configuredStorageName({ auth, principal }: ResolvedOptions): string | undefined {
  if (auth && ('token' in auth || 'getToken' in auth)) return undefined;
  return principal ?? (auth && 'username' in auth ? auth.username : undefined);
}
