import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  consecutiveFailures,
  failureRate,
  type TripPolicy,
} from '../../../src/pipeline/circuit-breaker/trip-policy.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Records `x` as a failure and `.` as a success. Returns whether the last failure tripped the policy. */
const tripsAfter = (policy: TripPolicy, outcomes: string) => {
  let tripped = false;
  for (const outcome of outcomes) {
    if (outcome === 'x') tripped = policy.failure();
    else policy.success();
  }
  return tripped;
};

describe('consecutiveFailures', () => {
  it.each([
    ['xxx', true],
    ['xx.xx', false],
    ['xx.xxx', true],
    ['x', false],
  ])('with a limit of 3, %s trips: %s', (outcomes, expected) => {
    expect(tripsAfter(consecutiveFailures(3, 1_000), outcomes)).toBe(expected);
  });

  it('starts at 0 after a reset', () => {
    const policy = consecutiveFailures(2, 1_000);
    tripsAfter(policy, 'xx');
    policy.reset();
    expect(tripsAfter(policy, 'x')).toBe(false);
  });
});

describe('failureRate', () => {
  it.each([
    [50, 10, 'xxxxxxxxx', false],
    [50, 10, 'xxxxxxxxxx', true],
    [50, 10, '.....xxxx', false],
    [50, 10, '.....xxxxx', true],
    [100, 3, '.xxxx', false],
  ])(
    'with a threshold of %i %% and a volume of %i, %s trips: %s',
    (threshold, volume, outcomes, expected) => {
      expect(tripsAfter(failureRate(threshold, volume, 1_000), outcomes)).toBe(expected);
    },
  );

  it('ignores attempts before its window', () => {
    const policy = failureRate(50, 4, 1_000);
    tripsAfter(policy, 'xxx');
    vi.advanceTimersByTime(1_100);
    expect(tripsAfter(policy, 'x')).toBe(false);
    vi.advanceTimersByTime(500);
    expect(tripsAfter(policy, 'xx')).toBe(false);
    expect(tripsAfter(policy, 'x')).toBe(true);
  });

  it('starts at 0 after a reset', () => {
    const policy = failureRate(50, 2, 1_000);
    tripsAfter(policy, 'xx');
    policy.reset();
    expect(tripsAfter(policy, 'x')).toBe(false);
  });
});
