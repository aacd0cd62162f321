import { monotonicNow } from './monotonic-now.js';

/** Smaller differences between the clocks come from rounding or from time synchronization. */
const MIN_JUMP_MS = 1_000;

let clockDifferenceMs: number | undefined;
let sleptMs = 0;

/**
 * Reads a clock that includes the time that the machine slept. It never goes back. Only differences between two readings are
 * meaningful.
 *
 * The monotonic clock stops while the machine sleeps, and the wall clock can be set. So this clock follows the monotonic
 * clock, and adds the time by which the wall clock jumps ahead. If the wall clock is set back, nothing changes. If it is set
 * forward, that looks like sleep, which costs a cache miss or an early refresh.
 *
 * @returns milliseconds.
 */
export function sleepAwareNow(): number {
  const now = monotonicNow();
  const differenceMs = Date.now() - now;
  clockDifferenceMs ??= differenceMs;
  const jumpMs = differenceMs - clockDifferenceMs;
  if (Math.abs(jumpMs) >= MIN_JUMP_MS) {
    clockDifferenceMs = differenceMs;
    sleptMs += Math.max(0, jumpMs);
  }
  return now + sleptMs;
}

/** Converts a reading of `sleepAwareNow` to the monotonic clock, without reading it. Use it at once, because the machine may sleep. */
export const toMonotonic = (sleepAwareMs: number): number => sleepAwareMs - sleptMs;
