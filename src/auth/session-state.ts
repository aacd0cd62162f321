import type { AuthOptions } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { Bearer } from '../core/call.js';
import type { PersonaAuthenticationError } from '../core/errors/index.js';
import { SharedWork } from '../core/shared-work.js';
import { GetTokenThrottle } from './get-token-throttle.js';
import { configuredPrincipal, identityKey, type Principal } from './identity.js';
import { tokenSubject } from './jwt.js';
import type { RefreshPause, RefreshPauses } from './refresh-pauses.js';
import { ReplacementLimit } from './replacement-limit.js';
import { TokenExpiry } from './token-expiry.js';
import { passwordCredentials } from './token-source.js';

/** Removes the entries of an identity from the cache. */
export type ClearCache = (identity: string) => Promise<void>;

const REFRESH_EARLY_MS = 30_000;
/** The state of a session in memory: its identity, credentials and tokens. */
export class SessionState {
  /** Name under which the tokens are stored. Undefined if they are not stored. */
  storageName: string | undefined;
  /** The access token that this client last read from the store or wrote to it. */
  storedAccessToken: string | undefined;
  /** Whether the stored tokens were loaded. Also true after a login or logout, which makes loading unnecessary. */
  isLoaded = false;
  /** Set when the service rejects the only credentials, so that later calls fail without another attempt. */
  rejection: PersonaAuthenticationError | undefined;
  /** The refresh in progress. All callers of an epoch share it. */
  refreshWork: SharedWork<TokenPair | undefined>;
  readonly getTokenThrottle = new GetTokenThrottle();
  readonly replacementLimit = new ReplacementLimit();

  readonly #options: ResolvedOptions;
  readonly #clearCache: ClearCache;
  readonly #pauses: RefreshPauses;
  #identity: string;
  #pauseKey: string | undefined;
  #auth: AuthOptions | undefined;
  #tokens: TokenPair | undefined;
  #expiry: TokenExpiry | undefined;
  #epoch = 0;

  constructor(options: ResolvedOptions, clearCache: ClearCache, pauses: RefreshPauses) {
    this.#options = options;
    this.#clearCache = clearCache;
    this.#pauses = pauses;
    this.refreshWork = new SharedWork(options.timeoutMs);
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

  /** Whether the access token has expired, or is missing. */
  get isExpired(): boolean {
    return this.#expiry?.isExpired ?? true;
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
    return this.#tokens ? !this.#shouldRefresh : !this.#auth && !this.rejection;
  }

  get #shouldRefresh(): boolean {
    if (!this.#expiry?.shouldRefresh || !this.canRefresh || this.getTokenThrottle.remainingMs > 0)
      return false;
    return this.isExpired || !this.pause; // an early refresh that failed is not urgent
  }

  /** The pause after a failed login or refresh, if any. */
  get pause(): RefreshPause | undefined {
    return this.#pauses.find(this.pauseKey);
  }

  /** Views with the same password or token pair share their pauses. */
  get pauseKey(): string {
    const auth = this.#auth;
    this.#pauseKey ??= auth && !('getToken' in auth) ? this.identityFor(auth) : this.#identity;
    return this.#pauseKey;
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

  /** Replaces the tokens. If the access token is the same as before, the session no longer refreshes it before its expiry. */
  setTokens(tokens: TokenPair | undefined): void {
    const hasChanged = tokens?.accessToken !== this.#tokens?.accessToken;
    this.#tokens = tokens;
    const maxEarlyMs = this.#auth && 'getToken' in this.#auth ? 0 : REFRESH_EARLY_MS;
    if (hasChanged) this.#expiry = tokens && new TokenExpiry(tokens, maxEarlyMs);
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
    this.#pauseKey = undefined;
    this.setTokens(undefined);
    this.storedAccessToken = undefined;
    this.isLoaded = true;
    this.rejection = undefined;
    this.refreshWork = new SharedWork(this.#options.timeoutMs);
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
