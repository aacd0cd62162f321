export const MICROS_PER_SECOND = 1_000_000;

/**
 * Returns the current time in milliseconds since the Unix epoch.
 *
 * The fraction of a millisecond comes from the monotonic clock. Timestamps then have six fractional digits.
 */
export const systemNow = (): number => Date.now() + (performance.now() % 1);

/**
 * Formats a time in microseconds since the Unix epoch as ISO 8601, in UTC and without a zone, as real services do.
 *
 * The fraction has six digits, and is absent if it is zero.
 *
 * @example formatTimestamp(1_795_328_969_793_176) // '2026-11-22T06:29:29.793176'
 */
export function formatTimestamp(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  const fraction = micros % MICROS_PER_SECOND;
  return fraction === 0 ? seconds : `${seconds}.${String(fraction).padStart(6, '0')}`;
}

/**
 * Creates a clock in microseconds whose readings strictly increase.
 *
 * @param now the underlying clock in milliseconds.
 * @param latestMicros every reading is later than this time.
 */
export function createMonotonicClock(now: () => number, latestMicros = 0): () => number {
  let lastMicros = latestMicros;
  return () => {
    lastMicros = Math.max(lastMicros + 1, Math.round(now() * 1000));
    return lastMicros;
  };
}
