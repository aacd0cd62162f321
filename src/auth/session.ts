import { PersonaAuthenticationError, PersonaError } from '../errors.js';
import type { Events } from '../events.js';
import { abortable } from '../pipeline/abort.js';
import type { Tokens } from '../pipeline/authorize.js';
import { lifetimeOf } from './jwt.js';
import type { AuthRequests } from './requests.js';
import type { AuthOptions, Credentials, TokenPair, TokenStore } from './types.js';

/** A token is replaced this long before its end, or after three quarters of a short life. */
const EARLY_MS = 30_000;

interface SessionParts {
  readonly auth: AuthOptions | undefined;
  readonly store: TokenStore | undefined;
  readonly storeKey: string;
  readonly requests: AuthRequests;
  readonly events: Events;
  /** Someone else is calling from now on: nothing read before may be served. */
  readonly identityChanged: () => void;
}

/**
 * One identity's tokens: loaded, obtained, replaced, given up.
 *
 * Obtaining is done once, however many calls wait for it, and cannot be aborted by any of them.
 * What it brings is kept only if nobody signed in or out meanwhile.
 */
export class Session implements Tokens {
  readonly #parts: SessionParts;
  #auth: AuthOptions | undefined;
  #tokens: TokenPair | undefined;
  #loading: Promise<void> | undefined;
  #obtaining: Promise<TokenPair | undefined> | undefined;
  /** The service refused the password: not to be tried again with every call. */
  #refusal: PersonaAuthenticationError | undefined;
  #epoch = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#auth = parts.auth;
    this.#tokens = given(parts.auth);
  }

  async current(signal: AbortSignal): Promise<string | undefined> {
    await this.#load();
    const tokens = this.#tokens;
    if (tokens && !isEnding(tokens, EARLY_MS)) return tokens.accessToken;
    if (tokens && !this.#canReplace(tokens)) return tokens.accessToken;
    if (this.#refusal) throw this.#refusal;
    if (!tokens && !this.#auth) return undefined;
    try {
      return (await abortable(this.#obtain(), signal))?.accessToken;
    } catch (error) {
      const refused = error instanceof PersonaAuthenticationError;
      if (tokens && !refused && !signal.aborted && !isEnding(tokens, 0)) return tokens.accessToken;
      throw error;
    }
  }

  async replace(refused: string | undefined, signal: AbortSignal): Promise<string | undefined> {
    await this.#load();
    const tokens = this.#tokens;
    if (tokens && tokens.accessToken !== refused) return tokens.accessToken;
    return (await abortable(this.#obtain(), signal))?.accessToken;
  }

  async login(credentials: Credentials): Promise<TokenPair> {
    const epoch = ++this.#epoch;
    const tokens = await this.#report('login', this.#parts.requests.login(credentials));
    if (epoch === this.#epoch) {
      this.#refusal = undefined;
      if (!(this.#auth && 'username' in this.#auth && this.#auth.username === credentials.username))
        this.#auth = undefined;
      this.#parts.identityChanged();
      await this.#keep(tokens);
    }
    return tokens;
  }

  /** Replace the tokens now. */
  async refresh(): Promise<void> {
    await this.#load();
    const tokens = await this.#obtain();
    if (!tokens)
      throw new PersonaAuthenticationError(
        'auth.refresh: there is nothing to refresh with; sign in first. Nothing was sent.',
      );
  }

  /** Forget everything here first, then tell the service. */
  async logout(): Promise<void> {
    await this.#load();
    const tokens = this.#tokens;
    const forgotten = this.#end();
    forgotten.catch(() => {}); // it is waited for below
    try {
      if (tokens) await this.#report('logout', this.#parts.requests.logout(tokens.accessToken));
    } finally {
      await forgotten;
    }
  }

  async tokens(): Promise<TokenPair | undefined> {
    await this.#load();
    return this.#tokens;
  }

  #canReplace(tokens: TokenPair): boolean {
    return tokens.refreshToken !== undefined || (this.#auth !== undefined && !('token' in this.#auth));
  }

  #load(): Promise<void> | undefined {
    const { store, storeKey } = this.#parts;
    if (store === undefined) return undefined;
    this.#loading ??= (async () => {
      const epoch = this.#epoch;
      const stored = await store.get(storeKey);
      if (stored && epoch === this.#epoch) this.#tokens = stored;
    })().catch((error: unknown) => {
      this.#loading = undefined;
      throw storeFailed('read, so it is not known who is signed in. Nothing was sent', error);
    });
    return this.#loading;
  }

  #obtain(): Promise<TokenPair | undefined> {
    this.#obtaining ??= this.#next(this.#tokens).finally(() => {
      this.#obtaining = undefined;
    });
    return this.#obtaining;
  }

  async #next(tokens: TokenPair | undefined): Promise<TokenPair | undefined> {
    const epoch = this.#epoch;
    const next = await this.#source(tokens);
    if (next && epoch === this.#epoch) await this.#keep(next);
    return epoch === this.#epoch ? next : this.#tokens;
  }

  async #source(tokens: TokenPair | undefined): Promise<TokenPair | undefined> {
    const { requests } = this.#parts;
    const auth = this.#auth;
    if (auth && 'getToken' in auth) return this.#report('refresh', ask(auth.getToken, tokens?.accessToken));
    const password = auth && 'password' in auth ? auth : undefined;
    try {
      if (tokens?.refreshToken !== undefined)
        return await this.#report('refresh', requests.refresh(tokens)).catch((error: unknown) => {
          if (password && error instanceof PersonaAuthenticationError)
            return this.#report('login', requests.login(password));
          throw error;
        });
      return password && (await this.#report('login', requests.login(password)));
    } catch (error) {
      const refused = error instanceof PersonaAuthenticationError && error.code === 'login_refused';
      if (refused && this.#tokens === tokens) {
        await this.#end().catch(() => {}); // the refusal says more
        this.#refusal = error;
      }
      throw error;
    }
  }

  async #keep(tokens: TokenPair): Promise<void> {
    this.#tokens = tokens;
    const { store, storeKey, events } = this.#parts;
    try {
      await store?.set(storeKey, tokens);
    } catch {
      events.emit('token', { action: 'store', ok: false }); // they are good all the same, until the program ends
    }
  }

  async #end(): Promise<void> {
    this.#epoch++;
    this.#refusal = undefined;
    this.#auth = undefined;
    this.#tokens = undefined;
    this.#parts.identityChanged();
    try {
      await this.#parts.store?.delete(this.#parts.storeKey);
    } catch (error) {
      throw storeFailed('delete, so the tokens may still be in it. Here they are forgotten', error);
    }
  }

  async #report<T>(action: 'login' | 'refresh' | 'logout', work: Promise<T>): Promise<T> {
    const done = (ok: boolean) => this.#parts.events.emit('token', { action, ok });
    return work.then(
      (value) => {
        done(true);
        return value;
      },
      (error: unknown) => {
        done(false);
        throw error;
      },
    );
  }
}

const storeFailed = (what: string, cause: unknown) =>
  new PersonaAuthenticationError(`The token store failed to ${what}. See the cause.`, { cause });

function given(auth: AuthOptions | undefined): TokenPair | undefined {
  if (auth && 'token' in auth) return { accessToken: auth.token };
  if (auth && 'accessToken' in auth)
    return { accessToken: auth.accessToken, refreshToken: auth.refreshToken };
  return undefined;
}

async function ask(
  getToken: Extract<AuthOptions, { getToken: unknown }>['getToken'],
  refused: string | undefined,
) {
  try {
    const accessToken = await getToken({ refused });
    if (typeof accessToken !== 'string' || accessToken === '') throw new TypeError('getToken gave no token');
    const lifetimeMs = lifetimeOf(accessToken);
    return { accessToken, ...(lifetimeMs === undefined ? {} : { expiresAt: Date.now() + lifetimeMs }) };
  } catch (error) {
    if (error instanceof PersonaError) throw error;
    throw new PersonaAuthenticationError(
      'The getToken function of the client failed; see the cause. Nothing was sent.',
      {
        cause: error,
      },
    );
  }
}

function isEnding({ accessToken, expiresAt }: TokenPair, earlyMs: number): boolean {
  if (expiresAt === undefined) return false;
  const early = Math.min(earlyMs, (lifetimeOf(accessToken) ?? Number.POSITIVE_INFINITY) / 4);
  return Date.now() >= expiresAt - early;
}
