import { PersonaError, type PersonaErrorDetails } from './persona-error.js';

/**
 * The client could not authenticate. The `code` says why:
 *
 * - `unauthenticated`: the client has no token that the service accepts. Log in, or set the `auth` option. If another user
 *   logged in during the call, repeat the call. A login or refresh has this code if its 401 may come from a proxy: the client
 *   then keeps its credentials. If `getToken` or the token store failed, `cause` is its error.
 * - `credentials_rejected`: the service rejected a login, refresh or logout. Check the credentials, or log in again. The
 *   client itself sends a rejected password again after `retryAfterMs`.
 * - `auth_unsupported`: the service has no authentication endpoints. Remove the `auth` option, or check `baseUrl`.
 *
 * `cause` is an `Error` or an error of your own class. The client replaces platform errors, because they may contain tokens.
 */
export class PersonaAuthenticationError extends PersonaError {
  static override get kind(): string {
    return 'PersonaAuthenticationError';
  }

  /** HTTP status. `undefined` if the error did not come from a response. */
  readonly status: number | undefined;
  constructor(message: string, details: PersonaErrorDetails & { readonly status?: number | undefined } = {}) {
    super(message, { code: 'unauthenticated', ...details });
    this.status = details.status;
  }
}

/**
 * The caller has no permission for the call: the service responded with 403, or the `access` option denies the call.
 *
 * Retrying does not help. Use another user, or change the `access` option.
 */
export class PersonaPermissionError extends PersonaError {
  static override get kind(): string {
    return 'PersonaPermissionError';
  }

  /** HTTP status. `undefined` if the `access` option denied the call; nothing was sent then. */
  readonly status: number | undefined;
  constructor(message: string, details: PersonaErrorDetails & { readonly status?: number | undefined } = {}) {
    super(message, { code: 'forbidden', ...details });
    this.status = details.status;
  }
}
