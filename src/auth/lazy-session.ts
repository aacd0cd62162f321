import type { ResolvedOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Bearer, Call, TokenProvider } from '../core/call.js';
import { lazyModule } from '../core/lazy-import.js';
import { clientCode } from './client-code.js';
import type { CreateSession, SessionScope, SharedSessionDeps } from './create-sessions.js';
import { configuredPrincipal, identityKey } from './identity.js';
import type { Session } from './session.js';
import { withoutTokens } from './without-tokens.js';

const sessionCode = lazyModule('auth', () => import('./create-sessions.js'));

/** Creates a session, or returns `undefined` if the session code is not loaded. */
export type TryCreateSession = (scope: SessionScope) => Session | undefined;

/** Returns the function that creates the sessions of a client and of its views. */
export function createSessionFactory(deps: SharedSessionDeps): TryCreateSession {
  let createSession: CreateSession | undefined;
  return (scope) => {
    createSession ??= sessionCode.loaded?.createSessions(clientCode, deps);
    return createSession?.(scope);
  };
}

/**
 * The session of a client or view. Its code is loaded on first use, because clients without credentials do not need it. With
 * credentials, the code starts to load when the client is created.
 */
export class LazySession implements TokenProvider {
  readonly #tryCreate: TryCreateSession;
  readonly #scope: SessionScope;
  /** Whether calls get their token from the session. */
  readonly #hasTokens: boolean;
  #session: Session | undefined;
  /** The tokens of the session, or none before it is created. */
  #tokens: TokenProvider;

  constructor(tryCreate: TryCreateSession, options: ResolvedOptions, closeSignal: AbortSignalLike) {
    const identity = identityKey(options, configuredPrincipal(options));
    this.#tryCreate = tryCreate;
    this.#scope = { options, identity, closeSignal };
    this.#tokens = withoutTokens(identity);
    this.#hasTokens = (options.auth ?? options.tokenStore) !== undefined;
    if (this.#hasTokens && !sessionCode.loaded) sessionCode.load().catch(() => {}); // the first call reports the failure
  }

  /** @throws {PersonaConnectionError} if the code cannot be loaded. */
  async open(): Promise<Session> {
    await sessionCode.load();
    return this.#openLoaded() as Session;
  }

  /** Returns `undefined` if the code is not loaded. */
  #openLoaded(): Session | undefined {
    this.#session ??= this.#tryCreate(this.#scope);
    if (this.#session) this.#tokens = this.#session.tokenProvider;
    return this.#session;
  }

  get identity(): string {
    return this.#tokens.identity;
  }

  get epoch(): number {
    return this.#tokens.epoch;
  }

  prepare(caller: Call): Promise<void> | undefined {
    return this.#hasTokens && !this.#openLoaded() ? this.open().then(() => {}) : this.#tokens.prepare(caller);
  }

  getToken(caller: Call): Promise<Bearer> | Bearer {
    return this.#tokens.getToken(caller);
  }

  replaceToken(rejectedToken: string | undefined, caller: Call, isServiceResponse: boolean): Promise<Bearer> {
    return this.#tokens.replaceToken(rejectedToken, caller, isServiceResponse);
  }

  onReplacementRejected(token: string): void {
    this.#tokens.onReplacementRejected(token);
  }
}
