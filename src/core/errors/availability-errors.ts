import type { PersonaErrorCode } from '../error-codes.js';
import { defineHidden, PersonaError, type PersonaErrorDetails } from './persona-error.js';

/**
 * The connection failed: refused, reset, DNS, TLS, or a response that was cut off.
 *
 * Also thrown if a part of this package cannot be loaded, for example in a browser that is offline. Check the network and
 * `baseUrl`, and check `maybeApplied` before you repeat a write.
 *
 * `cause` has the name, `code` and `syscall` of the platform's error and a fixed message, because the original may contain
 * tokens. If your own `fetch` throws an `Error` or an error of your own class, that error is the `cause`, unless it has the
 * code of a system error, a property `data`, or a property that is an object.
 */
export class PersonaConnectionError extends PersonaError {
  static override get kind(): string {
    return 'PersonaConnectionError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'connection_failed', ...details });
  }
}

/**
 * An attempt exceeded `timeoutMs`, or the call with its retries exceeded `deadlineMs`.
 *
 * Check `maybeApplied` before you repeat a write. If the service needs more time, raise the limit that `scope` names.
 */
export class PersonaTimeoutError extends PersonaError {
  static override get kind(): string {
    return 'PersonaTimeoutError';
  }

  /** The exceeded limit: `attempt` for `timeoutMs`, `deadline` for `deadlineMs`. */
  readonly scope: 'attempt' | 'deadline';
  /** Error of the previous attempt, if any. It often explains why the call missed its deadline. */
  declare readonly lastError: PersonaError | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & {
      readonly scope: 'attempt' | 'deadline';
      readonly lastError?: PersonaError | undefined;
    },
  ) {
    super(message, { code: 'timeout', ...details });
    this.scope = details.scope;
    defineHidden(this, 'lastError', details.lastError);
  }
}

/**
 * The circuit breaker rejected the attempt, because the service has failed repeatedly. The attempt was not sent.
 *
 * Wait `retryAfterMs`, or use a `fallback`. If an earlier attempt of the call failed, `cause` is its error.
 */
export class PersonaCircuitOpenError extends PersonaError {
  static override get kind(): string {
    return 'PersonaCircuitOpenError';
  }

  /** Time until the circuit breaker lets the next attempt through, in milliseconds. `Infinity` if it stays open. */
  declare readonly retryAfterMs: number;
  constructor(message: string, details: PersonaErrorDetails & { readonly retryAfterMs: number }) {
    super(message, { code: 'circuit_open', ...details });
  }
}

/** `cache: 'only-if-cached'` found no cached entry. Nothing was sent. Repeat the call without this option. */
export class PersonaNotCachedError extends PersonaError {
  static override get kind(): string {
    return 'PersonaNotCachedError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'not_cached', ...details });
  }
}

const UNAVAILABLE_CODES: ReadonlySet<string> = new Set<PersonaErrorCode>([
  'connection_failed',
  'timeout',
  'server_error',
  'circuit_open',
  'rate_limited',
]);

/** Returns `true` if the service is unavailable, as opposed to rejecting the request. */
export const isUnavailable = (error: unknown): error is PersonaError =>
  error instanceof PersonaError && UNAVAILABLE_CODES.has(error.code);
