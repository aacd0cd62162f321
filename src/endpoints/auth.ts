import * as z from 'zod/mini';
import type { Session } from '../auth/session.js';
import type { Credentials } from '../config/auth-options.js';
import { parseInput } from '../core/validate.js';
import { nonEmpty, once } from '../schemas/rules.js';

/** Who is signed in, as far as it may be shown: no tokens. */
export interface SessionInfo {
  /** Tokens are at hand; whether the service still accepts them shows when they are used. */
  readonly signedIn: boolean;
  /** When the access token ends, in ISO 8601, where it tells. */
  readonly expiresAt?: string;
  /** A refresh token is at hand. */
  readonly refreshable: boolean;
}

const credentials = once(() => z.object({ username: nonEmpty(), password: nonEmpty() }));

/** Signing in and out: `client.auth`. Tokens are kept and sent by the client; they are never shown. */
export class Auth {
  readonly #session: Session;
  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Sign in. From then on every call carries the token; what was cached for someone else is dropped.
   * The password is not kept. In a `tokenStore` the tokens go under this user's name; under `principal` if `auth`
   * names this user or nobody.
   *
   * @throws {PersonaAuthenticationError} `credentials_rejected`, or `auth_unsupported` by a service that runs without it.
   * @example
   * ```ts
   * await client.auth.login({ username: 'admin', password });
   * ```
   */
  async login(given: Credentials): Promise<SessionInfo> {
    await this.#session.login(parseInput('auth.login', credentials(), given));
    return this.session();
  }

  /**
   * Replace the tokens now. Not needed as a rule: it happens before they end, and when one is refused.
   *
   * @throws {PersonaAuthenticationError} `credentials_rejected` when the service refuses; when there is nothing to refresh
   * with; when signed out meanwhile.
   */
  async refresh(): Promise<SessionInfo> {
    await this.#session.refresh();
    return this.session();
  }

  /**
   * Sign out: the tokens are forgotten here at once, then revoked at the service.
   *
   * @throws {PersonaError} when the service could not be told; signed out here it is all the same.
   */
  async logout(): Promise<void> {
    await this.#session.logout();
  }

  /**
   * Whether anyone is signed in. Asks the token store, if need be, and no service.
   *
   * @throws {PersonaAuthenticationError} when the token store cannot be read.
   */
  async session(): Promise<SessionInfo> {
    const tokens = await this.#session.tokens();
    return {
      signedIn: tokens !== undefined,
      ...(tokens?.expiresAt === undefined ? {} : { expiresAt: new Date(tokens.expiresAt).toISOString() }),
      refreshable: tokens?.refreshToken !== undefined,
    };
  }
}
