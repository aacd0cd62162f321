import type { TokenPair } from '../config/token-store.js';
import type { Bearer, Call, TokenProvider } from '../core/call.js';
import type { ClientCode } from './client-code.js';
import type { TokenRefresher } from './refresh.js';
import type { RefreshPause } from './refresh-pauses.js';
import type { SessionState } from './session-state.js';
import type { TokenPersistence } from './token-persistence.js';

/** A call that has a slot of the limiter waits at most this long, because others need the slot. */
const MAX_WAIT_IN_LIMITER_MS = 5_000;

/** Provides the tokens of a session to calls: loads, obtains or refreshes them before they are sent. */
export class SessionTokens implements TokenProvider {
  readonly #code: ClientCode;
  readonly #state: SessionState;
  readonly #persistence: TokenPersistence;
  readonly #refresher: TokenRefresher;

  constructor(
    code: ClientCode,
    state: SessionState,
    persistence: TokenPersistence,
    refresher: TokenRefresher,
  ) {
    this.#code = code;
    this.#state = state;
    this.#persistence = persistence;
    this.#refresher = refresher;
  }

  get identity(): string {
    return this.#state.identity;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  prepare(caller: Call): Promise<void> | undefined {
    const state = this.#state;
    const loading = this.#persistence.load(caller.signal);
    if (loading) return loading;
    if (state.isBearerReady || !state.isExpired) return undefined;
    const refreshing = state.refreshWork.waitForEnd(caller.signal);
    if (!refreshing) return this.#awaitPause(caller);
    return refreshing.then(() => this.#continueRead(caller));
  }

  getToken(caller: Call): Promise<Bearer> | Bearer {
    return this.#state.isBearerReady ? this.#state.bearer : this.#obtainBearer(caller);
  }

  async replaceToken(
    rejectedToken: string | undefined,
    caller: Call,
    isServiceResponse: boolean,
  ): Promise<Bearer> {
    await this.#replace(rejectedToken, caller, isServiceResponse);
    this.#continueRead(caller);
    return this.#state.bearer;
  }

  async #replace(rejectedToken: string | undefined, caller: Call, isServiceResponse: boolean): Promise<void> {
    const state = this.#state;
    const isCurrent = () => !state.tokens || state.tokens.accessToken === rejectedToken;
    if (!isCurrent() || state.unauthorizedRefreshLimit.wasRejected(rejectedToken)) return;
    if (caller.progress.refreshError !== undefined) throw caller.progress.refreshError;
    if (!state.unauthorizedRefreshLimit.tryAcquire(isServiceResponse)) return;
    await this.#awaitPause(caller, MAX_WAIT_IN_LIMITER_MS);
    const delayMs = state.getTokenThrottle.replacementDelayMs;
    if (delayMs > 0) {
      if (!this.#hasTimeFor(delayMs, caller)) return;
      await this.#code.delay(delayMs, caller.signal);
    }
    if (!isCurrent()) return;
    await this.#refresh(caller);
    if (rejectedToken !== undefined && isCurrent())
      state.unauthorizedRefreshLimit.recordRejection(rejectedToken);
  }

  onReplacementRejected(token: string): void {
    this.#state.unauthorizedRefreshLimit.recordRejection(token);
  }

  /** Waits for the end of the pause after a failure. Rejects with that failure if the pause lasts too long for the call. */
  #awaitPause(caller: Call, maxWaitMs = Number.POSITIVE_INFINITY): Promise<void> | undefined {
    const { pause, refreshWork } = this.#state;
    if (!pause || refreshWork.isRunning) return undefined;
    const { pendingRefresh } = pause;
    return pendingRefresh
      ? this.#awaitRefresh(pendingRefresh.ended, pause, caller, maxWaitMs)
      : this.#waitOrReject(pause, caller, maxWaitMs);
  }

  /** Waits for the login or refresh of another view, which ends the pause or starts the next one. */
  async #awaitRefresh(
    ended: Promise<void>,
    pause: RefreshPause,
    caller: Call,
    maxWaitMs: number,
  ): Promise<void> {
    const waitMs = Math.min(this.#remainingMs(pause), maxWaitMs, this.#spareMs(caller));
    // A runtime can reject the promise of a call that is lost.
    const lost = ended.then(
      () => false,
      () => true,
    );
    const shouldStart = await this.#code.raceTimeout(lost, waitMs, () => false, caller.signal);
    if (this.#state.pause !== pause) await this.#awaitPause(caller, maxWaitMs);
    else if (shouldStart) this.#state.allowNextAttempt();
    else await this.#waitOrReject(pause, caller, 0);
  }

  /** Starts or joins a refresh, unless one has failed for this call. */
  async #refresh(caller: Call): Promise<TokenPair | undefined> {
    const { progress, signal } = caller;
    if (progress.refreshError !== undefined) throw progress.refreshError;
    try {
      return await this.#refresher.refresh(signal);
    } catch (error) {
      progress.refreshError = error;
      throw error;
    }
  }

  /**
   * Lets a read continue with a new token that may belong to another user. Call this if the read waited for that token, or if its
   * own token was rejected. A write does not continue: `assertCurrentEpoch` rejects it.
   */
  #continueRead(caller: Call): void {
    const { epoch, renewedEpoch } = this.#state;
    if (!caller.isWrite && caller.epoch === renewedEpoch) this.#code.continueAsNewUser(caller, epoch);
  }

  async #obtainBearer(caller: Call): Promise<Bearer> {
    const state = this.#state;
    if (state.isBearerReady) return state.bearer;
    if (state.rejection) throw state.rejection;
    const { tokens } = state;
    const pause = state.isExpired ? this.#awaitPause(caller, MAX_WAIT_IN_LIMITER_MS) : undefined;
    if (pause) {
      await pause;
      return this.#obtainBearer(caller);
    }
    let refreshedTokens: TokenPair | undefined;
    try {
      refreshedTokens = await this.#refresh(caller);
    } catch (error) {
      // a refresh before expiry may fail, because the current token still works
      const isStillValid = tokens && tokens === state.tokens && !state.isExpired;
      if (!isStillValid || caller.signal.aborted) throw error;
    }
    // if a logout came after the refresh, start again with the new identity
    if (refreshedTokens && !state.tokens) return this.#obtainBearer(caller);
    this.#continueRead(caller);
    return state.bearer;
  }

  /** Waits for the end of a pause. If the pause lasts too long, rejects with the error that caused it. */
  #waitOrReject(pause: RefreshPause, caller: Call, maxWaitMs: number): Promise<void> {
    const { copyError, delay } = this.#code;
    const { error } = pause;
    const delayMs = this.#remainingMs(pause);
    if (delayMs <= Math.min(maxWaitMs, pause.maxWaitMs) && this.#hasTimeFor(delayMs, caller))
      return delay(delayMs, caller.signal);
    const message = `${error.message} Logins and refreshes are paused for another ${delayMs} ms.`;
    return Promise.reject(copyError(error, message, { retryAfterMs: delayMs }));
  }

  #remainingMs({ endsAt }: RefreshPause): number {
    return Math.ceil(endsAt - this.#code.sleepAwareNow());
  }

  /** How long a call can wait, in milliseconds. A tenth of its remaining time is reserved for the login and the request. */
  #spareMs({ deadline }: Call): number {
    return Math.max(0, 0.9 * (deadline.expiresAt - this.#code.monotonicNow()));
  }

  #hasTimeFor(delayMs: number, caller: Call): boolean {
    return delayMs <= this.#spareMs(caller);
  }
}
