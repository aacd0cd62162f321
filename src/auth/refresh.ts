import type { TokenPair } from '../config/token-store.js';
import { tokenSubject } from './jwt.js';
import type { SessionState } from './session-state.js';
import type { TokenPersistence } from './token-persistence.js';
import { isCredentialsRejected, type TokenSource } from './token-source.js';
import type { LockedEntry, TokenStoreAdapter } from './token-store-adapter.js';

interface TokenRefresherDeps {
  readonly state: SessionState;
  readonly source: TokenSource;
  readonly store: TokenStoreAdapter | undefined;
  readonly persistence: TokenPersistence;
}

/**
 * Obtains new tokens for a session, once for all calls that wait for them.
 *
 * Callers cannot abort a refresh. If the identity changes during a refresh, the refresher discards the new tokens.
 */
export class TokenRefresher {
  readonly #deps: TokenRefresherDeps;

  constructor(deps: TokenRefresherDeps) {
    this.#deps = deps;
  }

  /** Starts a refresh, or joins the one in progress. Resolves with the session's tokens, if any. */
  refresh(): Promise<TokenPair | undefined> {
    const { state } = this.#deps;
    if (state.pendingRefresh) return state.pendingRefresh;
    const refresh = this.#refreshLocked(state.tokens).finally(() => {
      if (state.pendingRefresh === refresh) state.pendingRefresh = undefined;
    });
    state.pendingRefresh = refresh;
    return refresh;
  }

  /**
   * Refreshes under the store's lock, if the store has a lock.
   *
   * Reads the store after acquiring the lock, since another process may have used the refresh token already.
   */
  async #refreshLocked(tokens: TokenPair | undefined): Promise<TokenPair | undefined> {
    const { state, store } = this.#deps;
    const { storageName: name, epoch, expiry } = state;
    const isAnonymous = !tokens && !state.auth;
    if (name === undefined || !store || isAnonymous) return this.#refresh(tokens);
    const work = async (entry: LockedEntry | undefined) => {
      const storedTokens = await entry?.read();
      if (epoch !== state.epoch) return state.tokens;
      if (!entry || storedTokens?.accessToken === state.storedAccessToken)
        return this.#refresh(tokens, entry);
      state.adoptStored(storedTokens);
      return state.tokens && !state.expiry?.shouldRefresh ? state.tokens : this.#refresh(state.tokens, entry);
    };
    return store.lock(name, work).catch((error: unknown) => {
      expiry?.deferRefresh();
      throw error;
    });
  }

  async #refresh(tokens: TokenPair | undefined, entry?: LockedEntry): Promise<TokenPair | undefined> {
    const { state, source, persistence } = this.#deps;
    const { epoch, expiry } = state;
    let newTokens: TokenPair | undefined;
    try {
      newTokens = await source.obtain(state.auth, tokens, () => epoch === state.epoch);
    } catch (error) {
      expiry?.deferRefresh();
      if (epoch !== state.epoch || !isCredentialsRejected(error, state.auth)) throw error;
      const ending = persistence.end('unverified', entry);
      state.rejection = error; // set after `end` starts, because `end` resets the rejection
      await ending.catch(() => {}); // the rejection matters more
      if (state.tokens) return state.tokens; // from a login or another process
      throw error;
    }
    if (epoch !== state.epoch) return state.tokens;
    if (!newTokens) return undefined;
    const isOtherUser = tokens && tokenSubject(tokens.accessToken) !== tokenSubject(newTokens.accessToken);
    if (isOtherUser) void state.clearCache();
    await persistence.save(newTokens, entry);
    return state.tokens;
  }
}
