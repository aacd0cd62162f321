import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimedIds } from '../../../src/pipeline/reconcile/claimed-ids.js';

const anyId = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);
const LATE_WRITE_WINDOW_MS = 10_000;
/** Twice the largest clock difference, and the late-write window. */
const RETENTION_MS = 240_000 + LATE_WRITE_WINDOW_MS;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('ClaimedIds', () => {
  it('has each added id for the retention time, and no other id', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200_000), anyId)), fc.array(anyId), (additions, otherIds) => {
        const claimedIds = new ClaimedIds(LATE_WRITE_WINDOW_MS);
        const addedAt = new Map<number, number>();
        for (const [delayMs, id] of additions) {
          vi.advanceTimersByTime(delayMs);
          claimedIds.add(id);
          addedAt.set(id, performance.now());
          for (const [earlierId, time] of addedAt)
            if (performance.now() - time < RETENTION_MS) expect(claimedIds.has(earlierId)).toBe(true);
          for (const otherId of otherIds)
            if (!addedAt.has(otherId)) expect(claimedIds.has(otherId)).toBe(false);
        }
      }),
    );
  });

  it('discards ids after the retention time', () => {
    const claimedIds = new ClaimedIds(LATE_WRITE_WINDOW_MS);
    claimedIds.add(1);
    for (const id of [1_000, 2_000]) {
      vi.advanceTimersByTime(RETENTION_MS);
      claimedIds.add(id);
    }
    expect([1, 1_000, 2_000].map((id) => claimedIds.has(id))).toEqual([false, true, true]);
  });
});
