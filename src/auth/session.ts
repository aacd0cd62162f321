import type { Credentials } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { TokenProvider } from '../core/call.js';
import type { ClientCode } from './client-code.js';
import { TokenRefresher } from './refresh.js';
import type { RefreshPauses } from './refresh-pauses.js';
import type { SessionDeps } from './session-deps.js';
import { SessionState } from './session-state.js';
import { SessionTokens } from './session-tokens.js';
import { createTimeLimit, raceClose } from './time-limit.js';
import { TokenPersistence } from './token-persistence.js';
import { createTokenSource, type TokenSource } from './token-source.js';
import { TokenStoreAdapter } from './token-store-adapter.js';

/** One identity's session: logs in and out, and refreshes tokens on request. */
export class Session {
  /** Provides the tokens of calls. */
  readonly tokenProvider: TokenProvider;
  readonly #code: ClientCode;
  readonly #options: ResolvedOptions;
  readonly #state: SessionState;
  readonly #source: TokenSource;
  readonly #persistence: TokenPersistence;
  readonly #refresher: TokenRefresher;
  readonly #pauses: RefreshPauses;
  readonly #viewCloseSignal: AbortSignalLike;
  /** Sequence number of login and logout calls: only the latest one takes effect. */
  #loginSeq = 0;
  /** Settles when the last logout has loaded the tokens that it revokes. A login waits for this before it replaces them. */
  #logoutLoad: Promise<unknown> = Promise.resolve();

  constructor(deps: SessionDeps) {
    const { code, options, requests, events, pauses, closeSignal, viewCloseSignal } = deps;
    const { baseUrl, tokenStore, timeoutMs } = options;
    const withTimeout = createTimeLimit(code, timeoutMs, closeSignal);
    const prefix = `persona-client:${baseUrl}:`;
    const store = tokenStore && new TokenStoreAdapter(code, tokenStore, prefix, withTimeout, timeoutMs);
    const state = new SessionState(deps);
    const source = createTokenSource({ code, requests, events, withTimeout });
    const persistence = new TokenPersistence({ code, state, store, events, viewCloseSignal });
    this.#code = code;
    this.#options = options;
    this.#state = state;
    this.#source = source;
    this.#persistence = persistence;
    this.#pauses = pauses;
    this.#viewCloseSignal = viewCloseSignal;
    this.#refresher = new TokenRefresher({ code, state, source, store, persistence, pauses, timeoutMs });
    this.tokenProvider = new SessionTokens(code, state, persistence, this.#refresher);
  }

  /** Logs in and switches to the identity of the user. Has no effect if another login or logout starts before the response. */
  login(credentials: Credentials): Promise<void> {
    return this.#raceClose('login', () => this.#login(credentials));
  }

  async #login(credentials: Credentials): Promise<void> {
    const loginSeq = ++this.#loginSeq;
    const tokens = await this.#source.login(credentials);
    // with a time limit, because a runtime can drop the logout of another request
    await this.#code.raceTimeout(this.#logoutLoad, this.#options.timeoutMs, () => {});
    if (loginSeq !== this.#loginSeq || this.#viewCloseSignal.aborted) return;
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
    this.#pauses.reset(state.pauseKey);
    this.#persistence.subscribe();
    await this.#persistence.save(tokens);
    await clearing;
  }

  /**
   * Refreshes the tokens now, even if they are still valid.
   *
   * @throws {PersonaAuthenticationError} if there are no credentials, or if the session ends during the refresh.
   */
  refresh(): Promise<void> {
    return this.#raceClose('refresh', () => this.#refresh());
  }

  async #refresh(): Promise<void> {
    await this.#persistence.load();
    const { epoch } = this.#state;
    if (await this.#refresher.refresh()) return;
    throw new this.#code.PersonaAuthenticationError(
      epoch === this.#state.epoch
        ? 'auth.refresh failed: there is no refresh token, password or getToken function. Nothing was sent. Log in first.'
        : 'auth.refresh failed: the session ended during the refresh. Any new tokens were discarded. Log in again.',
    );
  }

  /** Drops the tokens here and in the store, and revokes them at the service. */
  logout(): Promise<void> {
    return this.#raceClose('logout', () => this.#logout());
  }

  async #logout(): Promise<void> {
    const loginSeq = ++this.#loginSeq;
    const { epoch } = this.#state;
    const loading = Promise.resolve(this.#persistence.load());
    this.#logoutLoad = loading.catch(() => {});
    await this.#logoutLoad;
    if (loginSeq !== this.#loginSeq && epoch !== this.#state.epoch) return; // a later login or logout has ended the session
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

  /** A request in flight continues, because calls of other views can share it. */
  #raceClose(action: string, work: () => Promise<void>): Promise<void> {
    const message = `auth.${action} was aborted because the client was closed.`;
    return raceClose(this.#code, this.#viewCloseSignal, message, work);
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
