import type { TokenPair } from '../config/token-store.js';
import { type AbortSignalLike, onAbort } from '../core/abort.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { SessionState } from './session-state.js';
import { suppliedTokens } from './token-source.js';
import type { LockedEntry, TokenStoreAdapter } from './token-store-adapter.js';

interface TokenPersistenceDeps {
  readonly state: SessionState;
  /** Undefined without a `tokenStore`. */
  readonly store: TokenStoreAdapter | undefined;
  readonly events: EventEmitter;
  /** Aborts when the client or view of this identity is closed, which ends the subscription to the store. */
  readonly viewCloseSignal: AbortSignalLike;
}

/** Keeps a session and the token store in sync. Without a store, changes only the session. */
export class TokenPersistence {
  readonly #deps: TokenPersistenceDeps;
  #loading: Promise<void> | undefined;
  #unsubscribe = () => {};

  constructor(deps: TokenPersistenceDeps) {
    this.#deps = deps;
  }

  /** Loads the stored tokens, or those in `auth` if none are stored. Does nothing after the tokens are loaded. */
  async load(): Promise<void> {
    if (this.#deps.state.isLoaded) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const { state, store } = this.#deps;
    const { storageName: name } = state;
    const storedTokens = name === undefined ? undefined : await store?.read(name);
    if (state.isLoaded) return; // a login or logout came first
    state.setTokens(storedTokens ?? suppliedTokens(state.auth));
    state.storedAccessToken = storedTokens?.accessToken;
    state.isLoaded = true;
    this.subscribe();
  }

  /** Watches the current storage name for changes by other processes. Replaces the previous subscription. */
  subscribe(): void {
    const { state, store, viewCloseSignal } = this.#deps;
    const { storageName: name } = state;
    this.#unsubscribe();
    if (name === undefined || !store || viewCloseSignal.aborted) return;
    const unwatch = store.watch(name, () => {
      this.#onStoreChange(name).catch(() => {}); // the next refresh reads the store again
    });
    const removeListener = onAbort(viewCloseSignal, unwatch);
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
    if (!storedTokens || !state.pendingRefresh) state.adoptStored(storedTokens); // a refresh reads the store itself
  }

  /** Uses and stores new tokens. If storing fails, the session still uses the tokens until the process ends. */
  async save(tokens: TokenPair, entry?: LockedEntry): Promise<void> {
    const { state, store, events } = this.#deps;
    const { storageName: name } = state;
    state.setTokens(tokens);
    if (name === undefined || !store) return;
    try {
      const isWritten = entry ? await entry.replace(tokens) : await store.write(name, tokens);
      const storedTokens = isWritten === false ? await store.read(name) : tokens;
      if (state.tokens === tokens) state.adoptStored(storedTokens); // else a login or logout has replaced the tokens
    } catch {
      events.emit('token', { action: 'store', ok: false });
    }
  }

  /** Ends the session: drops its tokens, deletes them from the store and clears its cache. */
  async end(principal: 'anonymous' | 'unverified', entry?: LockedEntry): Promise<void> {
    const { state, store } = this.#deps;
    const { storageName: name } = state;
    const clearing = state.switchIdentity(undefined, state.identityFor(principal));
    if (name !== undefined && store) {
      const isDeleted = entry ? await entry.replace(undefined) : await store.delete(name);
      // not deleted if another process has stored newer tokens
      const storedTokens = isDeleted === false ? await store.read(name) : undefined;
      if (storedTokens && !state.tokens && name === state.storageName) state.adoptStored(storedTokens);
    }
    await clearing;
  }
}
