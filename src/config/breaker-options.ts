import type { PersonaError } from '../core/errors/index.js';

/** Result of an attempt: the status of its response, or the error that prevented a response. */
export interface AttemptOutcome {
  /** HTTP status. Absent if there was no response. */
  readonly status?: number;
  /** A failed connection or a timeout. Absent if there was a response. */
  readonly error?: PersonaError;
}

/**
 * Configures the circuit breaker, which rejects requests without sending them while the service keeps failing.
 *
 * One broken persona does not stop the client. A failure scope is a persona, a page of the list, another path, or all
 * creates together. If one scope repeatedly fails with 500 while others succeed, its failures count once. All other failures
 * count each time.
 *
 * If one scope alone opened the circuit or failed the probe, the circuit lets one attempt for another scope through:
 * the extra probe. If it succeeds, the circuit closes. See `docs/reference/rules.md`.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ breaker: { failMax: 10, resetTimeoutMs: 30_000 } });
 * ```
 */
export interface BreakerOptions {
  /**
   * Number of consecutive failed attempts that opens the circuit. Each retry is an attempt, so a call with three retries can
   * fail four times. Repeated 500s for one failure scope count once if another one succeeded between them within `windowMs`.
   *
   * @default 5
   */
  failMax?: number;
  /**
   * Time that the circuit stays open before the client sends one probe, in milliseconds. `Infinity` keeps it open, unless an
   * extra probe for another failure scope succeeds.
   *
   * @default 60_000
   */
  resetTimeoutMs?: number;
  /**
   * Failure rate that opens the circuit, in percent of the attempts within `windowMs`. Above 0, and up to 100.
   *
   * @default none: `failMax` decides
   */
  errorThresholdPercentage?: number;
  /** Minimum number of attempts within `windowMs` before `errorThresholdPercentage` applies. @default 10 */
  volumeThreshold?: number;
  /**
   * Length of the sliding window for `errorThresholdPercentage`, in milliseconds. At least 10. Also how long the client
   * remembers that one failure scope fails with 500 while others succeed.
   *
   * Set it to several times `timeoutMs`. In a shorter window, too few of the attempts that time out would count.
   *
   * @default 60_000
   */
  windowMs?: number;
  /**
   * Returns whether an attempt counts as a failure. Aborted calls and missed deadlines never count. If the function throws,
   * the default applies.
   *
   * @default failed connections, attempts that time out, and statuses of 500 and above
   */
  isFailure?: (outcome: AttemptOutcome) => boolean;
}

/** Circuit breaker options with defaults. */
export interface ResolvedBreakerOptions {
  readonly failMax: number;
  readonly resetTimeoutMs: number;
  readonly errorThresholdPercentage?: number | undefined;
  readonly volumeThreshold: number;
  readonly windowMs: number;
  readonly isFailure?: ((outcome: AttemptOutcome) => boolean) | undefined;
}

export const resolveBreakerOptions = (
  options: BreakerOptions | false | undefined,
): ResolvedBreakerOptions | false =>
  options !== false && {
    failMax: 5,
    resetTimeoutMs: 60_000,
    volumeThreshold: 10,
    windowMs: 60_000,
    ...options,
  };
