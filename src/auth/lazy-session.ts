import type { ResolvedOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Bearer, Call, TokenProvider } from '../core/call.js';
import { loadChunk } from '../core/lazy-import.js';
import { clientCode } from './client-code.js';
import type { CreateSession, SessionScope, SessionsDeps } from './create-sessions.js';
import { configuredPrincipal, identityKey } from './identity.js';
import type { Session } from './session.js';
import { withoutTokens } from './without-tokens.js';

/**
 * Loads the code of sessions. A client and its views share the loader.
 *
 * Every caller imports the code itself: a runtime can drop a promise with the request that created it.
 */
export class SessionLoader {
  readonly #deps: SessionsDeps;
  #createSession: CreateSession | undefined;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** @throws {PersonaConnectionError} if the code cannot be loaded. */
  async load(): Promise<CreateSession> {
    if (this.#createSession) return this.#createSession;
    const { createSessions } = await loadChunk('auth', import('./create-sessions.js'));
    this.#createSession ??= createSessions(clientCode, this.#deps);
    return this.#createSession;
  }
}

/**
 * The session of a client or view. Its code is loaded on first use, because clients without credentials do not need it. With
 * credentials, the code starts to load when the client is created.
 */
export class LazySession implements TokenProvider {
  readonly #loader: SessionLoader;
  readonly #scope: SessionScope;
  /** Whether calls need the session to find their token. */
  readonly #hasTokens: boolean;
  #session: Session | undefined;
  /** The tokens of the session, or none before it is created. */
  #tokens: TokenProvider;

  constructor(loader: SessionLoader, options: ResolvedOptions, closeSignal: AbortSignalLike) {
    const identity = identityKey(options, configuredPrincipal(options));
    this.#loader = loader;
    this.#scope = { options, identity, closeSignal };
    this.#tokens = withoutTokens(identity);
    this.#hasTokens = (options.auth ?? options.tokenStore) !== undefined;
    if (this.#hasTokens) loader.load().catch(() => {}); // the first call loads it again, and reports the failure
  }

  /** @throws {PersonaConnectionError} if the code cannot be loaded. */
  async open(): Promise<Session> {
    const createSession = await this.#loader.load();
    this.#session ??= createSession(this.#scope);
    this.#tokens = this.#session.tokenProvider;
    return this.#session;
  }

  get identity(): string {
    return this.#tokens.identity;
  }

  get epoch(): number {
    return this.#tokens.epoch;
  }

  prepare(caller: Call): Promise<void> | undefined {
    return this.#hasTokens && !this.#session ? this.open().then(() => {}) : this.#tokens.prepare(caller);
  }

  getToken(caller: Call): Promise<Bearer> | Bearer {
    return this.#tokens.getToken(caller);
  }

  replaceToken(...args: Parameters<TokenProvider['replaceToken']>): Promise<Bearer> {
    return this.#tokens.replaceToken(...args);
  }

  onReplacementRejected(token: string): void {
    this.#tokens.onReplacementRejected(token);
  }
}
