import type { Persona } from '../../schemas/persona.js';
import { defineHidden, PersonaError, type PersonaErrorDetails } from './persona-error.js';
import { limitIssues, type PersonaIssue } from './validation-error.js';

/**
 * The client cannot use the response. The `code` says why:
 *
 * - `invalid_response`: the body does not match its schema, or exceeds `maxResponseBytes`. With a `personaId`, the stored
 *   data of that persona is invalid: correct it in the service. Otherwise check the version of the service, or raise the
 *   limit.
 * - `unexpected_status`: no other error class covers the status. The client does not follow redirects. For a
 *   3xx, set `baseUrl` to the final URL.
 * - `route_not_found`: the service has no such route. Check the options `baseUrl`, `apiVersion` and `dialect`.
 */
export class PersonaResponseError extends PersonaError {
  static override get kind(): string {
    return 'PersonaResponseError';
  }

  /** HTTP status. `0` for a redirect whose status the platform hides, or if `fetch` returned no `Response`. */
  readonly status: number;
  /** Fields that do not match the schema, or that the service named in its error. At most 20. May be empty. */
  declare readonly issues: readonly PersonaIssue[];
  /** Id of the persona whose stored data is invalid. `undefined` if the error is not about one persona. */
  readonly personaId: number | undefined;
  /** The page of the list whose rows are all unusable. `undefined` for other errors. An iteration continues after such a page. */
  readonly page: UnusablePage | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & {
      readonly status: number;
      readonly issues?: readonly PersonaIssue[];
      readonly personaId?: number | undefined;
      readonly page?: UnusablePage | undefined;
    },
  ) {
    super(message, { code: 'invalid_response', ...details });
    this.status = details.status;
    defineHidden(this, 'issues', limitIssues(details.issues));
    this.personaId = details.personaId;
    this.page = details.page;
  }
}

/** A page of the list without any row that has a usable id, name and timestamps. */
interface UnusablePage {
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
}

/** The persona does not exist (404). A missing route throws {@link PersonaResponseError} instead. */
export class PersonaNotFoundError extends PersonaError {
  static override get kind(): string {
    return 'PersonaNotFoundError';
  }

  /** HTTP status. */
  readonly status = 404;
  /** Id of the missing persona. */
  readonly personaId: number;
  constructor(message: string, details: PersonaErrorDetails & { readonly personaId: number }) {
    super(message, { code: 'not_found', ...details });
    this.personaId = details.personaId;
  }
}

/**
 * The write conflicts with stored data. With the option `ifUnmodifiedSince`, the persona has changed since the version that
 * the update is based on. Compare `stored` with `data`, then update again with the `updated_at` of `stored`.
 *
 * Logs and `toJSON` do not contain `stored` and `data`, because these hold personal data.
 *
 * @example
 * ```ts
 * if (error instanceof PersonaConflictError) console.log(error.stored?.name, error.data);
 * ```
 */
export class PersonaConflictError extends PersonaError {
  static override get kind(): string {
    return 'PersonaConflictError';
  }

  /** 409 or 412 from the service. `undefined` if the client found the conflict, and sent no update. */
  readonly status: number | undefined;
  /** The option `ifUnmodifiedSince` of the update. `undefined` if the update has none. */
  readonly ifUnmodifiedSince: string | undefined;
  /**
   * Whether `stored` already has all values of `data`, so you need not update again. Either one of your earlier attempts was
   * applied, or another client has stored the same values. `false` if unknown, or if `data` has redacted fields.
   */
  readonly isApplied: boolean;
  /** The persona as it is stored now. `undefined` if the update has no condition, or the persona could not be read. */
  declare readonly stored: Persona | undefined;
  /** The data of the update. `undefined` if the update has no condition. */
  declare readonly data: Readonly<Record<string, unknown>> | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & {
      readonly status?: number | undefined;
      readonly ifUnmodifiedSince?: string;
      readonly isApplied?: boolean;
      readonly stored?: Persona;
      readonly data?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message, { code: 'conflict', ...details });
    const { status, ifUnmodifiedSince, isApplied = false, stored, data } = details;
    this.status = status;
    this.ifUnmodifiedSince = ifUnmodifiedSince;
    this.isApplied = isApplied;
    // Logs and inspection do not show what a getter returns. A private field would not work behind a Proxy.
    Object.defineProperties(this, { stored: { get: () => stored }, data: { get: () => data } });
  }
}

/**
 * Too many requests (429). The service did not process the last request.
 *
 * Thrown after all permitted retries. Wait at least `retryAfterMs`, or lower `concurrency`.
 */
export class PersonaRateLimitError extends PersonaError {
  static override get kind(): string {
    return 'PersonaRateLimitError';
  }

  /** HTTP status. */
  readonly status = 429;
  /** Delay from the `Retry-After` header, in milliseconds. `undefined` if the service sent none. */
  declare readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, { code: 'rate_limited', ...details });
  }
}

/**
 * The service, or a proxy in front of it, failed (5xx).
 *
 * Thrown after all permitted retries. Check `maybeApplied` before you repeat a write. The code is `rejected_input` if a
 * 500 wraps the service's own 400 for a malformed request. Do not repeat such a request.
 *
 * The message never contains the response body, which may contain SQL and personal data.
 */
export class PersonaServerError extends PersonaError {
  static override get kind(): string {
    return 'PersonaServerError';
  }

  /** HTTP status, 500 or higher. */
  readonly status: number;
  /** Delay from the `Retry-After` header, in milliseconds. `undefined` if the service sent none. */
  declare readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly status: number; readonly retryAfterMs?: number | undefined },
  ) {
    super(message, { code: 'server_error', ...details });
    this.status = details.status;
  }
}
