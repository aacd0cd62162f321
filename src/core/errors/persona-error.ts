import { ERROR_BRAND, type PersonaErrorCode } from '../error-codes.js';
import type { TimelineEntry } from '../events.js';
import { toSafeText } from '../safe-text.js';

/** The request of a failed call. Contains no headers and no body. */
export interface RequestSummary {
  /** Request id, sent as `X-Request-Id` with every attempt. Search for it in the service's logs. */
  readonly id: string;
  /** The HTTP method. */
  readonly method: string;
  /** The URL with its query, without credentials. */
  readonly url: string;
}

/** Properties that the constructor of every error class accepts. */
export interface PersonaErrorDetails {
  /** Machine-readable reason. @default the code of the class */
  readonly code?: PersonaErrorCode;
  /** The request that failed. */
  readonly request?: RequestSummary | undefined;
  /** Number of attempts that were sent. @default 0 */
  readonly attempts?: number;
  /** Whether a write may have taken effect. @default false */
  readonly maybeApplied?: boolean;
  /** What happened in the call. @default [] */
  readonly timeline?: readonly TimelineEntry[];
  /** How long to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

const MAX_MESSAGE_BYTES = 2_000;
const isInstance = Function.prototype[Symbol.hasInstance];

/**
 * Base class of the errors of this package. `docs/reference/errors.md` lists the classes and codes.
 *
 * `instanceof` also recognizes errors from another copy of the package, such as its CommonJS build.
 *
 * @example
 * ```ts
 * try {
 *   await client.personas.create({ name: 'Ada' });
 * } catch (error) {
 *   if (!(error instanceof PersonaError)) throw error;
 *   console.error(error.code, error.request?.id);
 *   if (error.maybeApplied) console.warn('Look for the persona before you create it again.');
 * }
 * ```
 */
export class PersonaError extends Error {
  /** Name of the class. Minifiers rename classes but not this value. */
  static get kind(): string {
    return 'PersonaError';
  }

  /** Machine-readable reason, for `switch` statements. */
  readonly code: PersonaErrorCode;
  /** The request that failed. `undefined` if there is none, for example for invalid options or input. */
  readonly request: RequestSummary | undefined;
  /** Number of attempts that the call sent. `0` if nothing was sent. */
  readonly attempts: number;
  /**
   * Whether a failed write may have taken effect. If `true`, check the stored data before you repeat the write.
   *
   * `false` for reads, and for writes that certainly had no effect. After one uncertain attempt it stays `true`, even if
   * later attempts certainly had no effect.
   */
  readonly maybeApplied: boolean;
  /**
   * Events of the call in order: attempts, retries, cache and circuit breaker decisions. At most 100 entries.
   *
   * Not enumerable, so that Node.js prints little for an uncaught error. `console.log` shows the last five events, and `toJSON`
   * all.
   */
  declare readonly timeline: readonly TimelineEntry[];
  /**
   * Time until it makes sense to try again, in milliseconds. Absent or `undefined` if unknown.
   *
   * It comes from a `Retry-After` header, from the circuit breaker, or from the pause after a failed login or refresh.
   */
  declare readonly retryAfterMs?: number | undefined;

  constructor(message: string, details: PersonaErrorDetails & { readonly code: PersonaErrorCode }) {
    nameClass(new.target);
    super(
      toSafeText(message, MAX_MESSAGE_BYTES),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = details.code;
    this.request = details.request;
    this.attempts = details.attempts ?? 0;
    this.maybeApplied = details.maybeApplied ?? false;
    defineHidden(this, 'timeline', details.timeline ?? []);
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    Object.defineProperty(this, ERROR_BRAND, { value: kindChain(new.target), configurable: true });
  }

  /** Recognizes errors of other copies of this package by their brand. A subclass needs its own `kind` for that. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (isInstance.call(this, value)) return true;
    if (!Object.hasOwn(this, 'kind') || typeof value !== 'object' || value === null) return false;
    const kinds = (value as { [ERROR_BRAND]?: readonly string[] })[ERROR_BRAND];
    return kinds?.includes(this.kind) ?? false;
  }

  /**
   * Returns a plain object for logs: the fields, including `timeline`, `issues` and `lastError`, and the name and message of
   * the cause.
   */
  toJSON(): Record<string, unknown> {
    const { name, message, cause } = this;
    const json: Record<string, unknown> = { name, message, ...(this as object) };
    for (const key of HIDDEN_DETAILS) if (Object.hasOwn(this, key)) json[key] = Reflect.get(this, key);
    if (cause instanceof Error) json.cause = { name: cause.name, message: cause.message };
    return json;
  }
}

/** Properties that are not enumerable, because Node.js prints all enumerable properties of an uncaught error. */
const HIDDEN_DETAILS = ['timeline', 'issues', 'lastError'] as const;

/**
 * Defines a property that is not enumerable. The class must `declare` it. The property is writable, because otherwise a Proxy of
 * the error could not wrap the value.
 */
export const defineHidden = (
  error: PersonaError,
  name: (typeof HIDDEN_DETAILS)[number],
  value: unknown,
): unknown => Object.defineProperty(error, name, { value, writable: true, configurable: true });

/** Creates an error of the same class with another message. Keeps the cause, and all details that are not replaced. */
export function copyError<T extends PersonaError>(
  error: T,
  message: string,
  details: PersonaErrorDetails,
): T {
  const ErrorClass = error.constructor as new (message: string, details: object) => T;
  return new ErrorClass(message, { ...error.toJSON(), cause: error.cause, ...details });
}

/** Copies an error of shared work, so that each caller gets its own stack. Returns any other value unchanged. */
export const copyForCaller = (error: unknown): unknown =>
  error instanceof PersonaError ? copyError(error, error.message, {}) : error;

/** Returns the HTTP status of an error, or `undefined` if no response caused the error. */
export const getStatus = (error: PersonaError): number | undefined =>
  'status' in error && typeof error.status === 'number' ? error.status : undefined;

/** Defines `name` on the prototype, where engines read it for the stack. JavaScriptCore would not call a getter there. */
const nameClass = ({ prototype, kind }: typeof PersonaError): void => {
  const value = kind === 'PersonaAbortError' ? 'AbortError' : kind;
  if (!Object.hasOwn(prototype, 'name'))
    Reflect.defineProperty(prototype, 'name', { value, writable: true, configurable: true });
};

/** Returns the kinds of a class and its base classes. */
function kindChain(target: typeof PersonaError): string[] {
  const kinds: string[] = [];
  for (let errorClass = target; errorClass.kind !== undefined; errorClass = Object.getPrototypeOf(errorClass))
    if (Object.hasOwn(errorClass, 'kind')) kinds.push(errorClass.kind);
  return kinds;
}
