/**
 * Reads the monotonic clock, or the wall clock if the runtime has no working `performance`. Only differences between two
 * readings are meaningful.
 *
 * @returns milliseconds.
 */
export function monotonicNow(): number {
  try {
    return performance.now();
  } catch {
    return Date.now() - (Number(globalThis.performance?.timeOrigin) || 0);
  }
}
