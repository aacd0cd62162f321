import type { TokenPair } from '../config/token-store.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { SharedWork } from '../core/shared-work.js';
import type { ClientCode } from './client-code.js';
import type { SessionState } from './session-state.js';
import { passwordCredentials, suppliedTokens } from './token-source.js';
import type { LockedEntry, TokenStoreAdapter } from './token-store-adapter.js';

interface TokenPersistenceDeps {
  readonly code: ClientCode;
  readonly state: SessionState;
  /** Undefined without a `tokenStore`. */
  readonly store: TokenStoreAdapter | undefined;
  readonly events: EventEmitter;
  /** Aborts when the client or view of this identity is closed, which ends the subscription to the store. */
  readonly viewCloseSignal: AbortSignalLike;
}

/** A caller that waits longer for the stored tokens reads them again. */
const MAX_LOADING_MS = 2_000;

/** Keeps a session and the token store in sync. Without a store, changes only the session. */
export class TokenPersistence {
  readonly #deps: TokenPersistenceDeps;
  readonly #loading: SharedWork<void>;
  #unsubscribe = () => {};
  #isFailing = false;

  constructor(deps: TokenPersistenceDeps) {
    this.#deps = deps;
    this.#loading = new deps.code.SharedWork(MAX_LOADING_MS);
  }

  /**
   * Loads the stored tokens, or those in `auth` if none are stored. Returns `undefined` if the tokens are loaded, or if
   * there is no need to read a store.
   */
  load(signal?: AbortSignalLike): Promise<void> | undefined {
    const { state, store } = this.#deps;
    if (state.isLoaded) return undefined;
    if (store && state.storageName !== undefined) return this.#loading.run(() => this.#read(store), signal);
    this.#setLoaded(undefined);
    return undefined;
  }

  async #read(store: TokenStoreAdapter): Promise<void> {
    const { state } = this.#deps;
    const { storageName: name } = state;
    const storedTokens = name === undefined ? undefined : await store.read(name);
    if (!state.isLoaded) this.#setLoaded(storedTokens); // else a login or logout came first
  }

  #setLoaded(storedTokens: TokenPair | undefined): void {
    const { state } = this.#deps;
    state.setTokens(storedTokens ?? suppliedTokens(state.auth));
    state.storedAccessToken = storedTokens?.accessToken;
    state.isLoaded = true;
    this.subscribe();
  }

  /** Watches the current storage name for changes by other processes. Replaces the previous subscription. */
  subscribe(): void {
    const { code, state, store, viewCloseSignal } = this.#deps;
    const { storageName: name } = state;
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    if (name === undefined || viewCloseSignal.aborted) return;
    const unwatch = store?.watch(name, () => {
      this.#onStoreChange(name).catch(() => {}); // the next refresh reads the store again
    });
    if (!unwatch) return; // no listener, so that an unused view can be garbage-collected without `close()`
    const removeListener = code.onAbort(viewCloseSignal, unwatch);
    this.#unsubscribe = () => {
      removeListener();
      unwatch();
    };
  }

  async #onStoreChange(name: string): Promise<void> {
    const { state, store } = this.#deps;
    const { epoch, storedAccessToken } = state;
    const storedTokens = await store?.read(name);
    const hasChangedMeanwhile = epoch !== state.epoch || storedAccessToken !== state.storedAccessToken;
    if (hasChangedMeanwhile || storedAccessToken === storedTokens?.accessToken) return;
    if (!storedTokens || !state.refreshWork.isRunning) state.adoptStored(storedTokens); // a refresh reads the store itself
  }

  /** Uses and stores new tokens, with the session id. If storing fails, the session still uses them until the process ends. */
  async save(newTokens: TokenPair, entry?: LockedEntry): Promise<void> {
    const { code, state, store, events } = this.#deps;
    const { storageName: name, lastTokens } = state;
    const tokens = { sessionId: lastTokens?.sessionId ?? code.newRandomId(), ...newTokens };
    state.setTokens(tokens);
    if (name === undefined || !store) return;
    try {
      const isWritten = entry ? await entry.replace(tokens) : await store.write(name, tokens);
      const storedTokens = isWritten === false ? await store.read(name) : tokens;
      this.#isFailing = false;
      if (state.tokens === tokens) state.adoptStored(storedTokens); // else a login or logout has replaced the tokens
    } catch {
      if (!this.#isFailing) events.emit('token', { action: 'store', ok: false });
      this.#isFailing = true;
    }
  }

  /**
   * Ends the session: drops its tokens, deletes them from the store and clears its cache.
   *
   * @param principal the user from now on. An unverified user keeps the password, for a later login.
   */
  async end(principal: 'anonymous' | 'unverified', entry?: LockedEntry): Promise<void> {
    const { state, store } = this.#deps;
    const { storageName: name } = state;
    const auth = principal === 'unverified' ? passwordCredentials(state.auth) : undefined;
    const clearing = state.switchIdentity(auth, state.identityFor(principal));
    if (name !== undefined && store) {
      const isDeleted = entry ? await entry.replace(undefined) : await store.delete(name);
      // not deleted if another process has stored newer tokens
      const storedTokens = isDeleted === false ? await store.read(name) : undefined;
      if (storedTokens && !state.tokens && name === state.storageName) state.adoptStored(storedTokens);
    }
    await clearing;
  }
}
