import type { AuthOptions, Credentials } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import type { PersonaAuthenticationError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { ClientCode } from './client-code.js';
import { tokenExpiresAt } from './jwt.js';
import type { AuthRequests } from './requests.js';
import type { TimeLimit } from './time-limit.js';

interface TokenSourceDeps {
  readonly code: ClientCode;
  readonly requests: AuthRequests;
  readonly events: EventEmitter;
  readonly withTimeout: TimeLimit;
}

export type TokenSource = ReturnType<typeof createTokenSource>;

/** Obtains and revokes tokens, by `getToken` or by requests to the service. Emits a `token` event for each action. */
export function createTokenSource({ code, requests, events, withTimeout }: TokenSourceDeps) {
  const { isFrameworkError, isToken, PersonaAuthenticationError, PersonaError, sanitizeCause } = code;

  async function withEvent<T>(action: 'login' | 'refresh' | 'logout', work: Promise<T>): Promise<T> {
    let ok = false;
    try {
      const value = await work;
      ok = true;
      return value;
    } finally {
      events.emit('token', { action, ok });
    }
  }

  async function callGetToken(auth: GetTokenAuth, previousToken: string | undefined): Promise<TokenPair> {
    try {
      const accessToken = await withTimeout('getToken', () => auth.getToken({ previousToken }));
      if (!isToken(accessToken))
        throw new TypeError(
          'getToken returned a malformed token. Tokens are printable ASCII without spaces.',
        );
      return toTokenPair(accessToken);
    } catch (error) {
      if (error instanceof PersonaError || isFrameworkError(error)) throw error;
      throw new PersonaAuthenticationError('The getToken function failed. Nothing was sent. See the cause.', {
        cause: sanitizeCause(error),
      });
    }
  }

  /** Whether the client must log in: the service rejected the refresh token, or does not offer refreshes. */
  const isRefreshRejected = (error: unknown): boolean =>
    error instanceof PersonaAuthenticationError && error.code !== 'unauthenticated';

  const login = (credentials: Credentials) => withEvent('login', requests.login(credentials));

  return {
    login,
    logout: (accessToken: string) => withEvent('logout', requests.logout(accessToken)),

    /**
     * Obtains tokens by `getToken`, by a refresh, or by a login with the password.
     *
     * @param current the tokens to replace.
     * @param isSameSession returns false if the session ended or switched its identity in the meantime.
     * @param onProgress called before a login that follows a rejected refresh.
     * @returns undefined if `auth` and `current` allow none of the three.
     */
    obtain: async (
      auth: AuthOptions | undefined,
      current: TokenPair | undefined,
      isSameSession: () => boolean,
      onProgress: () => void,
    ): Promise<TokenPair | undefined> => {
      if (auth && 'getToken' in auth) return withEvent('refresh', callGetToken(auth, current?.accessToken));
      const credentials = passwordCredentials(auth);
      if (current?.refreshToken === undefined) return credentials && login(credentials);
      return withEvent('refresh', requests.refresh(current)).catch((error: unknown) => {
        if (!credentials || !isSameSession() || !isRefreshRejected(error)) throw error;
        onProgress();
        return login(credentials);
      });
    },
  };
}

type GetTokenAuth = Extract<AuthOptions, { getToken: unknown }>;

/** The user name and password in `auth`, if it has them. */
export const passwordCredentials = (auth: AuthOptions | undefined): Credentials | undefined =>
  auth && 'password' in auth ? auth : undefined;

/** Whether the service rejected the client's credentials. Errors that `getToken` throws do not count. */
export const isCredentialsRejected = (
  { PersonaAuthenticationError }: ClientCode,
  error: unknown,
  auth: AuthOptions | undefined,
): error is PersonaAuthenticationError =>
  !(auth && 'getToken' in auth) &&
  error instanceof PersonaAuthenticationError &&
  error.code === 'credentials_rejected';

/** The tokens in `auth`, if it has them. */
export function suppliedTokens(auth: AuthOptions | undefined): TokenPair | undefined {
  if (auth && 'token' in auth) return toTokenPair(auth.token);
  if (auth && 'accessToken' in auth)
    return { ...toTokenPair(auth.accessToken), refreshToken: auth.refreshToken };
  return undefined;
}

/** The storage name from the client options. `token` and `getToken` are supplied on every start, so they are never stored. */
export function configuredStorageName({ auth, principal }: ResolvedOptions): string | undefined {
  if (auth && ('token' in auth || 'getToken' in auth)) return undefined;
  return principal ?? (auth && 'username' in auth ? auth.username : undefined);
}

function toTokenPair(accessToken: string): TokenPair {
  const expiresAt = tokenExpiresAt(accessToken);
  return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
