import { expect, it, onTestFinished, vi } from 'vitest';
import { WriteFence } from '../../../src/cache/write-fence.js';

it('a response is outdated if a write with one of its tags ended after its request started', () => {
  const fence = new WriteFence();
  const early = fence.issue();
  fence.invalidate(['persona:1'], 0);
  const late = fence.issue();
  expect(fence.isCurrent(early, ['lists', 'persona:1'])).toBe(false);
  expect(fence.isCurrent(early, ['persona:2'])).toBe(true);
  expect(fence.isCurrent(late, ['lists', 'persona:1'])).toBe(true);
});

it('a fence that has discarded old tags treats the requests before them as outdated', () => {
  const fence = new WriteFence();
  const early = fence.issue();
  fence.invalidate(['persona:0'], 0);
  for (let id = 1; id <= 8_000; id++) fence.invalidate([`persona:${id}`], 0);
  const late = fence.issue();
  expect(fence.isCurrent(early, ['persona:0'])).toBe(false);
  expect(fence.isCurrent(early, ['persona:never-written'])).toBe(false);
  expect(fence.isCurrent(late, ['persona:0', 'persona:8000'])).toBe(true);
  fence.invalidate(['persona:0'], 0);
  expect(fence.isCurrent(late, ['persona:0'])).toBe(false);
  expect(fence.isCurrent(late, ['persona:8000'])).toBe(true);
});

it('remembers the write of a tag until two generations of tags have ended', () => {
  const fence = new WriteFence();
  for (let id = 0; id < 3_999; id++) fence.invalidate([`other:${id}`], 0);
  const request = fence.issue();
  fence.invalidate(['persona:1'], 0);
  for (let id = 0; id < 3_999; id++) fence.invalidate([`another:${id}`], 0);
  expect(fence.isCurrent(request, ['persona:1'])).toBe(false);
  expect(fence.isCurrent(request, ['persona:2'])).toBe(true);
});

it('stores no response to a request that started within the late-write window of its tag', () => {
  const fence = new WriteFence();
  fence.invalidate(['persona:1'], 60_000);
  const request = fence.issue();
  expect(fence.isCurrent(request, ['persona:1'])).toBe(true);
  expect(fence.mayStore(request, ['persona:1'])).toBe(false);
  expect(fence.mayStore(request, ['persona:2'])).toBe(true);
});

it('a clock that is set forward does not end a late-write window', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const fence = new WriteFence();
  fence.invalidate(['persona:1'], 60_000);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(fence.mayStore(fence.issue(), ['persona:1'])).toBe(false);
  vi.advanceTimersByTime(60_001);
  expect(fence.mayStore(fence.issue(), ['persona:1'])).toBe(true);
});
