import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimedIds, type ResourceId } from '../../../src/pipeline/reconcile/claimed-ids.js';

const persona = (id: number, microseconds = 0): ResourceId => ({
  id,
  created_at: `2026-11-22T06:29:29.793${String(microseconds).padStart(3, '0')}Z`,
});
const anyPersona = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([id, microseconds]) => persona(id, microseconds));
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
  it('has each added persona for the retention time, and no other persona', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200_000), anyPersona)),
        fc.array(anyPersona),
        (additions, others) => {
          const claimedIds = new ClaimedIds(LATE_WRITE_WINDOW_MS);
          const addedAt = new Map<number, { added: ResourceId; time: number }>();
          for (const [delayMs, added] of additions) {
            vi.advanceTimersByTime(delayMs);
            claimedIds.add(added);
            addedAt.set(added.id, { added, time: performance.now() });
            for (const { added: earlier, time } of addedAt.values())
              if (performance.now() - time < RETENTION_MS) expect(claimedIds.has(earlier)).toBe(true);
            for (const other of others) if (!addedAt.has(other.id)) expect(claimedIds.has(other)).toBe(false);
          }
        },
      ),
    );
  });

  it('distinguishes a persona from a later one with the same id', () => {
    const claimedIds = new ClaimedIds(LATE_WRITE_WINDOW_MS);
    claimedIds.add(persona(7, 176));
    expect(claimedIds.has(persona(7, 177))).toBe(false);
    claimedIds.add(persona(7, 177));
    expect(claimedIds.has(persona(7, 177))).toBe(true);
  });

  it('discards personas after the retention time', () => {
    const claimedIds = new ClaimedIds(LATE_WRITE_WINDOW_MS);
    claimedIds.add(persona(1));
    for (const id of [1_000, 2_000]) {
      vi.advanceTimersByTime(RETENTION_MS);
      claimedIds.add(persona(id));
    }
    expect([1, 1_000, 2_000].map((id) => claimedIds.has(persona(id)))).toEqual([false, true, true]);
  });
});
