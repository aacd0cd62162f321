import type { LazySession } from '../auth/index.js';
import type { Credentials } from '../config/auth-options.js';
import { captureCallSite, withCaller } from '../core/call-site.js';
import { parseInput } from '../core/validate.js';
import { exactObject } from '../schemas/objects.js';
import { once } from '../schemas/once.js';
import { nonEmpty } from '../schemas/validators.js';

/** The state of a session, without its tokens. */
export interface SessionInfo {
  /** Whether the client has tokens. The service may still reject them. */
  readonly isLoggedIn: boolean;
  /** When the access token expires, in ISO 8601. Absent if unknown. */
  readonly expiresAt?: string;
  /** Whether the client has a refresh token. */
  readonly canRefresh: boolean;
}

const credentialsSchema = once(() => exactObject({ username: nonEmpty, password: nonEmpty }));

/** Creates the functions behind `client.auth`. A property with the session would expose the tokens. */
const createActions = (session: LazySession) => ({
  login: async (credentials: Credentials) => {
    const input = parseInput('auth.login', credentialsSchema(), credentials);
    await (await session.open()).login(input);
  },
  refresh: async () => (await session.open()).refresh(),
  logout: async () => (await session.open()).logout(),
  readInfo: async (): Promise<SessionInfo> => {
    const tokens = await (await session.open()).tokens();
    return {
      isLoggedIn: tokens !== undefined,
      ...(tokens?.expiresAt === undefined ? {} : { expiresAt: new Date(tokens.expiresAt).toISOString() }),
      canRefresh: tokens?.refreshToken !== undefined,
    };
  },
});

/** Login and logout: `client.auth`. The client stores and sends the tokens and never reveals them. */
export class Auth {
  private readonly actions: ReturnType<typeof createActions>;
  /** @internal */
  constructor(session: LazySession) {
    this.actions = createActions(session);
  }

  /**
   * Logs in. Later calls send the new access token. The client clears the cached responses of the previous user and does
   * not store the password.
   *
   * A `tokenStore` stores the tokens under this user name. If `principal` is set, and `auth` is unset or names this user,
   * `principal` replaces the user name.
   *
   * @throws {PersonaAuthenticationError} if the service rejects the credentials (`credentials_rejected`) or runs without
   * authentication (`auth_unsupported`).
   * @throws {PersonaValidationError} if the user name or the password is empty. Nothing is sent.
   * @example
   * ```ts
   * await client.auth.login({ username: 'admin', password });
   * ```
   */
  login(credentials: Credentials): Promise<SessionInfo> {
    return withCaller(captureCallSite(this.login), async () => {
      await this.actions.login(credentials);
      return this.actions.readInfo();
    });
  }

  /**
   * Refreshes the tokens now. You rarely need this: the client refreshes tokens before they expire and after the service
   * rejects one. Ignores the pause after a failed login or refresh, and sends a rejected password again.
   *
   * @throws {PersonaAuthenticationError} if the service rejects the refresh (`credentials_rejected`), or if the session ends
   * during the refresh. Also if the client has no refresh token, password or `getToken`.
   */
  refresh(): Promise<SessionInfo> {
    return withCaller(captureCallSite(this.refresh), async () => {
      await this.actions.refresh();
      return this.actions.readInfo();
    });
  }

  /**
   * Logs out: discards the tokens in memory and in the token store, then revokes them at the service.
   *
   * @throws {PersonaError} if the client cannot read or delete the tokens in the token store, or cannot revoke them. The
   * client is logged out anyway.
   */
  logout(): Promise<void> {
    return withCaller(captureCallSite(this.logout), () => this.actions.logout());
  }

  /**
   * Returns the state of the session. Reads the token store if necessary and sends no request.
   *
   * @throws {PersonaAuthenticationError} if the token store cannot be read.
   */
  session(): Promise<SessionInfo> {
    return withCaller(captureCallSite(this.session), () => this.actions.readInfo());
  }
}
