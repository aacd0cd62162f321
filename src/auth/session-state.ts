import type { AuthOptions } from '../config/auth-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { Bearer } from '../core/call.js';
import type { PersonaAuthenticationError } from '../core/errors/index.js';
import type { SharedWork } from '../core/shared-work.js';
import { GetTokenThrottle, refreshLeaseMs } from './get-token-throttle.js';
import type { Principal } from './identity.js';
import type { RefreshPause } from './refresh-pauses.js';
import { isSameUser } from './same-user.js';
import type { SessionDeps } from './session-deps.js';
import { TokenExpiry } from './token-expiry.js';
import { configuredStorageName, passwordCredentials } from './token-source.js';
import { UnauthorizedRefreshLimit } from './unauthorized-refresh-limit.js';

/** Where new tokens come from: a refresh, a login or `getToken` of this session, or the token store. */
type TokenOrigin = 'session' | 'store';

const REFRESH_EARLY_MS = 30_000;

/** The state of a session in memory: its identity, credentials and tokens. */
export class SessionState {
  /** Name under which the tokens are stored. Undefined if they are not stored. */
  storageName: string | undefined;
  /** The access token that this client last read from the store or wrote to it. */
  storedAccessToken: string | undefined;
  /** The previous epoch, if it ended because new tokens may belong to another user. */
  renewedEpoch: number | undefined;
  /** Whether the stored tokens were loaded. Also true after a login or logout, which makes loading unnecessary. */
  isLoaded = false;
  /** Set when the service rejects the only credentials, so that later calls fail without another attempt. */
  rejection: PersonaAuthenticationError | undefined;
  /** The last tokens of this epoch, kept even after another process has deleted them. */
  lastTokens: TokenPair | undefined;
  /** The refresh in progress. All callers of an epoch share it. */
  refreshWork: SharedWork<TokenPair | undefined>;
  readonly getTokenThrottle: GetTokenThrottle;
  readonly unauthorizedRefreshLimit: UnauthorizedRefreshLimit;

  readonly #deps: SessionDeps;
  #identity: string;
  #pauseKey: string | undefined;
  #auth: AuthOptions | undefined;
  #tokens: TokenPair | undefined;
  /** The session has a password, but its tokens may belong to another user: see {@link switchUnlessSameUser}. */
  #hasForeignTokens = false;
  #expiry: TokenExpiry | undefined;
  #epoch = 0;

  constructor(deps: SessionDeps) {
    const { code, options, identity } = deps;
    this.#deps = deps;
    this.getTokenThrottle = new GetTokenThrottle(code);
    this.unauthorizedRefreshLimit = new UnauthorizedRefreshLimit(code);
    this.refreshWork = this.#newRefreshWork(options.auth);
    this.#auth = options.auth;
    this.#identity = identity;
    this.storageName = configuredStorageName(options);
  }

  get identity(): string {
    return this.#identity;
  }

  get auth() {
    return this.#auth;
  }

  get tokens() {
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
    return { epoch: this.#epoch, token: this.#tokens?.accessToken };
  }

  /** Whether `bearer` can be sent without loading, refreshing or logging in first. */
  get isBearerReady(): boolean {
    if (!this.isLoaded) return false;
    return this.#tokens ? !this.#shouldRefresh : !this.#auth && !this.rejection;
  }

  get #shouldRefresh(): boolean {
    if (!this.#expiry?.shouldRefresh || !this.canRefresh || this.getTokenThrottle.remainingMs > 0)
      return false;
    return this.isExpired || !this.pause; // after a failed early refresh, the token still works
  }

  /** The pause after a failed login or refresh, if any. */
  get pause(): RefreshPause | undefined {
    return this.#deps.pauses.find(this.pauseKey);
  }

  /** Ends the pause, so the next caller may log in or refresh. The next pause is still longer than this one. */
  allowNextAttempt(): void {
    this.#deps.pauses.extend(this.pauseKey, 0);
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
    const { code, options } = this.#deps;
    return code.identityKey(options, principal);
  }

  /** Replaces the tokens. If the access token is unchanged, the session refreshes it only after the service rejects it. */
  setTokens(tokens: TokenPair | undefined): void {
    const hasChanged = tokens?.accessToken !== this.#tokens?.accessToken;
    this.#tokens = tokens;
    if (tokens) this.lastTokens = tokens;
    const maxEarlyMs = this.#auth && 'getToken' in this.#auth ? 0 : REFRESH_EARLY_MS;
    if (hasChanged) this.#expiry = tokens && new TokenExpiry(this.#deps.code, tokens, maxEarlyMs);
    else this.#expiry?.disableRefresh();
  }

  /**
   * Drops the tokens and starts a new epoch. `auth` and `identity` may be the same as before.
   *
   * Resolves when the cache of the previous identity is cleared.
   */
  switchIdentity(auth: AuthOptions | undefined, identity: string): Promise<void> {
    const clearing = this.#deps.clearCache(this.#identity);
    this.#identity = identity;
    this.#epoch++;
    this.renewedEpoch = undefined;
    this.#auth = auth;
    this.#pauseKey = undefined;
    this.setTokens(undefined);
    this.lastTokens = undefined;
    this.#hasForeignTokens = false;
    this.storedAccessToken = undefined;
    this.isLoaded = true;
    this.rejection = undefined;
    this.refreshWork = this.#newRefreshWork(auth);
    return clearing;
  }

  /** Starts a new epoch and identity if new tokens may belong to another user. Keeps the credentials. */
  switchUnlessSameUser(newTokens: TokenPair, origin: TokenOrigin): void {
    const { epoch } = this;
    if (!this.lastTokens || isSameUser(this.lastTokens, newTokens, this.#isUserProven(origin))) return;
    void this.switchIdentity(this.#auth, this.identityFor('unverified'));
    this.renewedEpoch = epoch;
    this.#hasForeignTokens = passwordCredentials(this.#auth) !== undefined;
  }

  /**
   * Replaces the session's tokens with the stored ones, which another process may have changed or deleted.
   *
   * If the user changes or may have changed, starts a new epoch. If another process has logged out, a session with a password
   * keeps its identity and logs in again. Any other session becomes anonymous.
   */
  adoptStored(storedTokens: TokenPair | undefined): void {
    if (storedTokens && this.lastTokens) this.switchUnlessSameUser(storedTokens, 'store');
    else if (!passwordCredentials(this.#auth))
      void this.switchIdentity(undefined, this.#storedIdentity(storedTokens && this.storageName));
    if (storedTokens?.accessToken !== this.#tokens?.accessToken) this.setTokens(storedTokens);
    this.storedAccessToken = storedTokens?.accessToken;
  }

  #newRefreshWork(auth: AuthOptions | undefined): SharedWork<TokenPair | undefined> {
    const { code, options } = this.#deps;
    return new code.SharedWork(refreshLeaseMs(auth, options.timeoutMs));
  }

  /**
   * Whether the user is known without a look at the claims of the tokens. Without `auth`, stored tokens prove nothing, because any
   * user may have logged in.
   */
  #isUserProven(origin: TokenOrigin): boolean {
    const { principal } = this.#deps.options;
    if (origin === 'store') return this.#auth !== undefined && this.storageName === principal;
    return this.#auth && 'getToken' in this.#auth ? principal !== undefined : !this.#hasForeignTokens;
  }

  /** The identity of the tokens stored under a name, or the anonymous identity without a name. */
  #storedIdentity(name: string | undefined): string {
    const { principal } = this.#deps.options;
    if (name === undefined) return this.identityFor('anonymous');
    return this.identityFor(principal !== undefined && principal === name ? { principal } : 'unverified');
  }
}
