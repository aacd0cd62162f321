import type { Credentials } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import { type AbortSignalLike, raceAbort } from '../core/abort.js';
import type { Bearer, TokenProvider } from '../core/call.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { TokenRefresher } from './refresh.js';
import type { AuthRequests } from './requests.js';
import { type ClearCache, SessionState } from './session-state.js';
import { createTimeLimit } from './time-limit.js';
import { TokenPersistence } from './token-persistence.js';
import { createTokenSource, type TokenSource } from './token-source.js';
import { TokenStoreAdapter } from './token-store-adapter.js';

interface SessionDeps {
  readonly options: ResolvedOptions;
  readonly requests: AuthRequests;
  readonly events: EventEmitter;
  /** Aborts when the client is closed. */
  readonly closeSignal: AbortSignalLike;
  /** Aborts when the client or view of this identity is closed. */
  readonly viewCloseSignal: AbortSignalLike;
  readonly clearCache: ClearCache;
}

/** One identity's tokens: loads, refreshes, stores and revokes them. */
export class Session implements TokenProvider {
  readonly #options: ResolvedOptions;
  readonly #state: SessionState;
  readonly #source: TokenSource;
  readonly #persistence: TokenPersistence;
  readonly #refresher: TokenRefresher;
  /** Sequence number of login and logout calls: only the latest one takes effect. */
  #loginSeq = 0;

  constructor({ options, requests, events, closeSignal, viewCloseSignal, clearCache }: SessionDeps) {
    const { baseUrl, tokenStore, timeoutMs } = options;
    const withTimeout = createTimeLimit(timeoutMs, closeSignal);
    const store = tokenStore && new TokenStoreAdapter(tokenStore, `persona-client:${baseUrl}:`, withTimeout);
    const state = new SessionState(options, clearCache);
    const source = createTokenSource({ requests, events, withTimeout });
    const persistence = new TokenPersistence({ state, store, events, viewCloseSignal });
    this.#options = options;
    this.#state = state;
    this.#source = source;
    this.#persistence = persistence;
    this.#refresher = new TokenRefresher({ state, source, store, persistence });
  }

  get identity(): string {
    return this.#state.identity;
  }

  getToken(signal: AbortSignalLike): Promise<Bearer> | Bearer {
    return this.#state.isBearerReady ? this.#state.bearer : this.#obtainBearer(signal);
  }

  async replaceToken(rejectedToken: string | undefined, signal: AbortSignalLike): Promise<Bearer> {
    const state = this.#state;
    if (!state.isLoaded) await raceAbort(this.#persistence.load(), signal);
    const needsRefresh = !state.tokens || state.tokens.accessToken === rejectedToken;
    if (needsRefresh) await raceAbort(this.#refresher.refresh(), signal);
    return state.bearer;
  }

  async #obtainBearer(signal: AbortSignalLike): Promise<Bearer> {
    const state = this.#state;
    if (!state.isLoaded) await raceAbort(this.#persistence.load(), signal);
    const { tokens } = state;
    if (tokens && (!state.expiry?.shouldRefresh || !state.canRefresh)) return state.bearer;
    if (state.rejection) throw state.rejection;
    if (!tokens && !state.auth) return state.bearer;
    let refreshedTokens: TokenPair | undefined;
    try {
      refreshedTokens = await raceAbort(this.#refresher.refresh(), signal);
    } catch (error) {
      // a refresh before expiry may fail, because the current token still works
      const isStillValid = tokens && tokens === state.tokens && !state.expiry?.isExpired;
      if (!isStillValid || signal.aborted) throw error;
    }
    // if a logout came after the refresh, start again with the new identity
    const hasSessionEnded = refreshedTokens && !state.tokens;
    return hasSessionEnded ? this.#obtainBearer(signal) : state.bearer;
  }

  /** Logs in and switches to the identity of the user. Has no effect if another login or logout starts before the response. */
  async login(credentials: Credentials): Promise<void> {
    const loginSeq = ++this.#loginSeq;
    const tokens = await this.#source.login(credentials);
    if (loginSeq !== this.#loginSeq) return;
    const state = this.#state;
    const { auth } = state;
    const isSameUser = auth && 'username' in auth && auth.username === credentials.username;
    const principal = isPrincipalUser(credentials.username, this.#options)
      ? this.#options.principal
      : undefined;
    const clearing = state.switchIdentity(
      isSameUser ? auth : undefined,
      state.identityFor(principal ? { principal } : 'unverified'),
    );
    state.storageName = principal ?? credentials.username;
    this.#persistence.subscribe();
    await this.#persistence.save(tokens);
    await clearing;
  }

  /**
   * Refreshes the tokens now, even if they are still valid.
   *
   * @throws {PersonaAuthenticationError} if there are no credentials, or if the session ends during the refresh.
   */
  async refresh(): Promise<void> {
    await this.#persistence.load();
    const { epoch } = this.#state;
    if (await this.#refresher.refresh()) return;
    throw new PersonaAuthenticationError(
      epoch === this.#state.epoch
        ? 'auth.refresh failed: there is no refresh token, password or getToken function. Nothing was sent. Log in first.'
        : 'auth.refresh failed: the session ended during the refresh. Any new tokens were discarded. Log in again.',
    );
  }

  /** Drops the tokens here and in the store, then revokes them at the service. */
  async logout(): Promise<void> {
    this.#loginSeq++;
    const loading = this.#persistence.load();
    await loading.catch(() => {});
    const { tokens } = this.#state;
    const ending = this.#persistence.end('anonymous');
    ending.catch(() => {}); // awaited below
    try {
      await loading; // tokens that could not be read cannot be revoked
      if (tokens) await this.#source.logout(tokens.accessToken);
    } finally {
      await ending;
    }
  }

  async tokens(): Promise<TokenPair | undefined> {
    await this.#persistence.load();
    return this.#state.tokens;
  }
}

/**
 * Whether the `principal` option applies to a user who logs in.
 *
 * `principal` names the user in `auth`. If `auth` is unset, `principal` names any user who logs in.
 * The tokens of all other users are stored under their user names.
 */
const isPrincipalUser = (username: string, { auth }: ResolvedOptions): boolean =>
  auth === undefined || ('username' in auth && auth.username === username);
