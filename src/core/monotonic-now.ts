/**
 * Reads the monotonic clock. Only differences have a meaning. Reads the wall clock if the runtime has no working `performance`.
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
