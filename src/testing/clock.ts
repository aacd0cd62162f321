/** A clock that only moves when you advance it. */
export interface VirtualClock {
  /** Returns the current time in milliseconds since the Unix epoch. Pass this function to the service as `now`. */
  readonly now: () => number;
  /**
   * Moves the clock forward by `ms` milliseconds.
   *
   * @throws {TypeError} if `ms` is negative, infinite, or `NaN`.
   */
  advance(ms: number): void;
}

/**
 * Creates a clock for a service, so that timestamps and token lifetimes are the same in every run.
 *
 * The clock does not affect `delayMs` of faults or `latencyMs`. Both use real time.
 *
 * @param start initial time, as a `Date`, a date string, or milliseconds since the Unix epoch. @default 2026-01-01T00:00:00Z
 * @throws {TypeError} if `start` is not a valid time.
 * @example
 * const clock = createVirtualClock();
 * await using service = createPersonaService({ now: clock.now, auth: { users: { admin: 'secret' } } });
 * clock.advance(3_600_000); // access tokens issued so far are now expired
 */
export function createVirtualClock(start: Date | string | number = '2026-01-01T00:00:00Z'): VirtualClock {
  let nowMs = new Date(start).getTime();
  if (Number.isNaN(nowMs)) throw new TypeError(`createVirtualClock: ${start} is not a valid time`);
  return {
    now: () => nowMs,
    advance: (ms) => {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new TypeError(`advance() needs a finite number of milliseconds of at least 0, not ${ms}`);
      nowMs += ms;
    },
  };
}
