import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ClaimedIds } from '../../../src/pipeline/reconcile/claimed-ids.js';

const id = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const LANDS_WITHIN_MS = 10_000;
/** The longest that two clocks differ, there and back, and the landing. */
const AT_LEAST_MS = 240_000 + LANDS_WITHIN_MS;

describe('what a write has got', () => {
  it('is told from what none has, and is remembered for as long as it could be taken for another’s', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200_000), id)), fc.array(id), (adds, others) => {
        const claims = new ClaimedIds(LANDS_WITHIN_MS);
        const addedAt = new Map<number, number>();
        for (const [waitMs, one] of adds) {
          vi.advanceTimersByTime(waitMs);
          claims.add(one);
          addedAt.set(one, performance.now());
          for (const [earlier, at] of addedAt)
            if (performance.now() - at < AT_LEAST_MS) expect(claims.has(earlier)).toBe(true);
          for (const other of others) if (!addedAt.has(other)) expect(claims.has(other)).toBe(false);
        }
      }),
    );
    vi.useRealTimers();
  });

  it('is forgotten some time after', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const claims = new ClaimedIds(LANDS_WITHIN_MS);
    claims.add(1);
    for (const other of [1_000, 2_000]) {
      vi.advanceTimersByTime(AT_LEAST_MS);
      claims.add(other);
    }
    expect([1, 1_000, 2_000].map((one) => claims.has(one))).toEqual([false, true, true]);
    vi.useRealTimers();
  });
});
