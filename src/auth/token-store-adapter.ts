import type { LockedTokens, TokenPair, TokenStore } from '../config/token-store.js';
import type { ClientCode } from './client-code.js';
import type { TimeLimit } from './time-limit.js';

/** The tokens under one name, while this client has the lock. */
export interface LockedEntry {
  readonly storedTokens: TokenPair | undefined;
  /** Returns `false` and changes nothing if the stored tokens have changed since, or if the lock is lost. */
  replace(tokens: TokenPair | undefined): Promise<boolean>;
}

/** Wraps the token store: validates the stored tokens, and limits every wait for the store by a timeout. */
export class TokenStoreAdapter {
  readonly #code: ClientCode;
  readonly #store: TokenStore;
  readonly #prefix: string;
  readonly #withTimeout: TimeLimit;
  readonly #timeoutMs: number;
  /**
   * Changes run one after the other, so that a slow one cannot overwrite a later one. The next change does not wait for one
   * that has exceeded its time limit.
   */
  #lastChange = { endsAt: 0, done: Promise.resolve() as Promise<unknown> };

  constructor(
    code: ClientCode,
    store: TokenStore,
    prefix: string,
    withTimeout: TimeLimit,
    timeoutMs: number,
  ) {
    this.#code = code;
    this.#store = store;
    this.#prefix = prefix;
    this.#withTimeout = withTimeout;
    this.#timeoutMs = timeoutMs;
  }

  read(name: string): Promise<TokenPair | undefined> {
    return this.#read(() => this.#store.get(this.#prefix + name));
  }

  async write(name: string, tokens: TokenPair): Promise<void> {
    await this.#change(() => this.#store.set(this.#prefix + name, tokens), FAILED_WRITE);
  }

  async delete(name: string): Promise<void> {
    await this.#change(() => this.#store.delete(this.#prefix + name), FAILED_DELETE);
  }

  /**
   * Runs `work` under the store's lock. Runs `work` without an entry if the store has no lock, or if its storage is full,
   * blocked or corrupted. If another process may hold the lock, `work` does not run.
   *
   * The timeout covers acquiring the lock, not the work done under it.
   */
  async lock<T>(name: string, work: (entry: LockedEntry | undefined) => Promise<T>): Promise<T> {
    const store = this.#store;
    if (!store.lock) return work(undefined);
    let hasTimedOut = false;
    const acquire = () =>
      // an object, since `resolve` would wait for a bare promise
      new Promise<{ readonly result: Promise<T> }>((resolve, reject) => {
        const lockCall = store.lock?.(this.#prefix + name, (lockedTokens) => {
          const result = hasTimedOut
            ? Promise.reject(new Error('acquired the lock after the timeout'))
            : this.#runLocked(lockedTokens, work);
          resolve({ result });
          return result;
        });
        lockCall?.catch(reject);
      });
    try {
      const { result } = await this.#withTimeout(STORE_LABEL, acquire);
      return result;
    } catch (error) {
      hasTimedOut = true;
      if (this.#isHeldElsewhere(error))
        throw this.#storeError('lock the tokens, so they were not refreshed. Nothing was sent', error);
      return work(undefined);
    }
  }

  /** Returns a function that stops watching, or `undefined` if the store cannot be watched. Neither function throws. */
  watch(name: string, onChange: () => void): (() => void) | undefined {
    const { callSafely } = this.#code;
    const unwatch = callSafely('tokenStore.watch', () => this.#store.watch?.(this.#prefix + name, onChange));
    return typeof unwatch === 'function'
      ? () => void callSafely('the unsubscribe of tokenStore.watch', unwatch)
      : undefined;
  }

  async #runLocked<T>(
    lockedTokens: LockedTokens,
    work: (entry: LockedEntry | undefined) => Promise<T>,
  ): Promise<T> {
    const replace: LockedEntry['replace'] = (tokens) =>
      this.#change(() => lockedTokens.replace(tokens), FAILED_WRITE);
    let storedTokens: TokenPair | undefined;
    try {
      storedTokens = await this.#read(() => lockedTokens.get());
    } catch (error) {
      if (error instanceof this.#code.PersonaAbortError || this.#isHeldElsewhere(Object(error).cause))
        throw error;
      return work(undefined);
    }
    return work({ storedTokens, replace });
  }

  async #read(work: () => unknown): Promise<TokenPair | undefined> {
    try {
      return this.#parseTokenPair(await this.#withTimeout(STORE_LABEL, work));
    } catch (error) {
      throw this.#storeError('read the tokens, so the user is unknown. Nothing was sent', error);
    }
  }

  async #change<T>(work: () => T | Promise<T>, failure: string): Promise<T> {
    const change = this.#afterLastChange().then(work);
    this.#lastChange = { endsAt: this.#code.sleepAwareNow() + this.#timeoutMs, done: change.catch(() => {}) };
    try {
      return await this.#withTimeout(STORE_LABEL, () => change);
    } catch (error) {
      throw this.#storeError(failure, error);
    }
  }

  async #afterLastChange(): Promise<void> {
    const { raceTimeout, sleepAwareNow } = this.#code;
    const { endsAt, done } = this.#lastChange;
    const remainingMs = endsAt - sleepAwareNow();
    if (remainingMs > 0) await raceTimeout(done, remainingMs, () => {});
  }

  /** Whether another process may hold the lock: the store says so, or did not respond in time. */
  #isHeldElsewhere(error: unknown): boolean {
    return error instanceof this.#code.PersonaError || Object(error).code === 'locked';
  }

  #storeError(failure: string, cause: unknown): Error {
    const { PersonaAbortError, PersonaAuthenticationError, sanitizeCause } = this.#code;
    if (cause instanceof PersonaAbortError) return cause;
    // a timeout error comes from the client, so its message contains no data of the store
    const reason = cause instanceof PersonaAuthenticationError ? cause.message : 'See the cause.';
    return new PersonaAuthenticationError(`The token store failed to ${failure}. ${reason}`, {
      cause: sanitizeCause(cause),
    });
  }

  #parseTokenPair(value: unknown): TokenPair | undefined {
    const { formatIssues, safeParse, storedTokensSchema } = this.#code;
    const parsed = safeParse(storedTokensSchema(), value);
    if ('issues' in parsed)
      throw new TypeError(`The store returned malformed tokens: ${formatIssues(parsed.issues)}`);
    if (!parsed.value) return undefined;
    const { accessToken, refreshToken, expiresAt, sessionId } = parsed.value;
    return {
      accessToken,
      ...(refreshToken && { refreshToken }),
      ...(expiresAt && { expiresAt }),
      ...(sessionId && { sessionId }),
    };
  }
}

const STORE_LABEL = 'the token store';
/** Both complete the sentence `The token store failed to …`. */
const FAILED_WRITE = 'write the tokens, so only this client has them';
const FAILED_DELETE = 'delete the tokens. They may remain in the store; this client has dropped them';
