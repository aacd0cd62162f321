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

/** `x` a failure, `.` a success; whether the last failure tripped. */
const tripAfter = (trip: TripPolicy, outcomes: string) => {
  let tripped = false;
  for (const one of outcomes) {
    if (one === 'x') tripped = trip.failure();
    else trip.success();
  }
  return tripped;
};

describe('after so many in a row', () => {
  it.each([
    ['xxx', true],
    ['xx.xx', false],
    ['xx.xxx', true],
    ['x', false],
  ])('%s: %s', (outcomes, expected) => {
    expect(tripAfter(consecutiveFailures(3), outcomes)).toBe(expected);
  });

  it('begins anew after a reset', () => {
    const trip = consecutiveFailures(2);
    tripAfter(trip, 'xx');
    trip.reset();
    expect(tripAfter(trip, 'x')).toBe(false);
  });
});

describe('at a rate', () => {
  it('trips when the share is reached and there are enough to tell', () => {
    expect(tripAfter(failureRate(50, 10, 1_000), 'xxxxxxxxx')).toBe(false);
    expect(tripAfter(failureRate(50, 10, 1_000), 'xxxxxxxxxx')).toBe(true);
    expect(tripAfter(failureRate(50, 10, 1_000), '.....xxxx')).toBe(false);
    expect(tripAfter(failureRate(50, 10, 1_000), '.....xxxxx')).toBe(true);
    expect(tripAfter(failureRate(100, 3, 1_000), '.xxxx')).toBe(false);
  });

  it('forgets what lies longer back than its window', () => {
    const trip = failureRate(50, 4, 1_000);
    tripAfter(trip, 'xxx');
    vi.advanceTimersByTime(1_100);
    expect(tripAfter(trip, 'x')).toBe(false);
    vi.advanceTimersByTime(500);
    expect(tripAfter(trip, 'xx')).toBe(false);
    expect(tripAfter(trip, 'x')).toBe(true);
  });

  it('begins anew after a reset', () => {
    const trip = failureRate(50, 2, 1_000);
    tripAfter(trip, 'xx');
    trip.reset();
    expect(tripAfter(trip, 'x')).toBe(false);
  });
});
