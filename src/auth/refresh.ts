import type { TokenPair } from '../config/token-store.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { ClientCode } from './client-code.js';
import type { RefreshPauses } from './refresh-pauses.js';
import type { SessionState } from './session-state.js';
import type { TokenPersistence } from './token-persistence.js';
import { isCredentialsRejected, type TokenSource } from './token-source.js';
import type { LockedEntry, TokenStoreAdapter } from './token-store-adapter.js';

interface TokenRefresherDeps {
  readonly code: ClientCode;
  readonly state: SessionState;
  readonly source: TokenSource;
  readonly store: TokenStoreAdapter | undefined;
  readonly persistence: TokenPersistence;
  readonly pauses: RefreshPauses;
  readonly timeoutMs: number;
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

  /**
   * Starts a refresh, or joins the one in progress. Resolves with the session's tokens, if any.
   *
   * Ignores the pause after a failed refresh. A failure starts the next pause, and `retryAfterMs` of the error is the length
   * of that pause.
   */
  refresh(signal?: AbortSignalLike): Promise<TokenPair | undefined> {
    const { code, state, pauses, timeoutMs } = this.#deps;
    // A refresh token may work only once, and `getToken` should not be called twice in 5 s. So sleep or a clock jump must not
    // end the lease.
    const mustNotRepeat = state.tokens?.refreshToken || (state.auth && 'getToken' in state.auth);
    const clock = mustNotRepeat ? code.monotonicNow : undefined;
    return state.refreshWork.run(
      async (onProgress) => {
        const { pauseKey } = state;
        pauses.extend(pauseKey, timeoutMs);
        try {
          const tokens = await this.#refreshLocked(state.tokens, onProgress);
          pauses.reset(pauseKey);
          return tokens;
        } catch (error) {
          if (!(error instanceof code.PersonaError) || error instanceof code.PersonaAbortError) throw error;
          throw pauses.start(pauseKey, error);
        }
      },
      signal,
      clock,
    );
  }

  /**
   * Refreshes under the store's lock, if the store has a lock.
   *
   * Reads the store after acquiring the lock, since another process may have used the refresh token already.
   */
  async #refreshLocked(
    tokens: TokenPair | undefined,
    onProgress: () => void,
  ): Promise<TokenPair | undefined> {
    const { state, store } = this.#deps;
    const { storageName: name, epoch } = state;
    const isAnonymous = !tokens && !state.auth;
    if (name === undefined || !store || isAnonymous) return this.#refresh(tokens, onProgress);
    return store.lock(name, async (entry) => {
      onProgress();
      if (epoch !== state.epoch) return state.tokens;
      if (!entry || entry.storedTokens?.accessToken === state.storedAccessToken)
        return this.#refresh(tokens, onProgress, entry);
      state.adoptStored(entry.storedTokens);
      const { isBearerReady } = state;
      return state.tokens && isBearerReady ? state.tokens : this.#refresh(state.tokens, onProgress, entry);
    });
  }

  async #refresh(
    tokens: TokenPair | undefined,
    onProgress: () => void,
    entry?: LockedEntry,
  ): Promise<TokenPair | undefined> {
    const { code, state, source, persistence } = this.#deps;
    const { epoch, auth } = state;
    if (auth && 'getToken' in auth) state.getTokenThrottle.record();
    let newTokens: TokenPair | undefined;
    try {
      newTokens = await source.obtain(auth, tokens, () => epoch === state.epoch, onProgress);
    } catch (error) {
      if (epoch !== state.epoch || !isCredentialsRejected(code, error, auth)) throw error;
      if (state.tokens && state.tokens !== tokens) return state.tokens; // from a newer refresh
      const ending = persistence.end('unverified', entry);
      if (!state.auth) state.rejection = error; // set after `end` starts, because `end` resets the rejection
      await ending.catch(() => {}); // the rejection matters more
      if (state.tokens) return state.tokens; // from a login or another process
      throw error;
    }
    if (epoch !== state.epoch || state.tokens !== tokens) return state.tokens; // a late result
    if (!newTokens) return undefined;
    onProgress();
    state.switchUnlessSameUser(newTokens, 'session');
    await persistence.save(newTokens, entry);
    return state.tokens;
  }
}
