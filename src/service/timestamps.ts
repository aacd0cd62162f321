const MICROS_PER_SECOND = 1_000_000;

/** Milliseconds since the Unix epoch with a fraction, so that timestamps have real microseconds. */
export const systemNow = (): number => Date.now() + (performance.now() % 1);

/**
 * ISO 8601 without a zone, in UTC: six fractional digits, none at all when they are zero (wire contract).
 *
 * @example naiveTimestamp(1_795_328_969_793_176) // '2026-11-22T06:29:29.793176'
 */
export function naiveTimestamp(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  const fraction = micros % MICROS_PER_SECOND;
  return fraction === 0 ? seconds : `${seconds}.${String(fraction).padStart(6, '0')}`;
}

/** A clock in microseconds on which every reading is later than the one before, and than `latest`. */
export function createClock(now: () => number, latest = 0): () => number {
  let last = latest;
  return () => {
    last = Math.max(last + 1, Math.round(now() * 1000));
    return last;
  };
}
