import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleepAwareNow } from '../../../src/core/clock.js';

const HOUR = 3_600_000;
/** Smaller differences between the clocks are rounding. */
const MIN_JUMP_MS = 1_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Both clocks advance by `ms`. */
const pass = (ms: number) => void vi.advanceTimersByTime(ms);
/** Only the wall clock changes, as in sleep. */
const jump = (ms: number) => void vi.setSystemTime(Date.now() + ms);

describe('sleepAwareNow', () => {
  it('counts the time that the machine slept', () => {
    const start = sleepAwareNow();
    pass(5_000);
    jump(8 * HOUR);
    expect(sleepAwareNow() - start).toBe(8 * HOUR + 5_000);
  });

  it('ignores a wall clock that is set back, and counts sleep after that', () => {
    const start = sleepAwareNow();
    jump(-24 * HOUR);
    pass(1_000);
    expect(sleepAwareNow() - start).toBe(1_000);
    jump(HOUR);
    expect(sleepAwareNow() - start).toBe(HOUR + 1_000);
  });

  it('counts every sleep, and never goes back', () => {
    const step = fc.oneof(
      fc.record({ passMs: fc.integer({ min: 0, max: HOUR }) }),
      fc.record({ jumpMs: fc.integer({ min: MIN_JUMP_MS, max: 24 * HOUR }) }),
      fc.record({ jumpMs: fc.integer({ min: -24 * HOUR, max: -MIN_JUMP_MS }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const start = sleepAwareNow();
        let expectedMs = 0;
        for (const { passMs = 0, jumpMs = 0 } of steps as { passMs?: number; jumpMs?: number }[]) {
          pass(passMs);
          jump(jumpMs);
          expectedMs += passMs + Math.max(0, jumpMs);
          expect(sleepAwareNow() - start).toBeCloseTo(expectedMs, 3);
        }
      }),
    );
  });
});
