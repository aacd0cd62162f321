import type { PersonaErrorCode } from '../error-codes.js';
import type { TimelineEntry } from '../events.js';

export type { PersonaErrorCode } from '../error-codes.js';

/** The call that failed, as far as it may be shown: no headers, no body. */
export interface RequestSummary {
  /** The id sent as `X-Request-Id` with every attempt of the call, to be found in the service's logs. */
  readonly id: string;
  readonly method: string;
  readonly url: string;
}

/** One thing wrong with one field. */
export interface PersonaIssue {
  /** Where, from the outside in: `['demographic', 'age']`. Empty when the whole value is meant. */
  readonly path: readonly (string | number)[];
  /** The rule that was broken, with its bound. */
  readonly message: string;
}

/** What every error of this package knows. */
export interface PersonaErrorDetails {
  readonly code?: PersonaErrorCode;
  readonly request?: RequestSummary | undefined;
  readonly attempts?: number;
  readonly maybeApplied?: boolean;
  readonly timeline?: readonly TimelineEntry[];
  readonly cause?: unknown;
}

interface WithStatus extends PersonaErrorDetails {
  readonly status?: number | undefined;
}

const BRAND = Symbol.for('persona-client.error');
const instanceOf = Function.prototype[Symbol.hasInstance];

/**
 * The root of the family: everything this package throws is one of its kinds.
 *
 * `instanceof` also holds for errors made by another copy of the package, such as
 * the CommonJS build beside the ESM one.
 *
 * @example
 * ```ts
 * try {
 *   await client.personas.create({ name: 'Ada' });
 * } catch (error) {
 *   if (error instanceof PersonaError && error.maybeApplied) await lookWhetherItIsThere();
 * }
 * ```
 */
export class PersonaError extends Error {
  /** The class's name, kept when a minifier renames the class. */
  static get kind(): string {
    return 'PersonaError';
  }

  readonly code: PersonaErrorCode;
  /** The call that failed; absent where there was none, as with a bad option. */
  readonly request: RequestSummary | undefined;
  /** How many attempts of the call went over the wire. 0: nothing was sent. */
  readonly attempts: number;
  /** Whether a failed write may have taken effect. `false` only where it provably has not. */
  readonly maybeApplied: boolean;
  /** What happened to the call, in order: attempts, waits and why, decisions of cache and circuit. At most 100 entries. */
  readonly timeline: readonly TimelineEntry[];

  constructor(message: string, details: PersonaErrorDetails & { readonly code: PersonaErrorCode }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.request = details.request;
    this.attempts = details.attempts ?? 0;
    this.maybeApplied = details.maybeApplied ?? false;
    this.timeline = details.timeline ?? [];
    Object.defineProperty(this, BRAND, { value: kindsOf(new.target) });
  }

  static {
    nameOf(this, (error) => (error.constructor as typeof PersonaError).kind);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (instanceOf.call(this, value)) return true;
    if (!Object.hasOwn(this, 'kind') || typeof value !== 'object' || value === null) return false;
    const kinds = (value as { [BRAND]?: readonly string[] })[BRAND];
    return kinds?.includes(this.kind) ?? false;
  }

  /** A form fit for logs: the error's own fields, with the cause reduced to its message. */
  toJSON(): Record<string, unknown> {
    const { name, message, cause } = this;
    const told = cause instanceof Error ? { cause: { name: cause.name, message: cause.message } } : {};
    return { name, message, ...(this as object), ...told };
  }
}

/** On the prototype, where the stack's first line is taken from. */
function nameOf(target: typeof PersonaError, name: (error: PersonaError) => string): void {
  Object.defineProperty(target.prototype, 'name', {
    configurable: true,
    get(this: PersonaError) {
      return name(this);
    },
  });
}

function kindsOf(target: typeof PersonaError): string[] {
  const kinds: string[] = [];
  for (let c = target; c.kind !== undefined; c = Object.getPrototypeOf(c))
    if (Object.hasOwn(c, 'kind')) kinds.push(c.kind);
  return kinds;
}

/** The input is invalid: found here before anything was sent (`invalid_input`), or by the service's 400 or 422 (`rejected_input`). */
export class PersonaValidationError extends PersonaError {
  static override get kind(): string {
    return 'PersonaValidationError';
  }

  readonly issues: readonly PersonaIssue[];
  readonly status: number | undefined;
  constructor(message: string, details: WithStatus & { readonly issues: readonly PersonaIssue[] }) {
    super(message, { code: 'invalid_input', ...details });
    this.issues = details.issues;
    this.status = details.status;
  }
}

/**
 * The answer is not what the contract says (`invalid_response`), has a status that no other
 * class stands for (`unexpected_status`), or the service has no such route (`route_not_found`).
 */
export class PersonaResponseError extends PersonaError {
  static override get kind(): string {
    return 'PersonaResponseError';
  }

  readonly status: number;
  readonly issues: readonly PersonaIssue[];
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly status: number; readonly issues?: readonly PersonaIssue[] },
  ) {
    super(message, { code: 'invalid_response', ...details });
    this.status = details.status;
    this.issues = details.issues ?? [];
  }
}

/** The service does not accept who is calling: a token refused after the replay, a login refused, or no authentication offered at all. */
export class PersonaAuthenticationError extends PersonaError {
  static override get kind(): string {
    return 'PersonaAuthenticationError';
  }

  readonly status: number | undefined;
  constructor(message: string, details: WithStatus = {}) {
    super(message, { code: 'unauthenticated', ...details });
    this.status = details.status;
  }
}

/** The caller is known and may not do this (403); or the client's own `access` policy is against it, and nothing was sent: then there is no `status`. */
export class PersonaPermissionError extends PersonaError {
  static override get kind(): string {
    return 'PersonaPermissionError';
  }

  readonly status: number | undefined;
  constructor(message: string, details: WithStatus = {}) {
    super(message, { code: 'forbidden', ...details });
    this.status = details.status;
  }
}

/** The service answered that the persona does not exist (404). A missing route is a {@link PersonaResponseError} instead. */
export class PersonaNotFoundError extends PersonaError {
  static override get kind(): string {
    return 'PersonaNotFoundError';
  }

  readonly status = 404;
  readonly personaId: number;
  constructor(message: string, details: PersonaErrorDetails & { readonly personaId: number }) {
    super(message, { code: 'not_found', ...details });
    this.personaId = details.personaId;
  }
}

/** The write contradicts what is stored (409). */
export class PersonaConflictError extends PersonaError {
  static override get kind(): string {
    return 'PersonaConflictError';
  }

  readonly status = 409;
  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'conflict', ...details });
  }
}

/** Too many requests (429). The request was refused, so nothing happened. */
export class PersonaRateLimitError extends PersonaError {
  static override get kind(): string {
    return 'PersonaRateLimitError';
  }

  readonly status = 429;
  /** How long the service asked to be left alone, in milliseconds, where it said so. */
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, { code: 'rate_limited', ...details });
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The service, or something in front of it, failed (5xx). The message never quotes the body, which can hold SQL and personal data. */
export class PersonaServerError extends PersonaError {
  static override get kind(): string {
    return 'PersonaServerError';
  }

  readonly status: number;
  /** How long the service asked to be left alone, in milliseconds, where it said so. */
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly status: number; readonly retryAfterMs?: number | undefined },
  ) {
    super(message, { code: 'server_error', ...details });
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** No answer came: refused, reset, cut in the middle, DNS, TLS. `cause` is the platform's own error. */
export class PersonaConnectionError extends PersonaError {
  static override get kind(): string {
    return 'PersonaConnectionError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'connection_failed', ...details });
  }
}

/** Time ran out: for one attempt (`timeoutMs`), or for the whole call with its waits (`deadlineMs`). */
export class PersonaTimeoutError extends PersonaError {
  static override get kind(): string {
    return 'PersonaTimeoutError';
  }

  readonly scope: 'attempt' | 'deadline';
  /** What the attempt before had failed with, if there was one: the reason behind a passed deadline. */
  readonly lastError: PersonaError | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & {
      readonly scope: 'attempt' | 'deadline';
      readonly lastError?: PersonaError | undefined;
    },
  ) {
    super(message, { code: 'timeout', ...details });
    this.scope = details.scope;
    this.lastError = details.lastError;
  }
}

/** The circuit is open after repeated failures: the request was not sent. */
export class PersonaCircuitOpenError extends PersonaError {
  static override get kind(): string {
    return 'PersonaCircuitOpenError';
  }

  /** When the next request will be let through, in milliseconds from now. */
  readonly retryAfterMs: number;
  constructor(message: string, details: PersonaErrorDetails & { readonly retryAfterMs: number }) {
    super(message, { code: 'circuit_open', ...details });
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** `cache: 'only-if-cached'` was asked for, and nothing is kept: the request was not sent. */
export class PersonaNotCachedError extends PersonaError {
  static override get kind(): string {
    return 'PersonaNotCachedError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'not_cached', ...details });
  }
}

/** The caller gave up, or closed the client. `cause` is the signal's reason. Its `name` is the platform's `AbortError`. */
export class PersonaAbortError extends PersonaError {
  static override get kind(): string {
    return 'PersonaAbortError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'aborted', ...details });
  }

  static {
    nameOf(this, () => 'AbortError');
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set<PersonaErrorCode>([
  'connection_failed',
  'timeout',
  'server_error',
  'circuit_open',
  'rate_limited',
]);

/** The service could not be had just now, as against: it answered no. */
export const isUnavailable = (error: unknown): error is PersonaError =>
  error instanceof PersonaError && UNAVAILABLE.has(error.code);
