import { PersonaAuthenticationError, PersonaError } from '../errors.js';
import type { Events } from '../events.js';
import { isToken } from '../schemas/token.js';
import { endOf } from './jwt.js';
import type { Patiently } from './patience.js';
import type { AuthRequests } from './requests.js';
import type { AuthOptions, Credentials, TokenPair } from './types.js';

interface SourceParts {
  readonly requests: AuthRequests;
  readonly events: Events;
  readonly patiently: Patiently;
}

/** Where tokens come from, and where they end: the application's function, and the service. Each time is reported. */
export class TokenSource {
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  login(credentials: Credentials): Promise<TokenPair> {
    return this.#report('login', this.#parts.requests.login(credentials));
  }

  logout(accessToken: string): Promise<void> {
    return this.#report('logout', this.#parts.requests.logout(accessToken));
  }

  /**
   * Tokens in place of those held: asked of the application, refreshed, or by password. Nothing where there is no way to any.
   *
   * @param isWanted whether it is still the same who is signed in.
   */
  async next(
    auth: AuthOptions | undefined,
    held: TokenPair | undefined,
    isWanted: () => boolean,
  ): Promise<TokenPair | undefined> {
    if (auth && 'getToken' in auth) return this.#report('refresh', this.#ask(auth, held?.accessToken));
    const password = passwordOf(auth);
    if (held?.refreshToken === undefined) return password && this.login(password);
    return this.#report('refresh', this.#parts.requests.refresh(held)).catch((error: unknown) => {
      if (password && isWanted() && error instanceof PersonaAuthenticationError) return this.login(password);
      throw error;
    });
  }

  async #ask(auth: Asked, refused: string | undefined): Promise<TokenPair> {
    try {
      const accessToken = await this.#parts.patiently('getToken', () => auth.getToken({ refused }));
      if (!isToken(accessToken)) throw new TypeError('getToken gave something that cannot be a token');
      return asGiven(accessToken);
    } catch (error) {
      if (error instanceof PersonaError) throw error;
      throw new PersonaAuthenticationError(
        'The getToken function of the client failed; see the cause. Nothing was sent.',
        { cause: error },
      );
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

type Asked = Extract<AuthOptions, { getToken: unknown }>;

export const passwordOf = (auth: AuthOptions | undefined): Credentials | undefined =>
  auth && 'password' in auth ? auth : undefined;

/** The service's own word, not that of what the application's `getToken` asks. */
export const isRefusal = (
  error: unknown,
  auth: AuthOptions | undefined,
): error is PersonaAuthenticationError =>
  !(auth && 'getToken' in auth) &&
  error instanceof PersonaAuthenticationError &&
  error.code === 'login_refused';

/** The tokens that the application itself gave. */
export function given(auth: AuthOptions | undefined): TokenPair | undefined {
  if (auth && 'token' in auth) return asGiven(auth.token);
  if (auth && 'accessToken' in auth) return { ...asGiven(auth.accessToken), refreshToken: auth.refreshToken };
  return undefined;
}

function asGiven(accessToken: string): TokenPair {
  const expiresAt = endOf(accessToken);
  return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
