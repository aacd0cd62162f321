import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryBudget } from '../../../src/pipeline/retry-budget.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const spendAll = (budget: RetryBudget) => {
  let spent = 0;
  while (budget.tryAcquire()) spent++;
  return spent;
};

describe('retry budget', () => {
  it('gives out what it holds', () => {
    expect(spendAll(new RetryBudget(10))).toBe(10);
    expect(spendAll(new RetryBudget(0))).toBe(0);
  });

  it('earns one for ten successes, and never holds more than its most', () => {
    const budget = new RetryBudget(3);
    for (let i = 0; i < 1_000; i++) budget.onSuccess();
    expect(spendAll(budget)).toBe(3);
    for (let i = 0; i < 9; i++) budget.onSuccess();
    expect(spendAll(budget)).toBe(0);
    for (let i = 0; i < 2; i++) budget.onSuccess();
    expect(spendAll(budget)).toBe(1);
  });

  it('earns one every ten seconds', () => {
    const budget = new RetryBudget(10);
    spendAll(budget);
    vi.advanceTimersByTime(9_000);
    expect(spendAll(budget)).toBe(0);
    vi.advanceTimersByTime(21_000);
    expect(spendAll(budget)).toBe(3);
  });

  it('asks nothing after a broken connection, once for each success', () => {
    const budget = new RetryBudget(2);
    spendAll(budget);
    expect(budget.tryAcquire(true)).toBe(false);
    for (let i = 0; i < 3; i++) budget.onSuccess();
    expect([true, true, true].map((broke) => budget.tryAcquire(broke))).toEqual([true, true, false]);
    expect(budget.tryAcquire()).toBe(false);
  });
});
