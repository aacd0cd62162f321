import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryBudget } from '../../../src/pipeline/retry-budget.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const acquireAll = (budget: RetryBudget) => {
  let acquired = 0;
  while (budget.tryAcquire()) acquired++;
  return acquired;
};

const succeed = (budget: RetryBudget, times: number) => {
  for (let i = 0; i < times; i++) budget.onSuccess();
};

describe('RetryBudget', () => {
  it('starts with the maximum number of tokens', () => {
    expect(acquireAll(new RetryBudget(10))).toBe(10);
    expect(acquireAll(new RetryBudget(0))).toBe(0);
  });

  it('adds one token per ten successes, up to the maximum', () => {
    const budget = new RetryBudget(3);
    succeed(budget, 1_000);
    expect(acquireAll(budget)).toBe(3);
    succeed(budget, 9);
    expect(acquireAll(budget)).toBe(0);
    succeed(budget, 2);
    expect(acquireAll(budget)).toBe(1);
  });

  it('adds one token every ten seconds', () => {
    const budget = new RetryBudget(10);
    acquireAll(budget);
    vi.advanceTimersByTime(9_000);
    expect(acquireAll(budget)).toBe(0);
    vi.advanceTimersByTime(21_000);
    expect(acquireAll(budget)).toBe(3);
  });

  it('allows one free retry after a broken connection per success', () => {
    const budget = new RetryBudget(2);
    acquireAll(budget);
    expect(budget.tryAcquire(true)).toBe(false);
    succeed(budget, 3);
    expect([1, 2, 3].map(() => budget.tryAcquire(true))).toEqual([true, true, false]);
    expect(budget.tryAcquire()).toBe(false);
  });
});
