import type { AuthOptions, Credentials, TokenPair } from '../config/auth-options.js';
import { PersonaAuthenticationError, PersonaError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { isToken } from '../schemas/token.js';
import { endOf } from './jwt.js';
import type { AuthRequests } from './requests.js';
import type { TimeLimit } from './time-limit.js';

interface SourceParts {
  readonly requests: AuthRequests;
  readonly events: Events;
  readonly patiently: TimeLimit;
}

/** Where tokens come from, and where they end: the application's function, and the service. Each time is reported. */
export function tokenSource({ requests, events, patiently }: SourceParts) {
  async function report<T>(action: 'login' | 'refresh' | 'logout', work: Promise<T>): Promise<T> {
    let ok = false;
    try {
      const value = await work;
      ok = true;
      return value;
    } finally {
      events.emit('token', { action, ok });
    }
  }

  async function ask(auth: Asked, refused: string | undefined): Promise<TokenPair> {
    try {
      const accessToken = await patiently('getToken', () => auth.getToken({ refused }));
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

  const login = (credentials: Credentials) => report('login', requests.login(credentials));

  return {
    login,
    logout: (accessToken: string) => report('logout', requests.logout(accessToken)),

    /**
     * Tokens in place of those held: asked of the application, refreshed, or by password. Nothing where there is no way to any.
     *
     * @param isWanted whether it is still the same who is signed in.
     */
    next: async (
      auth: AuthOptions | undefined,
      held: TokenPair | undefined,
      isWanted: () => boolean,
    ): Promise<TokenPair | undefined> => {
      if (auth && 'getToken' in auth) return report('refresh', ask(auth, held?.accessToken));
      const password = passwordOf(auth);
      if (held?.refreshToken === undefined) return password && login(password);
      return report('refresh', requests.refresh(held)).catch((error: unknown) => {
        if (password && isWanted() && error instanceof PersonaAuthenticationError) return login(password);
        throw error;
      });
    },
  };
}

type Asked = Extract<AuthOptions, { getToken: unknown }>;

/** The name and password to sign in with, if there are any. */
export const passwordOf = (auth: AuthOptions | undefined): Credentials | undefined =>
  auth && 'password' in auth ? auth : undefined;

/** The service's own word, not that of what the application's `getToken` asks. */
export const isRefusal = (
  error: unknown,
  auth: AuthOptions | undefined,
): error is PersonaAuthenticationError =>
  !(auth && 'getToken' in auth) &&
  error instanceof PersonaAuthenticationError &&
  error.code === 'credentials_rejected';

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
