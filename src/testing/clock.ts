/** A clock that stands still until it is told otherwise. */
export interface VirtualClock {
  /** For the service's `now`: milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Lets time pass. */
  advance(ms: number): void;
}

/**
 * A clock for a service: its timestamps and the ends of its tokens are then the same in every run, and an hour passes at once.
 * Delays and `latencyMs` are not affected.
 *
 * @param start the time to begin with: a date, or text or milliseconds that make one. @default 2026-01-01T00:00:00Z
 * @throws TypeError when that is no time, or when time is to go backwards.
 * @example
 * const clock = createVirtualClock();
 * await using service = createPersonaService({ now: clock.now, auth: { users: { admin: 'secret' } } });
 * clock.advance(3_600_000); // access tokens issued until now are past their hour
 */
export function createVirtualClock(start: Date | string | number = '2026-01-01T00:00:00Z'): VirtualClock {
  let at = new Date(start).getTime();
  if (Number.isNaN(at)) throw new TypeError(`createVirtualClock: ${start} is no time`);
  return {
    now: () => at,
    advance: (ms) => {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new TypeError(`A clock advances by milliseconds from 0 on, not ${ms}`);
      at += ms;
    },
  };
}
